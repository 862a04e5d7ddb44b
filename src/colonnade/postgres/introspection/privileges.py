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


def granted_pairs(acl: str, owner_column: str) -> str:
    """Return the SQL of the pairs of role and privilege of others than the owner; NULL where nothing was ever said."""
    return f"""CASE WHEN {acl} IS NOT NULL THEN (
        SELECT coalesce(json_agg(json_build_array(coalesce(r.rolname, 'public'), x.privilege_type)), '[]')
        FROM aclexplode({acl}) AS x LEFT JOIN pg_roles r ON r.oid = x.grantee WHERE x.grantee <> {owner_column}) END"""  # noqa: S608 - columns of ours


def grants_of(pairs: Iterable[tuple[str, str]] | None, *, unsaid: tuple[Grant, ...] = ()) -> tuple[Grant, ...]:
    """Return the pairs as privileges by role; `unsaid` is what Postgres grants by itself."""
    if pairs is None:
        return unsaid
    by_role: dict[str, set[str]] = defaultdict(set)
    for role, privilege in pairs:
        by_role[role].add(privilege)
    return tuple(Grant(role=role, privileges=tuple(sorted(held))) for role, held in sorted(by_role.items()))
