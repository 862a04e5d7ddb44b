"""The condition that says that a plain step, or several together, have their effect already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from colonnade.migrate.conditions import (
    exists,
    gives,
    has_enum_value,
    has_type,
    is_defined,
    of_column,
    of_constraint,
    owns,
)
from colonnade.migrate.step import Step, owner_of
from colonnade.schema import Column, Index, Table
from colonnade.schema import changes as c
from colonnade.schema.members import Definition, Member, Placed, Relation, object_name
from colonnade.schema.names import ObjectName
from colonnade.sql.identifier import chosen_name
from colonnade.sql.literal import literal

_IDENTITIES = {"": "", "ALWAYS": "a", "BY DEFAULT": "d"}


def done(steps: Iterable[Step], digests: Mapping[ObjectName, str]) -> str:
    """Return the condition for steps that commit together; empty where doing them twice does no harm.

    `digests` are those of the definitions that what is made anew under its old name has in the end.
    """
    made = list(steps)
    found: dict[str, None] = {}
    for step in made:
        if any(_is_undone(step, other) for other in made):
            continue  # what has its name instead says it
        for condition in _conditions(step.change, digests):
            found[condition] = None
    return " AND ".join(f"({each})" if " OR " in each else each for each in found)


def _is_undone(step: Step, other: Step) -> bool:
    """Tell whether the other step, which comes later, has in the end what this one takes away."""
    match step.change, other.change:
        case c.Drop(), _:
            return bool(step.frees & other.takes)
        case c.ReleaseSequence(sequence=old), c.OwnSequence(sequence=new):
            return object_name(old) == object_name(new) and old.owned_by == new.owned_by
        case _:
            return False


def made_anew(steps: Iterable[Step]) -> Iterator[Placed]:
    """Yield what has its definition in the end by another way than by being there: its name was taken before."""
    dropped: set[ObjectName] = set()
    for step in steps:
        match step.change:
            case c.Drop():
                dropped |= step.drops
            case c.Create(value=value, table=table) if object_name(value, table) in dropped:
                yield Placed(value=value, table=table)
            case (
                c.ReplaceType(after=value)
                | c.AlterDomain(after=value)
                | c.AlterCompositeType(after=value)
                | c.AlterSequence(after=value)
            ):
                yield Placed(value=value)
            case _:
                continue


def _conditions(change: c.Change, digests: Mapping[ObjectName, str]) -> Iterator[str]:
    """Yield what holds after the change and not before, nothing where it can be made again."""
    match change:
        case c.Create(value=value, table=table):
            yield _defined(value, table, digests)
        case c.Drop(value=value, table=table):
            again = [_defined(value, table, digests)] if object_name(value, table) in digests else []
            yield " OR ".join([f"NOT {exists(value, table)}", *again])
        case c.RenameEnumValue(enum=enum, name=name):
            yield has_enum_value(enum, name)
        case c.Rename(value=value, table=table, name=name):
            yield _renamed(value, table, name)
        case (
            c.ReplaceType(after=value)
            | c.AlterDomain(after=value)
            | c.AlterCompositeType(after=value)
            | c.AlterSequence(after=value)
        ):
            yield _defined(value, None, digests)
        case c.ReleaseSequence(sequence=sequence):
            yield from (f"NOT {owns(column, sequence)}" for column in owner_of(sequence))
        case _:
            yield from _of_column(change)


def _defined(value: Definition | Member, table: Relation | None, digests: Mapping[ObjectName, str]) -> str:
    digest = digests.get(object_name(value, table))
    return exists(value, table) if digest is None else is_defined(value, table, digest=digest)


def _renamed(value: Definition | Member, table: Relation | None, name: str) -> str:
    # An index that is not valid can be renamed, too.
    if isinstance(value, Index) and table is not None:
        return f"NOT {exists(value, table)}"
    return exists(replace(value, name=name), table)


def _of_column(change: c.Change) -> Iterator[str]:
    match change:
        case c.AlterColumnType(table=table, before=old, after=new):
            if old.type != new.type:
                yield has_type(table, new.name, new.type)
        case c.SetNotNull(table=table, after=new):
            yield of_column(table, new.name, "a.attnotnull")
        case c.DropNotNull(table=table, before=old):
            yield f"NOT {of_column(table, old.name, 'a.attnotnull')}"
        case c.RenameNotNull(table=table, after=new):
            name = new.not_null_name or chosen_name(table.name, new.name, "not_null")
            yield _has_constraint(table, name)
        case c.SetIdentity(table=table, after=new):
            yield f"{of_column(table, new.name, 'a.attidentity')} = {literal(_IDENTITIES[new.identity])}"
        case c.SetIdentityOptions(table=table, after=new):
            yield gives(table, new)
        case c.SetGenerationExpression(table=table, after=new):
            yield _generated(table, new)
        case _:
            return


def _has_constraint(table: Table, name: str) -> str:
    return f"{of_constraint(table, name, 'true')} IS NOT NULL"


def _generated(table: Table, column: Column) -> str:
    if column.generated is None:
        return f"{of_column(table, column.name, 'a.attgenerated')} = ''"
    text = of_column(table, column.name, "pg_get_expr(d.adbin, d.adrelid)")
    return f"{text} IS NOT DISTINCT FROM {literal(column.generated)}"
