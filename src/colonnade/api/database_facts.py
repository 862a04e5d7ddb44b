"""What is asked of the database that migrations are for: sizes of tables, extensions on offer, its collation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from colonnade.api.snapshots import begin_reading
from colonnade.dsn import Dsn
from colonnade.postgres import Session

_TABLES = """
SELECT n.nspname || '.' || c.relname, c.reltuples::bigint, pg_table_size(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""
# The provider and where its locale stands differ from version to version; ICU's names are told from the C library's.
_COLLATION = """
SELECT CASE d ->> 'datlocprovider'
       WHEN 'i' THEN coalesce(d ->> 'datlocale', d ->> 'daticulocale') || ' (ICU)'
       WHEN 'b' THEN d ->> 'datlocale'
       ELSE d ->> 'datcollate' END
FROM (SELECT to_jsonb(each) AS d FROM pg_database each WHERE datname = current_database()) found
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFacts:
    """Rows by the planner's count, where it has one, and sizes, both by qualified name; what text is sorted by."""

    rows: Mapping[str, int]
    size_bytes: Mapping[str, int]
    extensions: frozenset[str]
    collation: str


def database_facts(url: str) -> DatabaseFacts:
    """Read a database in one READ ONLY transaction; raises DatabaseError when it cannot be reached."""
    dsn = Dsn.parse(url)
    with Session(dsn) as session, session.rolled_back():
        begin_reading(session, dsn)
        tables = session.execute(_TABLES)
        extensions = session.execute("SELECT name FROM pg_available_extensions")
        collation = str(session.value(_COLLATION))
    return DatabaseFacts(
        rows={name: rows for name, rows, _ in tables if rows >= 0},
        size_bytes={name: size for name, _, size in tables},
        extensions=frozenset(name for (name,) in extensions),
        collation=collation,
    )
