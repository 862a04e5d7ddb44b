"""From a spec to its design: one decider per question, in an order in which each builds on those before it."""

from __future__ import annotations

from colonnade.design.completion import complete
from colonnade.design.deciders.audit import AuditDecider
from colonnade.design.deciders.changes import ChangeDecider
from colonnade.design.deciders.column_order import ColumnOrderDecider
from colonnade.design.deciders.conditions import ConditionDecider
from colonnade.design.deciders.constraints import ValueConstraintDecider
from colonnade.design.deciders.history import HistoryDecider
from colonnade.design.deciders.indexes import IndexDecider
from colonnade.design.deciders.isolation import IsolationDecider
from colonnade.design.deciders.keys import KeyDecider
from colonnade.design.deciders.naming import NamingDecider
from colonnade.design.deciders.normal_form import normalise
from colonnade.design.deciders.nullability import NullabilityDecider
from colonnade.design.deciders.overlaps import OverlapDecider
from colonnade.design.deciders.partitioning import PartitioningDecider
from colonnade.design.deciders.referential_actions import ReferentialActionDecider
from colonnade.design.deciders.relationships import RelationshipDecider
from colonnade.design.deciders.types import TypeDecider
from colonnade.design.deciders.uniqueness import UniquenessDecider
from colonnade.design.deciders.wide_roles import WideRoleDecider
from colonnade.design.decision import Decider, Decision, Draft
from colonnade.design.design import Design
from colonnade.design.lookups import refuse_ambiguous_gets
from colonnade.design.ownership import application_role
from colonnade.design.places import Places
from colonnade.design.soundness import sound
from colonnade.schema import Schema, with_namespaces
from colonnade.spec import Spec

DECIDERS: tuple[Decider, ...] = (
    NamingDecider(),
    KeyDecider(),
    TypeDecider(),
    NullabilityDecider(),
    RelationshipDecider(),
    ReferentialActionDecider(),
    ValueConstraintDecider(),
    UniquenessDecider(),
    ConditionDecider(),
    OverlapDecider(),
    ChangeDecider(),
    HistoryDecider(),
    ColumnOrderDecider(),
    IsolationDecider(),
    WideRoleDecider(),
    IndexDecider(),
    PartitioningDecider(),
    AuditDecider(),
)


def design(spec: Spec) -> Design:
    """Return the schema that serves the spec, how the two correspond, and every decision on the way.

    The design's spec is the given one with what it implies written out. Equal specs give equal designs.
    Raises DesignError for a spec that leads to no sound schema.
    """
    spec, made = normalise(spec)
    spec = complete(spec)
    draft = Draft()
    decisions: list[Decision] = list(made)
    for decider in DECIDERS:
        draft, made = decider.decide(spec, draft)
        decisions += made
    refuse_ambiguous_gets(Places(spec, draft))
    schema, settled = sound(with_namespaces(draft.schema), tuple(decisions))
    return Design(
        name=spec.name,
        spec=spec,
        schema=schema,
        bindings=draft.bindings,
        decisions=settled,
        application_role=application_role(spec),
        wide_roles=_wide_roles(spec, schema),
    )


def _wide_roles(spec: Spec, schema: Schema) -> tuple[str, ...]:
    """Return the roles besides the application's that privileges are for."""
    granted = {grant.role for table in schema.tables for grant in table.grants}
    return tuple(sorted(granted - {application_role(spec)}))
