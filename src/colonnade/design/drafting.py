"""Editing a draft inside one decider."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from colonnade.design.bindings import AttributeBinding, Bindings, EntityBinding, RelationshipBinding
from colonnade.design.decision import Decision, Draft
from colonnade.schema import (
    Check,
    Column,
    EnumType,
    Exclusion,
    Extension,
    ForeignKey,
    Function,
    Index,
    ObjectName,
    Table,
    Trigger,
    Unique,
)
from colonnade.span import Span
from colonnade.spec.value import Fact


class Drafting:
    """The tables, bindings and decisions of a draft while one decider works on them."""

    def __init__(self, draft: Draft) -> None:
        self._schema = draft.schema
        self.tables: dict[tuple[str, str], Table] = {(each.namespace, each.name): each for each in draft.schema.tables}
        self.functions: dict[str, Function] = {each.name: each for each in draft.schema.functions}
        self.enum_types: dict[str, EnumType] = {each.name: each for each in draft.schema.enum_types}
        self.extensions: set[str] = {each.name for each in draft.schema.extensions}
        self.entity_bindings: dict[str, EntityBinding] = {each.entity: each for each in draft.bindings.entities}
        self.attribute_bindings: list[AttributeBinding] = list(draft.bindings.attributes)
        self.relationship_bindings: list[RelationshipBinding] = list(draft.bindings.relationships)
        self.decisions: list[Decision] = []

    def table(self, entity: str) -> Table:
        """Return the table of an entity."""
        binding = self.entity_bindings[entity]
        return self.tables[binding.namespace, binding.table]

    def put(self, table: Table) -> None:
        """Put the table in place of the one of the same name, or beside the others."""
        self.tables[table.namespace, table.name] = table

    def add(
        self,
        table: Table,
        *,
        columns: Iterable[Column] = (),
        checks: Iterable[Check] = (),
        uniques: Iterable[Unique] = (),
        foreign_keys: Iterable[ForeignKey] = (),
        exclusions: Iterable[Exclusion] = (),
        indexes: Iterable[Index] = (),
        triggers: Iterable[Trigger] = (),
    ) -> Table:
        """Put and return the table with these added."""
        added = replace(
            table,
            columns=(*table.columns, *columns),
            checks=(*table.checks, *checks),
            uniques=(*table.uniques, *uniques),
            foreign_keys=(*table.foreign_keys, *foreign_keys),
            exclusions=(*table.exclusions, *exclusions),
            indexes=(*table.indexes, *indexes),
            triggers=(*table.triggers, *triggers),
        )
        self.put(added)
        return added

    def decide(self, decision: Decision) -> None:
        """Record a decision."""
        self.decisions.append(decision)

    def finish(self) -> tuple[Draft, tuple[Decision, ...]]:
        """Return the edited draft, its parts in order, and the decisions."""
        schema = replace(
            self._schema,
            tables=tuple(_sorted(self.tables[key]) for key in sorted(self.tables)),
            functions=tuple(self.functions[name] for name in sorted(self.functions)),
            enum_types=tuple(self.enum_types[name] for name in sorted(self.enum_types)),
            extensions=tuple(Extension(name=name) for name in sorted(self.extensions)),
        )
        bindings = Bindings(
            entities=tuple(self.entity_bindings.values()),
            attributes=tuple(self.attribute_bindings),
            relationships=tuple(self.relationship_bindings),
        )
        return Draft(schema=schema, bindings=bindings), tuple(self.decisions)


def _sorted(table: Table) -> Table:
    return replace(
        table,
        uniques=tuple(sorted(table.uniques, key=lambda each: each.name)),
        checks=tuple(sorted(table.checks, key=lambda each: each.name)),
        foreign_keys=tuple(sorted(table.foreign_keys, key=lambda each: each.name)),
        exclusions=tuple(sorted(table.exclusions, key=lambda each: each.name)),
        indexes=tuple(sorted(table.indexes, key=lambda each: each.name)),
        triggers=tuple(sorted(table.triggers, key=lambda each: each.name)),
        policies=tuple(sorted(table.policies, key=lambda each: each.name)),
    )


def table_object(table: Table) -> ObjectName:
    """Return the table's name as an object."""
    return ObjectName(kind="table", name=table.name, namespace=table.namespace)


def column_object(table: Table, column: str) -> ObjectName:
    """Return a column's name as an object."""
    return ObjectName(kind="column", name=column, table=table.name, namespace=table.namespace)


def constraint_object(table: Table, name: str) -> ObjectName:
    """Return a constraint's name as an object."""
    return ObjectName(kind="constraint", name=name, table=table.name, namespace=table.namespace)


def places(*facts: Fact) -> tuple[Span, ...]:
    """Return the places of several facts, each once, in order."""
    return tuple(dict.fromkeys(span for fact in facts for span in fact.at))
