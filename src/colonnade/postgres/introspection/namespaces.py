"""The namespaces that people made."""

from __future__ import annotations

from colonnade.postgres.session import Session


def own_namespaces(session: Session) -> tuple[str, ...]:
    """Return the namespaces that neither Postgres nor an extension made, sorted; `public` is always one."""
    found = session.execute(
        "SELECT nspname FROM pg_namespace n WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
        " AND NOT EXISTS (SELECT FROM pg_depend e"
        " WHERE e.classid = 'pg_namespace'::regclass AND e.objid = n.oid AND e.deptype = 'e')"
    )
    return tuple(sorted({"public", *(name for (name,) in found)}))
