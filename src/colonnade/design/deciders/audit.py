"""Who changed what, where the spec asks for it."""

from __future__ import annotations

from dataclasses import replace

from colonnade.design.completion import trail_entity
from colonnade.design.decision import Decision, Draft, Rejected
from colonnade.design.drafting import Drafting, table_object
from colonnade.design.names import column_name
from colonnade.design.programs import audit_trigger, keep_trail
from colonnade.design.rules import function_object, trigger_object
from colonnade.schema import Table
from colonnade.spec import Entity, Spec

_SOURCE = "postgresql.org/docs/current/plpgsql-trigger.html#PLPGSQL-TRIGGER-AUDIT-EXAMPLE"


class AuditDecider:
    """Records every change of an audited table in one trail that the application can neither read nor write."""

    def decide(self, spec: Spec, draft: Draft) -> tuple[Draft, tuple[Decision, ...]]:
        """Return the draft with the triggers that keep the trail, and the trail without privileges."""
        trail_of = trail_entity(spec)
        if trail_of is None:
            return draft, ()
        drafting = Drafting(draft)
        trail = replace(drafting.table(trail_of.name), grants=())
        drafting.put(trail)
        for entity in spec.entities:
            if entity.audited and not entity.external:
                _audit(drafting, entity, trail)
        return drafting.finish()


def _audit(drafting: Drafting, entity: Entity, trail: Table) -> None:
    table = drafting.table(entity.name)
    function = keep_trail(trail)
    secrets = tuple(column_name(each) for each in entity.attributes if each.role == "password")
    trigger = audit_trigger(table, function, secrets=secrets)
    drafting.functions[function.name] = function
    drafting.add(table, triggers=(trigger,))
    drafting.decide(
        Decision(
            question=f"audit of {table.name}",
            choice=f"trigger {trigger.name} writes each change to {trail.name}",
            reason="The spec asks who changed what and when; a trigger records it in the same transaction, whoever "
            "writes. It runs with its owner's rights, and the application role has none on the trail.",
            rejected=(
                Rejected(choice="records written by the application", reason="A forgotten one is never noticed."),
                Rejected(choice="a trail per table", reason="As many tables to read for what one person changed."),
            ),
            shaped=(table_object(trail), trigger_object(table, trigger.name), function_object(function.name)),
            facts=entity.at,
            source=_SOURCE,
        )
    )
