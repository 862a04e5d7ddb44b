"""Rows that are written in batches which each commit, with a pause in between."""

from __future__ import annotations

from dataclasses import replace

from colonnade.migrate.stage import Stage, alone
from colonnade.schema import Table
from colonnade.sql.identifier import quote
from colonnade.sql.literal import literal

_BLOCKS = 32
_PAUSE_SECONDS = 0.02


def backfill(table: Table, assignment: str, condition: str, *, sentence: str, done: str) -> Stage:
    """Return the stage that makes an assignment in every row that meets the condition, so many blocks at a time.

    A block range is the one key that every table has and that reads each row once. Rows that are written meanwhile
    must be right already: by a default, or by a trigger. Stopped, it goes on where the condition still holds.
    """
    name = literal(f"{quote(table.namespace)}.{quote(table.name)}")
    text = f"""\
DO $backfill$
DECLARE
    blocks bigint := (
        SELECT max(pg_relation_size(part)) / current_setting('block_size')::bigint
        FROM (SELECT relid FROM pg_partition_tree({name}) UNION SELECT {name}::regclass) AS every (part)
    );
BEGIN
    FOR low IN 0 .. blocks BY {_BLOCKS} LOOP
        UPDATE {table.identifier} SET {assignment}
        WHERE ctid >= format('(%s,0)', low)::tid AND ctid < format('(%s,0)', low + {_BLOCKS})::tid
            AND {condition};
        COMMIT;
        PERFORM pg_sleep({_PAUSE_SECONDS});
    END LOOP;
END
$backfill$"""  # noqa: S608 - quoted names, and expressions of the schema
    return replace(alone(sentence, text, done=done), kind="rows")
