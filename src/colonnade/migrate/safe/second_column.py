"""What stands on a column, as it is built once more on the second one that is to take its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from colonnade.migrate.conditions import has_type
from colonnade.migrate.recreation import referenced_table
from colonnade.migrate.safe.constraints import index_of
from colonnade.migrate.safe.triggers import uses
from colonnade.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    Policy,
    PrimaryKey,
    Schema,
    Table,
    Trigger,
    Unique,
    View,
)
from colonnade.schema import Sequence as SchemaSequence
from colonnade.schema import changes as c
from colonnade.schema.dependencies import Catalog
from colonnade.schema.members import Relation, object_name
from colonnade.sql.expression import rename
from colonnade.sql.identifier import fit, quote
from colonnade.sql.tokens import names

# Whoever writes converts these by the time zone of its own session.
_ZONED = ("timestamp with time zone", "time with time zone")
_COPIED = frozenset({"constraint", "index"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A foreign key on either column: the table that it stands in, as it is in the end, and as it is built."""

    table: Table
    last: ForeignKey
    built: ForeignKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """A change of type, the second column, and what stands on the first one, as it is in the end and as it is built."""

    change: c.AlterColumnType
    second: Column
    indexes: tuple[tuple[Index, Index], ...]
    checks: tuple[tuple[Check, Check], ...]
    keys: tuple[tuple[PrimaryKey | Unique, Index], ...]
    references: tuple[Reference, ...]
    sequences: tuple[SchemaSequence, ...]
    """Those that the first column owns."""

    @property
    def table(self) -> Table:
        """The table, as it is after the plan."""
        return self.change.table

    @property
    def switched(self) -> str:
        """The condition that the second column has taken the place of the first."""
        return has_type(self.table, self.change.after.name, self.change.after.type)


def expands(change: c.AlterColumnType, others: Sequence[c.Change], before: Catalog, after: Catalog) -> bool:
    """Tell whether a second column can take the place of the first, with all that stands on it.

    `others` are changes that must commit together with it: its default, its sequence, checks, indexes, policies and
    views that are made anew. What may write the column after our trigger has read it (other triggers) or holds more
    than the column (exclusion constraints, statistics, privileges on columns, partitions) stands in the way.
    """
    table, old = change.table, change.before
    first = before.schema.table(table.name, namespace=table.namespace)
    beside = first.exclusions or first.statistics or first.triggers != table.triggers
    granted = any(old.name in grant.columns for grant in (*first.grants, *table.grants))
    return (
        _is_convertible(change)
        and not beside
        and not granted
        and not any(_may_write(trigger, old.name, before.schema) for trigger in first.triggers)
        and all(_comes_along(other, change) for other in others)
        and _keys_are_copied(change, first, before, after)
        and _is_all_that_needs(change, first, others, before)
    )


def expansion(change: c.AlterColumnType, others: Sequence[c.Change], before: Catalog, after: Catalog) -> Expansion:
    """Return what stands on a column that is to be replaced, each with what is built beside it."""
    old, table = change.before, change.table
    second = Column(name=fit(f"{old.name}_new"), type=change.after.type, collation=change.after.collation)
    first = before.schema.table(table.name, namespace=table.namespace)
    renamed = {old.name: second.name}
    # What is created by a change of its own is none of this, unless that change comes along.
    names_before = {each.name for each in first.indexes} | {each.name for each in first.checks}
    stays = names_before | {other.value.name for other in others if isinstance(other, c.Create)}
    return Expansion(
        change=change,
        second=second,
        indexes=tuple(
            (each, _renamed_index(each, renamed))
            for each in table.indexes
            if each.name in stays and _mentions(each, old.name)
        ),
        checks=tuple(
            (
                each,
                replace(each, name=fit(f"{each.name}_new"), expression=rename(each.expression, renamed), comment=None),
            )
            for each in table.checks
            if each.name in stays and _mentions(each, old.name)
        ),
        keys=tuple((key, _renamed_index(index_of(key), renamed)) for key in _keys(table, old.name)),
        references=tuple(
            Reference(table=home, last=key, built=_renamed_reference(home, key, table, renamed))
            for home, key in _references(after, table, old.name)
        ),
        sequences=_owned(after, table, old.name),
    )


def _is_convertible(change: c.AlterColumnType) -> bool:
    old, new = change.before, change.after
    generated = old.generated or new.generated or old.identity != new.identity
    return old.type != new.type and not generated and (old.type in _ZONED) == (new.type in _ZONED)


def _may_write(trigger: Trigger, column: str, schema: Schema) -> bool:
    """Tell whether a trigger may give the column of a row another value before it is stored."""
    early = trigger.timing == "BEFORE" and trigger.level == "ROW" and {"INSERT", "UPDATE"} & {*trigger.events}
    return bool(early) and uses(trigger, column, schema)


def _keys_are_copied(change: c.AlterColumnType, first: Table, before: Catalog, after: Catalog) -> bool:
    """Tell whether the column is part of the same keys before and after the plan, each of which can be built twice."""
    table, name = change.table, change.before.name
    keys, references = _keys(first, name), _references(before, first, name)
    places = [(object_name(home), key) for home, key in references]
    same = (
        keys == _keys(table, name)
        and places == [(object_name(home), key) for home, key in _references(after, table, name)]
        and [each.name for each in _owned(before, first, name)] == [each.name for each in _owned(after, table, name)]
    )
    homes = [first, *(home for home, _ in references)]
    return (
        same
        and not any(key.without_overlaps or key.deferrable for key in keys)
        and all(key.validated and key.enforced and not key.period for _, key in references)
        and all(home.partition_key is None for home in homes)
    )


def _is_all_that_needs(change: c.AlterColumnType, first: Table, others: Sequence[c.Change], before: Catalog) -> bool:
    """Tell whether nothing needs the column but what is copied, and what is dropped together with the change."""
    known = {object_name(other.value, other.table) for other in others if isinstance(other, c.Drop)}
    known |= {object_name(key, home) for home, key in _references(before, first, change.before.name)}
    needed = before.dependencies.needed_by.get(object_name(change.before, first), frozenset())
    return all(each in known or (each.kind in _COPIED and each.table == first.name) for each in needed)


def _comes_along(other: c.Change, change: c.AlterColumnType) -> bool:
    """Tell whether the change is made while the second column takes the place of the first."""
    match other:
        case c.SetColumnDefault(column=column, table=table):
            return object_name(table) == object_name(change.table) and column == change.after.name
        case c.AlterSequence(after=sequence):
            return sequence.owned_by == _place(change.table, change.after.name)
        case c.Drop(value=value, table=owner) | c.Create(value=value, table=owner):
            return is_swapped_at_once(value, owner) or _is_copied(value, owner, change)
        case c.SetComment(value=value, table=owner):
            return is_swapped_at_once(value, owner)
        case c.GrantPrivileges(on=value) | c.RevokePrivileges(on=value) | c.SetOwner(value=value):
            return is_swapped_at_once(value)
        case _:
            return False


def is_swapped_at_once(value: object, owner: Relation | None = None) -> bool:
    """Tell whether something is dropped and made anew in no time, be the tables as large as they may.

    `owner` is what it belongs to.
    """
    if isinstance(owner, View):
        return isinstance(value, Trigger)
    return isinstance(value, Policy) or (isinstance(value, View) and not value.materialized)


def _is_copied(value: object, owner: Relation | None, change: c.AlterColumnType) -> bool:
    same = owner is not None and object_name(owner) == object_name(change.table)
    return same and isinstance(value, Check | Index) and _mentions(value, change.after.name)


def _mentions(value: Check | Index, column: str) -> bool:
    if isinstance(value, Check):
        return column in names(value.expression)
    texts = (value.predicate or "", *(key.expression for key in value.keys))
    return column in (*value.columns, *value.include) or any(column in names(text) for text in texts)


def _keys(table: Table, column: str) -> tuple[PrimaryKey | Unique, ...]:
    keys: list[PrimaryKey | Unique] = [*([table.primary_key] if table.primary_key else []), *table.uniques]
    return tuple(key for key in keys if column in (*key.columns, *key.include))


def _references(catalog: Catalog, table: Table, column: str) -> tuple[tuple[Table, ForeignKey], ...]:
    """Return the foreign keys that a column is part of, on either side, each with its table."""
    name = object_name(table)
    return tuple(
        (home, key)
        for home in catalog.schema.tables
        for key in home.foreign_keys
        if (object_name(home) == name and column in key.columns)
        or (referenced_table(key) == name and column in key.referenced_columns)
    )


def _owned(catalog: Catalog, table: Table, column: str) -> tuple[SchemaSequence, ...]:
    place = _place(table, column)
    return tuple(each for each in catalog.schema.sequences if each.owned_by == place)


def _place(table: Table, column: str) -> str:
    """Return a column as a sequence names its owner."""
    return f"{table.identifier}.{quote(column)}"


def _renamed_index(index: Index, renamed: Mapping[str, str]) -> Index:
    return replace(
        index,
        name=fit(f"{index.name}_new"),
        comment=None,
        keys=tuple(
            replace(key, column=renamed.get(key.column, key.column), expression=rename(key.expression, renamed))
            for key in index.keys
        ),
        include=tuple(renamed.get(column, column) for column in index.include),
        predicate=None if index.predicate is None else rename(index.predicate, renamed),
    )


def _renamed_reference(home: Table, key: ForeignKey, table: Table, renamed: Mapping[str, str]) -> ForeignKey:
    name = object_name(table)
    ours = renamed if object_name(home) == name else {}
    theirs = renamed if referenced_table(key) == name else {}
    return replace(
        key,
        name=fit(f"{key.name}_new"),
        columns=tuple(ours.get(each, each) for each in key.columns),
        on_delete_columns=tuple(ours.get(each, each) for each in key.on_delete_columns),
        referenced_columns=tuple(theirs.get(each, each) for each in key.referenced_columns),
        comment=None,
    )
