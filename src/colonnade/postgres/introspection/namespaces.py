"""The namespaces that people made."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.postgres.introspection.privileges import granted_privileges, grants_of, owner
from colonnade.postgres.introspection.reading import Query, Reading
from colonnade.postgres.session import Session
from colonnade.schema import PUBLIC_GRANTS, Namespace
from colonnade.schema.own import RUNS_NAMESPACE, RUNS_TABLE

_NAMESPACES = f"""
SELECT n.nspname, CASE WHEN n.nspname <> 'public' OR d.description <> 'standard public schema' THEN d.description END,
       {owner("n.nspowner")}, {granted_privileges("n.nspacl", "n.nspowner")}
FROM pg_namespace n
LEFT JOIN pg_description d ON d.classoid = 'pg_namespace'::regclass AND d.objoid = n.oid AND d.objsubid = 0
WHERE n.nspname = ANY (%s)
ORDER BY n.nspname
"""  # noqa: S608 - every part stands in this package
_ONLY_RUNS = """
WITH here AS (SELECT oid FROM pg_namespace WHERE nspname = %s)
SELECT bool_or(c.relname = %s AND c.relkind = 'r')
       AND count(*) FILTER (WHERE c.relkind NOT IN ('i', 'S')) = 1
       AND NOT EXISTS (SELECT FROM pg_proc p, here WHERE p.pronamespace = here.oid)
FROM pg_class c, here WHERE c.relnamespace = here.oid
"""


def own_namespaces(session: Session) -> tuple[str, ...]:
    """Return the namespaces that neither Postgres, an extension nor Colonnade made, sorted; `public` is always one.

    That in which runs of migrations are recorded is Colonnade's as long as it holds nothing else.
    """
    found = session.execute(
        "SELECT nspname FROM pg_namespace n WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
        " AND NOT EXISTS (SELECT FROM pg_depend e"
        " WHERE e.classid = 'pg_namespace'::regclass AND e.objid = n.oid AND e.deptype = 'e')"
    )
    theirs = {"public", *(name for (name,) in found)}
    if RUNS_NAMESPACE in theirs and session.value(_ONLY_RUNS, (RUNS_NAMESPACE, RUNS_TABLE)):
        theirs.remove(RUNS_NAMESPACE)
    return tuple(sorted(theirs))


def read_namespaces(namespaces: Iterable[str]) -> Reading[tuple[Namespace, ...]]:
    """Return those of the namespaces that exist, with what they grant; `public` only where somebody changed it."""
    rows = yield Query(_NAMESPACES, (list(namespaces),))
    found = (
        Namespace(name=name, owner=held_by, grants=grants_of(pairs), comment=comment)
        for name, comment, held_by, pairs in rows
    )
    return tuple(each for each in found if each != Namespace(name="public", grants=PUBLIC_GRANTS))
