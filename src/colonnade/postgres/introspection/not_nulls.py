"""What NOT NULL constraints are called: since Postgres 18 each has a name."""

from __future__ import annotations

from dataclasses import replace

from colonnade.postgres.introspection.relations import CatalogColumn, Columns, OidArray
from colonnade.postgres.session import Session
from colonnade.sql.identifier import chosen_name

# Only names that are not plainly what Postgres chooses; the long ones, which it shortens, are compared here.
_NAMES = """
SELECT k.conrelid::int8, k.conkey[1], k.conname, c.relname, a.attname
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
WHERE k.conrelid = ANY (%s::oid[]) AND k.contype = 'n' AND k.conislocal
  AND k.conname <> c.relname::text || '_' || a.attname || '_not_null'
"""


def read_not_null_names(session: Session, oids: OidArray) -> dict[tuple[int, int], str]:
    """Return the names that somebody chose, by the table's oid and the column's number."""
    if session.server_version < 180000:
        return {}
    return {
        (oid, number): name
        for oid, number, name, table, column in session.execute(_NAMES, (oids,))
        if name != chosen_name(table, column, "not_null")
    }


def with_not_null_names(columns: Columns, names: dict[tuple[int, int], str]) -> Columns:
    """Return the columns with those names; without names, the same value."""
    if not names:
        return columns
    named: dict[int, dict[int, CatalogColumn]] = {oid: dict(columns[oid]) for oid in {oid for oid, _ in names}}
    for (oid, number), name in names.items():
        column = named[oid][number]
        named[oid][number] = replace(column, value=replace(column.value, not_null_name=name))
    return {**columns, **named}
