"""Statements tried and undone: what would the server have said?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from colonnade.sql.literal import literal

_UNDO = "CN000"  # a state of our own, which nothing else raises

# A subtransaction for each statement; a raised error is the only way to undo one in PL/pgSQL. The
# outcomes leave through a setting because an anonymous block returns nothing, and because it needs
# no object that a role under test would have to be allowed to use.
_BATCH = """
DECLARE
    statement text;
    outcomes text[] := '{{}}';
    affected bigint;
    state text;
    said text;
    violated text;
    in_table text;
    in_column text;
BEGIN
    FOREACH statement IN ARRAY ARRAY[{statements}]::text[] LOOP
        affected := 0;
        BEGIN
            EXECUTE statement;
            GET DIAGNOSTICS affected = ROW_COUNT;
            SET CONSTRAINTS ALL IMMEDIATE;
            RAISE EXCEPTION USING ERRCODE = {undo};
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT,
                violated = CONSTRAINT_NAME, in_table = TABLE_NAME, in_column = COLUMN_NAME;
            outcomes := outcomes || pg_catalog.json_build_array(
                state, said, violated, in_table, in_column, affected)::text;
        END;
    END LOOP;
    PERFORM pg_catalog.set_config(
        'colonnade.outcomes', '[' || pg_catalog.array_to_string(outcomes, ',') || ']', false);
END
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The outcome of a statement that was undone again.

    `constraint`, `table` and `column` name what was violated, where the server says so. `rows` are
    the rows that a single attempt returned (a batch keeps none), `row_count` is how many rows the
    statement returned or changed.
    """

    ok: bool
    sqlstate: str = ""
    message: str = ""
    constraint: str = ""
    table: str = ""
    column: str = ""
    row_count: int = 0
    rows: tuple[tuple[Any, ...], ...] = ()


def batch_script(statements: Sequence[str]) -> str:
    """Return a script that tries the statements and whose last result is the outcomes as JSON."""
    body = _BATCH.format(statements=", ".join(map(literal, statements)), undo=literal(_UNDO))
    return f"DO {literal(body)}; SELECT pg_catalog.current_setting('colonnade.outcomes')::json"


def batch_outcomes(outcomes: Sequence[Sequence[Any]]) -> tuple[Attempt, ...]:
    """Read what `batch_script` returned."""
    return tuple(_outcome(*fields) for fields in outcomes)


def _outcome(state: str, said: str, constraint: str, table: str, column: str, affected: int) -> Attempt:
    """Read the outcome of one statement."""
    if state == _UNDO:
        return Attempt(ok=True, row_count=affected)
    return Attempt(
        ok=False,
        sqlstate=state,
        message=said,
        constraint=constraint,
        table=table,
        column=column,
    )
