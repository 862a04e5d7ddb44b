"""The designer as a whole: laws over random specs."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings
from pydantic import TypeAdapter

from colonnade.design import Design
from colonnade.design.completion import complete
from colonnade.design.designer import design
from colonnade.schema import Check, ForeignKey, Table
from colonnade.spec import Spec
from strategies import specs

LAW = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
_JSON = TypeAdapter(Design)


@LAW
@given(specs())
def test_equal_specs_give_equal_designs(spec: Spec) -> None:
    first, second = design(spec), design(spec.model_copy(deep=True))
    assert first == second
    assert first.schema.fingerprint == second.schema.fingerprint


@LAW
@given(specs())
def test_spec_with_what_it_implies_implies_nothing_more(spec: Spec) -> None:
    once = complete(spec)
    untrailed = [entity.model_copy(update={"audited": False}) for entity in once.entities]
    again = once.model_copy(update={"entities": tuple(untrailed)})
    assert complete(again).relationships == once.relationships


def survives_json(found: Design) -> None:
    assert _JSON.validate_json(_JSON.dump_json(found)) == found


def every_reference_is_to_a_key_of_its_own_types(found: Design) -> None:
    schema = found.schema
    for table in schema.owned_tables:
        assert table.primary_key is not None
        for key in table.foreign_keys:
            target = schema.table(key.referenced_table, namespace=key.referenced_namespace)
            assert target.primary_key is not None
            assert key.referenced_columns == target.primary_key.columns
            own = [table.column(name).type for name in key.columns]
            assert own == [target.column(name).type for name in key.referenced_columns]
            _holds_its_action(table, key)


def _holds_its_action(table: Table, key: ForeignKey) -> None:
    if key.on_delete == "SET NULL":
        assert not any(table.column(name).not_null for name in key.columns)


def names_fit_and_differ(found: Design) -> None:
    schema = found.schema
    relations = Counter((table.namespace, table.name) for table in schema.tables)
    for table in schema.owned_tables:
        backed = [each.name for each in table.constraints if not isinstance(each, Check | ForeignKey)]
        relations.update((table.namespace, name) for name in (*backed, *(each.name for each in table.indexes)))
        constraints = [each.name for each in table.constraints]
        triggers = [each.name for each in table.triggers]
        columns = [each.name for each in table.columns]
        for names in (constraints + triggers, columns):
            assert len(set(names)) == len(names)
            assert all(0 < len(name.encode()) <= 63 for name in names)
    assert set(relations.values()) == {1}
    types = [each.name for each in schema.enum_types]
    assert len({*types, *(table.name for table in schema.tables)}) == len(types) + len(schema.tables)


def every_table_column_and_constraint_has_its_decision(found: Design) -> None:
    shaped = {(each.kind, each.table, each.name) for decision in found.decisions for each in decision.shaped}
    for table in found.schema.owned_tables:
        assert ("table", "", table.name) in shaped
        assert {("constraint", table.name, each.name) for each in table.constraints} <= shaped
        assert {("column", table.name, each.name) for each in table.columns} <= shaped
        assert {("index", table.name, each.name) for each in table.indexes} <= shaped
        assert {("trigger", table.name, each.name) for each in table.triggers} <= shaped


def every_decision_has_a_reason_and_points_at_what_exists(found: Design) -> None:
    tables = {table.name: table for table in found.schema.tables}
    for decision in found.decisions:
        assert decision.question
        assert decision.choice
        assert decision.reason.endswith((".", ")", "kindness")), decision.reason
        for each in decision.shaped:
            if each.kind == "column":
                assert tables[each.table].has_column(each.name), decision
            elif each.kind in ("constraint", "index"):
                constraints = {constraint.name for constraint in tables[each.table].constraints}
                assert each.name in constraints | {index.name for index in tables[each.table].indexes}, decision


def bindings_lead_to_columns_and_keys(found: Design) -> None:
    for entity in found.spec.entities:
        binding = found.bindings.entity(entity.name)
        table = found.schema.table(binding.table, namespace=binding.namespace)
        for attribute in entity.attributes:
            held = found.bindings.attribute(entity.name, attribute.name)
            assert held is not None
            assert held.reason if not held.column else table.has_column(held.column)
    for relationship in found.spec.relationships:
        bound = found.bindings.relationship(relationship.source, relationship.name)
        assert bound is not None
        holder = found.schema.table(bound.association or bound.table)
        keys = {key.name: key.columns for key in holder.foreign_keys}
        assert keys[bound.constraint] == bound.columns
        if bound.association:
            assert keys[bound.target_constraint] == bound.target_columns


def mapped_names_clash_with_nothing(found: Design) -> None:
    taken: Counter[tuple[str, str]] = Counter()
    for entity in found.spec.entities:
        binding = found.bindings.entity(entity.name)
        table = found.schema.table(binding.table, namespace=binding.namespace)
        taken.update((entity.name, column.name) for column in table.columns)
    for bound in found.bindings.relationships:
        taken.update([(bound.source, bound.attribute)] if bound.attribute else [])
        taken.update([(bound.target, bound.inverse)] if bound.inverse else [])
    assert set(taken.values()) <= {1}


@settings(LAW, max_examples=settings().max_examples)
@given(specs())
def test_every_design_keeps_its_laws(spec: Spec) -> None:
    """All of them are asked of the same designs: making these takes the time."""
    found = design(spec)
    survives_json(found)
    every_reference_is_to_a_key_of_its_own_types(found)
    names_fit_and_differ(found)
    every_table_column_and_constraint_has_its_decision(found)
    every_decision_has_a_reason_and_points_at_what_exists(found)
    bindings_lead_to_columns_and_keys(found)
    mapped_names_clash_with_nothing(found)
