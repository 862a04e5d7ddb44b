"""A step: what one change runs, and what the order of steps must know of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from colonnade.schema import (
    Column,
    CompositeType,
    Domain,
    EnumType,
    Exclusion,
    ExtendedStatistics,
    Index,
    Partition,
    PrimaryKey,
    RangeType,
    Sequence,
    Table,
    Unique,
    View,
)
from colonnade.schema.changes import Change
from colonnade.schema.members import Definition, Member, Relation, members_of, object_name
from colonnade.schema.names import ObjectName
from colonnade.sql.identifier import chosen_name, parts

Slot = tuple[str, ...]
"""A name that only one object can have at a time: what kind of name, where, and the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Statements that belong together, and the objects that they create, alter and drop.

    What a step only takes something away from, or adds a value to, is not altered but `loosens`: that needs nothing.
    What it changes in a way that no other object could mind (a comment, privileges, the owner) it `touches`.
    `binds` are objects that the step makes depend on others anew, after what released them from what they needed.
    `releases` are objects that it lets go of before they are dropped, `needs` further ones that must be there before,
    `displaces` those whose name no function may mention any more. `frees` and `takes` are the names that no other
    object can have meanwhile. `loses` says which content is lost, empty where none is. A step that is not
    `transactional` cannot run in a transaction together with what uses its result.
    """

    change: Change
    sql: tuple[str, ...]
    creates: frozenset[ObjectName] = frozenset()
    alters: frozenset[ObjectName] = frozenset()
    loosens: frozenset[ObjectName] = frozenset()
    drops: frozenset[ObjectName] = frozenset()
    touches: frozenset[ObjectName] = frozenset()
    binds: frozenset[ObjectName] = frozenset()
    releases: frozenset[ObjectName] = frozenset()
    needs: frozenset[ObjectName] = frozenset()
    displaces: frozenset[ObjectName] = frozenset()
    frees: frozenset[Slot] = frozenset()
    takes: frozenset[Slot] = frozenset()
    loses: str = ""
    transactional: bool = True


def slots(value: Definition | Member, table: Relation | None = None, *, name: str = "") -> frozenset[Slot]:
    """Return the names that an object takes; `name` is another one than its own.

    Tables, views, sequences and indexes share their names within a namespace, tables and types as well; an identity
    column has a sequence.
    """
    return frozenset(_slots(value, table, name or value.name))


def held(relation: Relation) -> frozenset[ObjectName]:
    """Return the table or view and all that belongs to it."""
    return frozenset([object_name(relation), *(object_name(each, relation) for each in members_of(relation))])


def owner_of(sequence: Sequence) -> Iterator[ObjectName]:
    """Yield the column that owns the sequence, if one does."""
    if sequence.owned_by:
        *namespace, table, column = parts(sequence.owned_by)
        place = namespace[0] if namespace else "public"
        yield ObjectName(kind="column", name=column, table=table, namespace=place)


def _slots(value: Definition | Member, table: Relation | None, name: str) -> Iterator[Slot]:
    namespace = table.namespace if table is not None else getattr(value, "namespace", "")
    match value:
        case Partition() if table is not None:
            yield "relation", namespace, name
            yield "type", namespace, name
            # Two partitions may not overlap, and the default one holds what no other does.
            yield "bounds", namespace, table.name
        case Table() | View() | Partition() | CompositeType() | Sequence():
            # A sequence has no type of its name, but may not be called like one.
            yield "relation", namespace, name
            yield "type", namespace, name
        case Index():
            yield "relation", namespace, name
        case PrimaryKey() | Unique() | Exclusion():
            yield "relation", namespace, name
            yield "constraint", namespace, table.name if table else "", name
            if isinstance(value, PrimaryKey):  # of which a table has one
                yield "primary key", namespace, table.name if table else ""
        case EnumType() | Domain() | RangeType():
            yield "type", namespace, name
            if isinstance(value, RangeType):
                yield "type", namespace, value.multirange
                # Functions of both names make values of them.
                yield from (("function", namespace, "", each) for each in (name, value.multirange))
        case Column(identity=identity) if identity and table is not None:
            yield "column", namespace, table.name, name
            yield "relation", namespace, chosen_name(table.name, name, "seq")
            yield "type", namespace, chosen_name(table.name, name, "seq")
        case ExtendedStatistics():
            yield "statistics", value.namespace, name
        case _:
            yield object_name(value, table).kind, namespace, table.name if table else "", name
    if isinstance(value, Table | View):
        for member in members_of(value):
            yield from _slots(member, value, member.name)
