"""The changes of the columns of a table that two schemas have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from colonnade.schema import changes as c
from colonnade.schema.tables import Column, Table
from colonnade.schema.types import USUAL_VALUES


def column_changes(old: Table, new: Table) -> Iterator[c.Change]:
    """Yield the changes column by column; those of one column in an order in which they can run."""
    for before in old.columns:
        if not new.has_column(before.name):
            yield c.Drop(value=before, table=old)
        elif (after := new.column(before.name)) != before:
            yield from _changes(old, new, before, after)
    yield from (c.Create(value=each, table=new) for each in new.columns if not old.has_column(each.name))


def _changes(old: Table, new: Table, before: Column, after: Column) -> Iterator[c.Change]:
    if _must_be_made_anew(old, new, before, after):
        yield c.Drop(value=before, table=old)
        yield c.Create(value=after, table=new)
        return
    retyped = (before.type, before.collation) != (after.type, after.collation)
    if before.identity and not after.identity:
        yield c.SetIdentity(table=new, before=before, after=after)
    if before.default is not None and (after.default is None or retyped):
        yield c.SetColumnDefault(table=new, column=after.name, default=None)
    if before.generated != after.generated:
        yield c.SetGenerationExpression(table=new, after=after)
    if before.not_null and not after.not_null:
        yield c.DropNotNull(table=new, before=before)
    yield from _type_changes(new, before, after)
    if after.not_null and not before.not_null:
        yield c.SetNotNull(table=new, after=after)
    elif after.not_null and before.not_null_name != after.not_null_name:
        yield c.RenameNotNull(table=new, before=before, after=after)
    if after.default is not None and (before.default != after.default or retyped):
        yield c.SetColumnDefault(table=new, column=after.name, default=after.default)
    if after.identity and before.identity != after.identity:
        yield c.SetIdentity(table=new, before=before, after=after)
    # With its type a column loses its storage and compression.
    yield from _beside(new, replace(before, storage="", compression="") if retyped else before, after)


def _type_changes(table: Table, before: Column, after: Column) -> Iterator[c.Change]:
    """Yield another type, and other values that an identity column gives: these first where the type has room for both.

    A type cannot change while limits or start of the column's sequence are beyond it.
    """
    given = before.identity and after.identity and before.identity_options != after.identity_options
    first = USUAL_VALUES.limits(after.type) <= USUAL_VALUES.limits(before.type) if given else False
    if given and first:
        yield c.SetIdentityOptions(table=table, before=before, after=after)
    if (before.type, before.collation) != (after.type, after.collation):
        meanwhile = before.identity_options if given and not first else after.identity_options
        one, other = (replace(each, identity_options=meanwhile) for each in (before, after))
        yield c.AlterColumnType(table=table, before=one, after=other)
    if given and not first:
        yield c.SetIdentityOptions(table=table, before=before, after=after)


def _beside(table: Table, before: Column, after: Column) -> Iterator[c.Change]:
    """Yield the changes of what decides about no value."""
    if _settings(before) != _settings(after):
        yield c.SetColumnSettings(table=table, before=before, after=after)
    if before.comment != after.comment:
        yield c.SetComment(value=after, table=table)


def _settings(column: Column) -> tuple[object, ...]:
    """Return how the values of a column are kept and counted."""
    return column.storage, column.compression, column.statistics_target, column.options


def _must_be_made_anew(old: Table, new: Table, before: Column, after: Column) -> bool:
    """Tell whether only another column can be like the second one: Postgres generates a column's values or it does not.

    Source: postgresql.org/docs/current/sql-altertable.html (SET EXPRESSION, DROP EXPRESSION)
    """
    if before.generated is None or after.generated is None:
        # The values of a stored column can stay when it is no longer generated.
        return before.generated != after.generated and not (after.generated is None and before.stored)
    if before.stored != after.stored or (before.type, before.collation) != (after.type, after.collation):
        return True
    # The expression of a virtual column cannot change under a CHECK.
    return before.generated != after.generated and not before.stored and bool(old.checks or new.checks)
