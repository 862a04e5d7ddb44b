"""What several rules ask of a statement in its migration."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.plan.acts import AddColumn, AddConstraint, Block, DropColumn, Rename, Write
from colonnade.review.plan.migration import Key, Migration, Statement
from colonnade.schema import Column, Schema, Table


def blocked_tables(migration: Migration, statement: Statement) -> tuple[Key, ...]:
    """Return the relations that matter and whose writers wait for the statement, sorted."""
    if statement.observed is None:
        return ()
    return tuple(sorted(key for key in statement.observed.blocked if migration.concerns(key)))


def worked_tables(migration: Migration, statement: Statement) -> tuple[Key, ...]:
    """Return the relations that matter and all of whose rows the statement read or wrote, sorted."""
    if statement.observed is None:
        return ()
    return tuple(sorted(key for key in statement.observed.worked if migration.concerns(key)))


def same_transaction(migration: Migration, statement: Statement) -> Iterator[Statement]:
    """Yield the statements before one in its transaction."""
    if statement.transaction is not None:
        for each in migration.earlier(statement):
            if each.transaction == statement.transaction:
                yield each


def constraints_added(migration: Migration) -> Iterator[tuple[Statement, AddConstraint]]:
    """Yield the constraints that tables and domains get, those within ADD COLUMN too."""
    yield from migration.each(AddConstraint)
    for statement, act in migration.each(AddColumn):
        for constraint in act.constraints:
            yield statement, constraint


def is_unbounded(migration: Migration, write: Write) -> bool:
    """Tell whether a write may touch any number of rows of a table that matters.

    One that is bounded names a key, both ends of a range of the first column of one, or of a range of blocks (ctid).
    """
    if not migration.concerns(write.table) or (write.kind == "INSERT" and not write.selects):
        return False
    if write.kind in ("INSERT", "MERGE"):
        return True
    if "ctid" in write.bounded:
        return False
    table = migration.table(migration.key(write.table))
    return not any(
        set(key) <= write.pinned or key[0] in write.bounded or (key[0] in write.pinned and len(key) == 1)
        for key in keys_of(table)
    )


def added_columns(migration: Migration) -> frozenset[tuple[Key, str]]:
    """Return the columns that the migration adds to tables, with the keys of these."""
    return frozenset((migration.key(act.table), act.column) for _, act in migration.each(AddColumn))


def is_replaced(migration: Migration, drop: DropColumn) -> bool:
    """Tell whether a column of the migration's own, which it fills for stored rows, takes the name of a dropped one."""
    table = migration.key(drop.table)
    filled = {
        name
        for _, write in migration.each(Write)
        if write.kind == "UPDATE" and migration.key(write.table) == table
        for name in write.columns
    }
    return any(
        act.kind == "COLUMN"
        and act.table is not None
        and (migration.key(act.table), act.new) == (table, drop.column)
        and (table, act.old.name) in added_columns(migration)
        and act.old.name in filled
        for _, act in migration.each(Rename)
    )


def keys_of(table: Table | None) -> Iterator[tuple[str, ...]]:
    """Yield the columns of the primary key and of each unique constraint and index."""
    if table is None:
        return
    if table.primary_key:
        yield table.primary_key.columns
    yield from (unique.columns for unique in table.uniques)
    for index in table.indexes:
        if index.unique and index.predicate is None and len(index.columns) == len(index.keys):
            yield index.columns


def is_unique(table: Table | None, columns: tuple[str, ...]) -> bool:
    """Tell whether a key of the table says already that no two rows agree in the columns."""
    return bool(columns) and any(set(key) <= set(columns) for key in keys_of(table))


def is_checked(migration: Migration, statement: Statement, table: str) -> bool:
    """Tell whether an earlier step looks at a table and refuses to go on with what it finds."""
    return any(
        isinstance(act, Block) and act.raises and table in act.words
        for each in migration.earlier(statement)
        for act in each.acts
    )


def table_in(schema: Schema | None, key: Key) -> Table | None:
    """Return a table of a schema, None where it is not there."""
    return None if schema is None else schema.find_table(key[1], namespace=key[0])


def column_in(schema: Schema | None, key: Key, name: str) -> Column | None:
    """Return a column of a table, None where it is not there."""
    table = table_in(schema, key)
    return table.column(name) if table is not None and table.has_column(name) else None
