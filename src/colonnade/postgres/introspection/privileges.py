"""Who owns an object and who may use it, as parts of queries and as values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from colonnade.schema import Grant

# Whoever reads, whoever owns the database, and the role pg_database_owner, which stands for the latter.
_OURS = """
    SELECT oid FROM pg_roles WHERE rolname = current_user
    UNION ALL SELECT datdba FROM pg_database WHERE datname = current_database() UNION ALL SELECT 6171"""


def owner(column: str) -> str:
    """Return the SQL of the owner's name, empty for whoever owns the database or reads it."""
    return f"CASE WHEN {column} IN ({_OURS}) THEN '' ELSE pg_get_userbyid({column})::text END"


def granted_privileges(acl: str, owner_column: str) -> str:
    """Return the SQL of role, privilege and grant option of others than the owner; NULL where nothing was ever said."""
    return f"""CASE WHEN {acl} IS NOT NULL THEN (
        SELECT coalesce(
            json_agg(json_build_array(coalesce(r.rolname, 'public'), x.privilege_type, x.is_grantable)), '[]')
        FROM aclexplode({acl}) AS x LEFT JOIN pg_roles r ON r.oid = x.grantee WHERE x.grantee <> {owner_column}) END"""  # noqa: S608 - columns of ours


def grants_of(held: Iterable[tuple[str, str, bool]] | None, *, unsaid: tuple[Grant, ...] = ()) -> tuple[Grant, ...]:
    """Return the privileges by role; `unsaid` is what Postgres grants by itself."""
    if held is None:
        return unsaid
    by_role: dict[str, dict[str, bool]] = defaultdict(dict)
    for role, privilege, grantable in held:
        by_role[role][privilege] = grantable or by_role[role].get(privilege, False)
    return tuple(
        Grant(
            role=role,
            privileges=tuple(sorted(privileges)),
            grantable=tuple(sorted(each for each, grantable in privileges.items() if grantable)),
        )
        for role, privileges in sorted(by_role.items())
    )
