"""The types that a `Schema` has no place for, as the statements that create them elsewhere."""

from __future__ import annotations

from collections.abc import Collection

from colonnade.postgres.introspection.spelling import canonical
from colonnade.postgres.session import Session
from colonnade.sql.identifier import quote

_NAME = "quote_ident(n.nspname) || '.' || quote_ident(t.typname)"
_OWN = """
    n.nspname = ANY (%(namespaces)s) AND t.oid >= 16384
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 1247 AND e.objid = t.oid AND e.deptype = 'e')"""

_COMPOSITES = f"""
SELECT n.nspname, 'CREATE TYPE ' || {_NAME} || ' AS (' || coalesce(string_agg(
    quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
    || CASE WHEN a.attcollation <> y.typcollation THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END,
    ', ' ORDER BY a.attnum), '') || ')'
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_type y ON y.oid = a.atttypid
WHERE t.typtype = 'c' AND {_OWN}
GROUP BY n.nspname, t.typname"""  # noqa: S608 - every part stands in this module

_RANGES = f"""
SELECT n.nspname, 'CREATE TYPE ' || {_NAME} || ' AS RANGE (SUBTYPE = ' || format_type(r.rngsubtype, NULL)
    || ', SUBTYPE_OPCLASS = ' || quote_ident(m.nspname) || '.' || quote_ident(o.opcname)
    || CASE WHEN r.rngcollation <> 0 THEN ', COLLATION = ' || r.rngcollation::regcollation ELSE '' END
    || CASE WHEN r.rngsubdiff <> 0 THEN ', SUBTYPE_DIFF = ' || r.rngsubdiff::regproc ELSE '' END
    || ', MULTIRANGE_TYPE_NAME = ' || r.rngmultitypid::regtype || ')'
FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid JOIN pg_namespace n ON n.oid = t.typnamespace
JOIN pg_opclass o ON o.oid = r.rngsubopc JOIN pg_namespace m ON m.oid = o.opcnamespace
WHERE {_OWN}"""  # noqa: S608 - every part stands in this module


def type_definitions(session: Session, *, namespaces: Collection[str] = ("public",)) -> tuple[str, ...]:
    """Return a CREATE TYPE for each composite and range type of the namespaces, and what creates their namespaces.

    A range with a canonical function, and a base type, live in functions in C, which no statement brings along.
    """
    found: list[tuple[str, str]] = []
    with canonical(session):
        for query in (_COMPOSITES, _RANGES):
            found += session.execute(query, {"namespaces": list(namespaces)})
    places = sorted({namespace for namespace, _ in found} - {"public"})
    return (*(f"CREATE SCHEMA IF NOT EXISTS {quote(place)}" for place in places), *sorted(text for _, text in found))
