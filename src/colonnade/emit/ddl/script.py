"""The whole schema as statements, and as a script to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import assert_never

from colonnade.emit.ddl import objects, privileges, programs, sequences, tables
from colonnade.emit.ddl.columns import first_column_settings
from colonnade.emit.ddl.order import Definition, definitions
from colonnade.emit.ddl.roles import created_roles
from colonnade.schema import (
    CompositeType,
    Constraint,
    Domain,
    EnumType,
    ForeignKey,
    Function,
    Partition,
    PrimaryKey,
    RangeType,
    Schema,
    Sequence,
    Table,
    Unique,
    View,
)
from colonnade.schema.members import Relation
from colonnade.schema.own import STAND_IN

_HEADER = """\
-- The whole schema, for an empty database. All or nothing:
--   psql -X -v ON_ERROR_STOP=1 --single-transaction -f schema.sql
"""

_STAND_INS = """\
Tables of other products. Where these have not made them, as in an empty database, a stand-in with the key is made;
-- drop it before such a product makes its own."""

Group = tuple[str, ...]
LateConstraint = tuple[Table, Constraint]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """Groups of statements under a title, which is empty where they speak for themselves."""

    title: str = ""
    groups: tuple[Group, ...]


def statements(schema: Schema, *, role: str = "") -> tuple[str, ...]:
    """Return the statements that create the schema, in an order in which each can run.

    `role` is the application role; it and the others that privileges are for are created without any power unless they
    exist. Without one they must. External tables are
    not created. The statements neither begin nor end a transaction and expect `public` in the search path.
    """
    return tuple(each for section in _sections(schema, role) for group in section.groups for each in group)


def script(schema: Schema, *, role: str = "") -> str:
    """Return the statements as a script, in sections, for psql in one transaction."""
    parts = [_HEADER]
    for section in _sections(schema, role, stand_ins=True):
        title = f"-- {section.title}\n\n" if section.title else ""
        groups = ("\n".join(f"{statement};" for statement in group) for group in section.groups)
        parts.append(title + "\n\n".join(groups) + "\n")
    return "\n".join(parts)


def stubs(schema: Schema) -> tuple[str, ...]:
    """Return statements that stand in for what other products create: the external tables, as far as listed."""
    return tuple(stand_in(table) for table in schema.tables if table.external)


def stand_in(table: Table) -> str:
    """Return a block that makes an external table as far as listed, unless the product that it belongs to has."""
    namespace = [objects.create_namespace(table.namespace)] if table.namespace != "public" else []
    indexes = (tables.create_index(table, index) for index in table.indexes)
    made = (*namespace, tables.create_table(table, tuple(table.constraints)), *indexes)
    return tables.create_unless_exists(table, made, comment=STAND_IN)


def _sections(schema: Schema, role: str, *, stand_ins: bool = False) -> Iterator[_Section]:
    """Yield the sections that are not empty."""
    for section in _all_sections(schema, role, stand_ins=stand_ins):
        groups = tuple(group for group in section.groups if group)
        if groups:
            yield _Section(title=section.title, groups=groups)


def _all_sections(schema: Schema, role: str, *, stand_ins: bool) -> Iterator[_Section]:
    items = definitions(schema)
    ordered = tuple(item for item in items if isinstance(item, Table))
    late = _late_constraints(ordered)
    yield _Section(groups=tuple((objects.create_role(each),) for each in created_roles(schema, role)))
    yield _Section(groups=(_new_namespaces(schema),))
    yield _Section(groups=(tuple(objects.create_extension(each) for each in schema.extensions),))
    if stand_ins:
        yield _Section(title=_STAND_INS, groups=tuple((text,) for text in stubs(schema)))
    yield _Section(groups=tuple(_definition(item, late) for item in items))
    yield _Section(groups=(tuple(tables.add_constraint(*each) for each in late),))
    yield _Section(groups=(tuple(sequences.own_sequence(each) for each in schema.sequences if each.owned_by),))
    yield _Section(groups=tuple(_triggers(each) for each in items if isinstance(each, Relation)))
    yield _Section(title="Row-level security", groups=tuple(_security(table) for table in ordered))
    yield _Section(title="Privileges", groups=(_privileges(schema, ordered),))
    yield _Section(title="Comments", groups=(tuple(programs.comments(schema)),))


def _definition(item: Definition, late: Iterable[LateConstraint]) -> Group:
    """Return the statements that define one object."""
    match item:
        case EnumType():
            return (objects.create_enum(item),)
        case Sequence():
            return (sequences.create_sequence(item),)
        case Domain():
            return (objects.create_domain(item), *objects.alter_domain(item))
        case CompositeType():
            return (objects.create_composite(item),)
        case RangeType():
            return (objects.create_range(item),)
        case Table():
            return _table(item, {constraint.name for table, constraint in late if table is item})
        case Function():
            return (programs.create_function(item),)
        case View():
            return (objects.create_view(item), *(tables.create_index(item, index) for index in item.indexes))
        case _:
            assert_never(item)


def _table(table: Table, late: set[str]) -> Group:
    """Return the table with its partitions and indexes."""
    inline = tuple(constraint for constraint in table.constraints if constraint.name not in late)
    return (
        tables.create_table(table, inline),
        *first_column_settings(table.identifier, table.columns),
        *(text for each in table.partitions for text in _partition(table, each)),
        *(tables.create_index(table, index) for index in table.indexes),
        *(text for each in table.statistics for text in tables.create_statistics(table, each)),
    )


def _partition(table: Table, partition: Partition) -> Group:
    return (tables.create_partition(table, partition), *privileges.partition_settings(table, partition))


def _late_constraints(ordered: tuple[Table, ...]) -> tuple[LateConstraint, ...]:
    """Return what CREATE TABLE cannot hold: references to what comes later, and what is not valid yet."""
    place = {(table.namespace, table.name): position for position, table in enumerate(ordered)}
    return tuple(
        (table, constraint)
        for position, table in enumerate(ordered)
        for constraint in table.constraints
        if not table.stands_in_create_table(constraint)
        or (isinstance(constraint, ForeignKey) and _comes_later(table, constraint, position, place))
    )


def _comes_later(table: Table, key: ForeignKey, position: int, place: dict[tuple[str, str], int]) -> bool:
    """Tell whether what the key references does not exist yet when its table is created."""
    referenced = place.get((key.referenced_namespace, key.referenced_table), -1)
    if referenced != position:
        return referenced > position
    own_keys = (each.columns for each in table.constraints if isinstance(each, PrimaryKey | Unique))
    # A unique index is created after its table.
    return not any(set(columns) == set(key.referenced_columns) for columns in own_keys)


def _new_namespaces(schema: Schema) -> Group:
    return tuple(objects.create_namespace(each.name) for each in schema.namespaces if each.name != "public")


def _triggers(relation: Relation) -> Group:
    return tuple(
        statement
        for each in relation.triggers
        for statement in (programs.create_trigger(relation, each), *programs.trigger_firing(relation, each))
    )


def _security(table: Table) -> Group:
    return (*programs.row_security(table), *(programs.create_policy(table, each) for each in table.policies))


def _privileges(schema: Schema, ordered: tuple[Table, ...]) -> Group:
    usage = (each for namespace in schema.namespaces for each in privileges.grants_on_namespace(namespace))
    on_tables = (each for table in ordered for each in privileges.grants_on_table(table))
    return (*usage, *on_tables, *privileges.other_privileges(schema))
