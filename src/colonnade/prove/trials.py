"""Candidate values judged by Postgres: which conditions does each combination keep or break?"""

# ruff: noqa: S608 - identifiers are quoted, values are literals, and conditions are the schema's own

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from colonnade.errors import StatementError
from colonnade.postgres import Session
from colonnade.prove.candidates import Candidate
from colonnade.prove.conditions import Condition, mentioned
from colonnade.prove.statements import text_expression
from colonnade.prove.values import base_type
from colonnade.schema import Schema, Table
from colonnade.sql.identifier import quote

Values = tuple[str | None, ...]
Verdicts = tuple[bool | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A combination of values for some columns, and what each condition says of it.

    A verdict is None where the condition is NULL, which a CHECK takes for kept.
    """

    candidates: tuple[Candidate, ...]
    verdicts: Verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Combinations to judge: values of these columns against these conditions."""

    table: Table
    columns: tuple[str, ...]
    conditions: tuple[Condition, ...]
    rows: tuple[Values, ...]


def judge(session: Session, schema: Schema, parts: Sequence[Part]) -> tuple[tuple[Verdicts | None, ...], ...]:
    """Return the verdicts on each row of each part; None for a row on which a condition raises an error."""
    asked = [number for number, part in enumerate(parts) if part.rows and part.conditions]
    found: list[list[Verdicts | None]] = [[() for _ in part.rows] for part in parts]
    if not asked:
        return tuple(map(tuple, found))
    query = " UNION ALL ".join(_query(schema, parts[number], number) for number in asked)
    try:
        with session.transaction():
            answers = session.execute(query)
    except StatementError:
        return _judge_singly(session, schema, parts)
    for part, row, verdicts in answers:
        found[part][row] = tuple(verdicts)
    return tuple(map(tuple, found))


def _judge_singly(session: Session, schema: Schema, parts: Sequence[Part]) -> tuple[tuple[Verdicts | None, ...], ...]:
    """Judge part by part, and row by row where a part fails, so that one bad value spoils nothing else."""
    if len(parts) > 1:
        return tuple(found for part in parts for found in judge(session, schema, (part,)))
    part = parts[0]
    if len(part.rows) <= 1:
        return ((None,) * len(part.rows),)
    middle = len(part.rows) // 2
    halves = (part.rows[:middle], part.rows[middle:])
    judged = [judge(session, schema, (_with_rows(part, half),))[0] for half in halves]
    return (judged[0] + judged[1],)


def _with_rows(part: Part, rows: tuple[Values, ...]) -> Part:
    return Part(table=part.table, columns=part.columns, conditions=part.conditions, rows=rows)


def _query(schema: Schema, part: Part, number: int) -> str:
    """Return a query for the part's number, each row's number and the array of verdicts."""
    values = ", ".join(f"({row}, {', '.join(map(text_expression, texts))})" for row, texts in enumerate(part.rows))
    names = [f"c{each}" for each in range(len(part.columns))]
    typed = ", ".join(
        # A domain's own checks would refuse the value before we can judge it.
        f"v.{name}::{base_type(part.table.column(column).type, schema)} AS {quote(column)}"
        for name, column in zip(names, part.columns, strict=True)
    )
    alias = quote(part.table.name)
    source = f"(SELECT v.n AS colonnade_row, {typed} FROM (VALUES {values}) AS v(n, {', '.join(names)})) AS {alias}"
    written = set(part.columns)
    generated = [
        f"({column.generated})::{column.type} AS {quote(column.name)}"
        for column in part.table.columns
        if column.generated is not None and set(mentioned(part.table, column.generated)) <= written
    ]
    if generated:
        source = f"(SELECT *, {', '.join(generated)} FROM {source}) AS {alias}"
    verdicts = ", ".join(f"({condition.expression})" for condition in part.conditions)
    return f"SELECT {number}, colonnade_row, ARRAY[{verdicts}]::boolean[] FROM {source}"
