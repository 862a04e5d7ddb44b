"""New columns whose values are written while readers and writers go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from colonnade.emit.ddl.columns import default_expression
from colonnade.migrate.columns import add_column
from colonnade.migrate.conditions import exists, of_column
from colonnade.migrate.safe.backfill import backfill
from colonnade.migrate.safe.comments import comment
from colonnade.migrate.safe.not_null import set_not_null
from colonnade.migrate.safe.triggers import disturbed
from colonnade.migrate.sentences import called
from colonnade.migrate.stage import Stage, stage
from colonnade.schema import Column, Table
from colonnade.sql.identifier import quote


def splits(column: Column) -> bool:
    """Tell whether the column can be added first and filled later: its default is not part of what it is."""
    return column.default is not None and not column.identity and column.generated is None


def add_filled_column(before: Table, table: Table, column: Column) -> Iterator[Stage]:
    """Yield the stages that add a column with a default of its own for each row.

    New rows have it from the second stage on, stored ones get it block by block. `before` is the table before the plan.
    """
    assert column.default is not None  # noqa: S101 - else it need not be filled
    name, quoted = called(column, table), quote(column.name)
    bare = replace(column, default=None, not_null=False, not_null_name="")
    yield stage(f"+ {name}, empty", add_column(table, bare), done=exists(column, table))
    yield stage(
        f"~ {name}: default for new rows",
        f"ALTER TABLE {table.identifier} ALTER COLUMN {quoted} SET DEFAULT {default_expression(column.default)}",
        done=of_column(table, column.name, "a.atthasdef"),
    )
    filled = of_column(table, column.name, "a.attnotnull") if column.not_null else ""
    yield backfill(
        table,
        f"{quoted} = DEFAULT",
        f"{quoted} IS NULL",
        sentence=f"~ {name}: filled, block by block",
        done=filled,
        until_none=True,
        paused=disturbed(before, table),
    )
    if column.not_null:
        yield from set_not_null(table, column)
    yield from comment(column, table)
