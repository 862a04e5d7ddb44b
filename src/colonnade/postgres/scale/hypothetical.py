"""Catalog changes for indexes that exist only while a transaction lasts, or hide until it ends.

Postgres would read the whole table to build an index, gigabytes of holes. So the table points to an
empty file while `CREATE INDEX` runs, and back to its own afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from colonnade.errors import InputError
from colonnade.postgres.session import Session

_IDENTIFIER = r'(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)'
_CREATE_INDEX = re.compile(
    rf"""(?P<head>\s*create\s+(?:unique\s+)?index\s+)(?:concurrently\s+)?
    (?P<name>(?:if\s+not\s+exists\s+)?(?:(?!on\b){_IDENTIFIER}\s+)?)
    on\s+(?:only\s+)?(?P<table>{_IDENTIFIER}(?:\s*\.\s*{_IDENTIFIER})?)""",
    re.IGNORECASE | re.VERBOSE,
)
EMPTY_FILE_NUMBER = 4294000000
"""The file that stands in; relations get theirs from the bottom of the 32-bit range."""

_TREE = """
    SELECT c.oid::int8, pg_relation_filepath(c.oid) FROM pg_class c
    WHERE c.relkind IN ('r', 'm')
      AND (c.oid = to_regclass(%(table)s)
           OR c.oid IN (SELECT relid FROM pg_partition_tree(to_regclass(%(table)s))))
"""
_POINT_TO_EMPTY_FILE = """
    UPDATE pg_class c SET relfilenode = %s::int8::oid
    FROM (SELECT oid, relfilenode, relpages, reltuples, relallvisible, relallfrozen FROM pg_class
          WHERE oid = ANY(%s::int8[]::oid[]) FOR UPDATE) o
    WHERE c.oid = o.oid
    RETURNING o.relfilenode::int8, o.relpages, o.reltuples::float8, o.relallvisible,
              o.relallfrozen, o.oid::int8
"""
# CREATE INDEX also stores the size that it saw, zero.
_POINT_BACK = """
    UPDATE pg_class SET relfilenode = %s::int8::oid, relpages = %s, reltuples = %s,
                        relallvisible = %s, relallfrozen = %s WHERE oid = %s::int8::oid
"""
_INDEXES_OF = """
    SELECT indexrelid::int8 FROM pg_index WHERE indrelid = ANY(%s::int8[]::oid[])
"""
_HIDE = """
    WITH named AS (SELECT i, to_regclass(i) AS oid FROM unnest(%s::text[]) i),
    hidden AS (
        UPDATE pg_index SET indisvalid = false
        WHERE indexrelid IN (SELECT oid FROM named
                             UNION SELECT t.relid FROM named, pg_partition_tree(named.oid) t)
        RETURNING indexrelid)
    SELECT i FROM named WHERE oid IS NULL OR oid NOT IN (SELECT indexrelid FROM hidden)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HypotheticalIndex:
    """An index that a block pretends to have; on a partitioned table, that of one partition."""

    name: str
    table: str
    blocks: int
    rows: float


def named_table(ddl: str) -> str:
    """Return the table that a `CREATE INDEX` statement is about, as it is written there."""
    return _parsed(ddl)["table"]


def without_concurrently(ddl: str) -> str:
    """Return a `CREATE INDEX` statement that may run in a transaction."""
    found = _parsed(ddl)
    return found["head"] + found["name"] + ddl[found.start("name") + len(found["name"]) :]


def _parsed(ddl: str) -> re.Match[str]:
    """Match the start of a `CREATE INDEX` statement."""
    found = _CREATE_INDEX.match(ddl)
    if found is None:
        raise InputError("not a CREATE INDEX statement", detail=f"It reads: {ddl.strip()[:200]}")
    return found


def tables_with_rows(session: Session, table: str) -> dict[int, str]:
    """Return the oid and the file of a table, or of each partition of it."""
    found: dict[int, str] = dict(session.execute(_TREE, {"table": table}))
    if not found:
        raise InputError(f"the table {table} of the index is not there")
    return found


@contextmanager
def seeming_empty(session: Session, tables: Sequence[int]) -> Iterator[None]:
    """Have the tables point to an empty file within the block; needs an open transaction."""
    before = session.execute(_POINT_TO_EMPTY_FILE, (EMPTY_FILE_NUMBER, list(tables)))
    yield
    session.execute_many(_POINT_BACK, before)


def indexes_of(session: Session, tables: Sequence[int]) -> frozenset[int]:
    """Return the oids of the tables' indexes."""
    return frozenset(oid for (oid,) in session.execute(_INDEXES_OF, (list(tables),)))


def hide_indexes(session: Session, names: Sequence[str]) -> None:
    """Keep the planner from these indexes, partitions included, until the transaction ends."""
    unknown = session.execute(_HIDE, (list(names),))
    if unknown:
        raise InputError(f"no such index: {', '.join(name for (name,) in unknown)}")
