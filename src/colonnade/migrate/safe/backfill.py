"""Rows that are written in batches which each commit, with a pause in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from textwrap import indent

from colonnade.migrate.safe.triggers import turned_off, turned_on
from colonnade.migrate.stage import LOCK_TIMEOUT_MS, Stage, alone
from colonnade.schema import Table, Trigger
from colonnade.sql.identifier import quote
from colonnade.sql.literal import literal

_BLOCKS = 32
_LOCKED_BLOCKS = 8
_PAUSE_SECONDS = 0.02
_PAUSES_FOR_A_LOCK = 4
_MOST_PASSES = 100
_PATIENCE_SECONDS = 60


def backfill(
    table: Table,
    assignment: str,
    condition: str,
    *,
    sentence: str,
    done: str,
    until_none: bool = False,
    paused: Sequence[Trigger] = (),
) -> Stage:
    """Return the stage that makes an assignment in every row that meets the condition, so many blocks at a time.

    A block range is the one key that every table has and that reads each row once. New rows must be right already: by
    a default, or by a trigger. Where no trigger makes changed rows right, too, a row that is changed meanwhile may move
    to a block that was looked at before: then it is gone over `until_none` meets the condition. Stopped, it goes on
    where the condition still holds. The triggers in `paused` do not fire for it: a time of update stays what it was.
    """
    name = literal(f"{quote(table.namespace)}.{quote(table.name)}")
    size = _LOCKED_BLOCKS if paused else _BLOCKS
    rows = f"ctid >= format('(%s,0)', low)::tid AND ctid < format('(%s,0)', low + {size})::tid\n    AND {condition}"
    update = f"UPDATE {table.identifier} SET {assignment}\nWHERE {rows};"  # noqa: S608 - expressions of the schema
    batch = _without_triggers(table, update, rows, paused) if paused else _plain(update)
    once = f"""\
blocks := (
    SELECT max(pg_relation_size(part)) / current_setting('block_size')::bigint
    FROM (SELECT relid FROM pg_partition_tree({name}) UNION SELECT {name}::regclass) AS every (part)
);
FOR low IN 0 .. blocks BY {size} LOOP
{indent(batch, "    ")}
END LOOP;"""  # noqa: S608 - quoted names, and expressions of the schema
    again = f"""\
FOR pass IN 1 .. {_MOST_PASSES} LOOP
{indent(once, "    ")}
    EXIT WHEN NOT EXISTS (SELECT FROM {table.identifier} WHERE {condition});
END LOOP;"""
    body = indent(again if until_none else once, "    ")
    declared = "    blocks bigint;\n" + ("    began timestamptz;\n    patience timestamptz;\n" if paused else "")
    text = f"DO $backfill$\nDECLARE\n{declared}BEGIN\n{body}\nEND\n$backfill$"
    if paused:
        names = ", ".join(quote(each.name) for each in paused)
        sentence = f"{sentence}, past the trigger{'s' * (len(paused) > 1)} {names}: writers wait for each batch"
    return replace(alone(sentence, text, done=done), kind="rows")


def _plain(update: str) -> str:
    return f"{update}\nCOMMIT;\nIF FOUND THEN\n    PERFORM pg_sleep({_PAUSE_SECONDS});\nEND IF;"


def _without_triggers(table: Table, update: str, rows: str, paused: Sequence[Trigger]) -> str:
    """Return a batch in a transaction that turns triggers off and on again, which nobody but itself can see.

    Others cannot write to the table for its time, so that it is short, waits for nobody for long, and leaves the table
    to them for several times as long before the next one.
    """
    return f"""\
IF EXISTS (
    SELECT FROM {table.identifier}
    WHERE {indent(rows, "    ").lstrip()}
) THEN
    patience := clock_timestamp() + interval '{_PATIENCE_SECONDS} seconds';
    LOOP
        began := clock_timestamp();
        BEGIN
            SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS};
            {turned_off(table, paused)};
            {indent(update, "            ").lstrip()}
            {turned_on(table, paused)};
            EXIT;
        EXCEPTION
            WHEN lock_not_available THEN
                IF clock_timestamp() > patience THEN
                    RAISE;
                END IF;
        END;
        COMMIT;
        PERFORM pg_sleep({_PAUSE_SECONDS});
    END LOOP;
    COMMIT;
    PERFORM pg_sleep({_PAUSES_FOR_A_LOCK} * extract(epoch FROM clock_timestamp() - began));
END IF;"""  # noqa: S608 - quoted names, and expressions of the schema
