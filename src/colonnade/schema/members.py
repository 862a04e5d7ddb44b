"""Every object of a schema under its name: what stands by itself, and what belongs to a table or a view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from colonnade.schema.constraints import Check, Constraint, Exclusion, ForeignKey, PrimaryKey, Unique
from colonnade.schema.indexes import ExtendedStatistics, Index
from colonnade.schema.names import ObjectKind, ObjectName
from colonnade.schema.programs import Function, Policy, Trigger
from colonnade.schema.schema import Schema
from colonnade.schema.tables import Column, Partition, Table
from colonnade.schema.types import (
    CompositeType,
    Domain,
    EnumType,
    Extension,
    NamedType,
    Namespace,
    RangeType,
    Sequence,
    View,
)

Definition = Namespace | Extension | NamedType | Sequence | Function | Table | View
"""What stands by itself."""
Member = Column | Constraint | Index | ExtendedStatistics | Policy | Trigger | Partition
"""What belongs to a table; some of it also to a view."""
Relation = Table | View
"""What something can belong to."""

_KINDS: dict[type[Definition] | type[Member], ObjectKind] = {
    Namespace: "schema",
    Extension: "extension",
    EnumType: "type",
    Domain: "domain",
    CompositeType: "type",
    RangeType: "type",
    Sequence: "sequence",
    Function: "function",
    Table: "table",
    View: "view",
    Column: "column",
    PrimaryKey: "constraint",
    Unique: "constraint",
    Check: "constraint",
    ForeignKey: "constraint",
    Exclusion: "constraint",
    Index: "index",
    ExtendedStatistics: "statistics",
    Policy: "policy",
    Trigger: "trigger",
    Partition: "partition",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An object with the table or view that it belongs to, if it belongs to one."""

    value: Definition | Member
    table: Relation | None = None

    @property
    def name(self) -> ObjectName:
        """How the object is called."""
        return object_name(self.value, self.table)


def place_of(value: Definition) -> tuple[str, str, str]:
    """Return by what a schema sorts objects of a kind that stand by themselves."""
    return getattr(value, "namespace", ""), value.name, getattr(value, "arguments", "")


def object_name(value: Definition | Member, table: Relation | None = None) -> ObjectName:
    """Return how an object is called; `table` is the table or view that it belongs to.

    A function is called with its arguments, as several functions may have one name.
    """
    kind = _KINDS[type(value)]
    if isinstance(value, ExtendedStatistics) and table is not None and value.namespace != table.namespace:
        name = f"{value.namespace}.{value.name}"
        return ObjectName(kind=kind, name=name, table=table.name, namespace=table.namespace)
    if table is not None:
        return ObjectName(kind=kind, name=value.name, table=table.name, namespace=table.namespace)
    match value:
        case Namespace() | Extension():
            return ObjectName(kind=kind, name=value.name)
        case Function():
            return function_name(value.namespace, value.name, value.arguments)
        case EnumType() | Domain() | CompositeType() | RangeType() | Sequence() | Table() | View():
            return ObjectName(kind=kind, name=value.name, namespace=value.namespace)
        case _:
            msg = f"a {kind} belongs to a table or a view"
            raise TypeError(msg)


def function_name(namespace: str, name: str, arguments: str) -> ObjectName:
    """Return how a function is called."""
    return ObjectName(kind="function", name=f"{name}({arguments})", namespace=namespace)


def table_name(table: Table) -> ObjectName:
    """Return how a table is called."""
    return ObjectName(kind="table", name=table.name, namespace=table.namespace)


def members_of(relation: Relation) -> Iterator[Member]:
    """Yield what belongs to a table or a view."""
    match relation:
        case Table():
            yield from _members_of_table(relation)
        case View():
            yield from relation.indexes
            yield from relation.triggers


def _members_of_table(table: Table) -> Iterator[Member]:
    yield from table.columns
    yield from table.constraints
    yield from table.indexes
    yield from table.statistics
    yield from table.policies
    yield from table.triggers
    yield from table.partitions


def constraints_in_create_table(table: Table) -> Iterator[Constraint]:
    """Yield the constraints with which a change creates a table: no foreign keys, so that tables come in any order."""
    for constraint in table.constraints:
        if not isinstance(constraint, ForeignKey) and table.stands_in_create_table(constraint):
            yield constraint


def late_members(relation: Relation) -> Iterator[Member]:
    """Yield what is created after the table or view that it belongs to."""
    match relation:
        case Table():
            yield from _late_members_of_table(relation)
        case View():
            yield from members_of(relation)


def _late_members_of_table(table: Table) -> Iterator[Member]:
    held = {constraint.name for constraint in constraints_in_create_table(table)}
    yield from (constraint for constraint in table.constraints if constraint.name not in held)
    yield from table.partitions
    yield from table.indexes
    yield from table.statistics
    yield from table.policies
    yield from table.triggers


def objects_of(schema: Schema) -> dict[ObjectName, Placed]:
    """Return every object that is ours under its name; what other products own is left out."""
    groups = (
        schema.namespaces,
        schema.extensions,
        schema.enum_types,
        schema.domains,
        schema.composite_types,
        schema.range_types,
        schema.sequences,
        schema.functions,
        schema.owned_tables,
        schema.views,
    )
    found = [Placed(value=value) for group in groups for value in group]
    relations: tuple[Relation, ...] = (*schema.owned_tables, *schema.views)
    found += [Placed(value=value, table=each) for each in relations for value in members_of(each)]
    return {each.name: each for each in found}
