"""Rows that are written in batches which each commit, with a pause in between."""

from __future__ import annotations

from dataclasses import replace
from textwrap import indent

from colonnade.migrate.stage import Stage, alone
from colonnade.schema import Table
from colonnade.sql.identifier import quote
from colonnade.sql.literal import literal

_BLOCKS = 32
_PAUSE_SECONDS = 0.02
_MOST_PASSES = 100


def backfill(
    table: Table, assignment: str, condition: str, *, sentence: str, done: str, until_none: bool = False
) -> Stage:
    """Return the stage that makes an assignment in every row that meets the condition, so many blocks at a time.

    A block range is the one key that every table has and that reads each row once. New rows must be right already: by
    a default, or by a trigger. Where no trigger makes changed rows right, too, a row that is changed meanwhile may move
    to a block that was looked at before: then it is gone over `until_none` meets the condition. Stopped, it goes on
    where the condition still holds.
    """
    name = literal(f"{quote(table.namespace)}.{quote(table.name)}")
    once = f"""\
blocks := (
    SELECT max(pg_relation_size(part)) / current_setting('block_size')::bigint
    FROM (SELECT relid FROM pg_partition_tree({name}) UNION SELECT {name}::regclass) AS every (part)
);
FOR low IN 0 .. blocks BY {_BLOCKS} LOOP
    UPDATE {table.identifier} SET {assignment}
    WHERE ctid >= format('(%s,0)', low)::tid AND ctid < format('(%s,0)', low + {_BLOCKS})::tid
        AND {condition};
    COMMIT;
    IF FOUND THEN
        PERFORM pg_sleep({_PAUSE_SECONDS});
    END IF;
END LOOP;"""  # noqa: S608 - quoted names, and expressions of the schema
    again = f"""\
FOR pass IN 1 .. {_MOST_PASSES} LOOP
{indent(once, "    ")}
    EXIT WHEN NOT EXISTS (SELECT FROM {table.identifier} WHERE {condition});
END LOOP;"""
    body = indent(again if until_none else once, "    ")
    text = f"DO $backfill$\nDECLARE\n    blocks bigint;\nBEGIN\n{body}\nEND\n$backfill$"
    return replace(alone(sentence, text, done=done), kind="rows")
