"""NOT NULL, for which the stored rows are checked while readers and writers go on."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.migrate.columns import column_statements
from colonnade.migrate.conditions import either, exists, of_column, of_constraint
from colonnade.migrate.safe.preconditions import refuse_nulls
from colonnade.migrate.sentences import called
from colonnade.migrate.stage import Stage, stage
from colonnade.schema import Check, Column, Table
from colonnade.schema import changes as c
from colonnade.sql.identifier import fit, quote


def set_not_null(table: Table, column: Column, *, unless: str = "") -> Iterator[Stage]:
    """Yield the stages: a CHECK for new rows, then for the stored ones, which proves NOT NULL without another look.

    Every version of Postgres takes them; that of 18 has a NOT NULL constraint that is NOT VALID instead.
    """
    proof = Check(name=fit(f"{table.name}_{column.name}_is_not_null"), expression=f"{quote(column.name)} IS NOT NULL")
    name, alter = called(column, table), f"ALTER TABLE {table.identifier}"
    is_set = of_column(table, column.name, "a.attnotnull")
    there = either(unless, f"{is_set} OR {exists(proof, table)}")
    yield refuse_nulls(table, column.name, done=there)
    yield stage(
        f"~ {name}: not NULL in new rows",
        f"{alter} ADD CONSTRAINT {quote(proof.name)} CHECK ({proof.expression}) NOT VALID",
        done=there,
    )
    yield stage(
        f"~ {name}: checked for the stored rows",
        f"{alter} VALIDATE CONSTRAINT {quote(proof.name)}",
        done=either(unless, f"{is_set} OR {of_constraint(table, proof.name, 'k.convalidated')}"),
    )
    yield stage(
        f"~ {name}: NOT NULL",
        *column_statements(c.SetNotNull(table=table, after=column)),
        done=either(unless, is_set),
    )
    yield stage(
        f"- {called(proof, table)}, which NOT NULL says now",
        f"{alter} DROP CONSTRAINT IF EXISTS {quote(proof.name)}",
        done=f"NOT {exists(proof, table)}",
    )
