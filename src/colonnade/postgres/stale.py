"""What runs that were killed have left on somebody else's server."""

from __future__ import annotations

from colonnade.errors import StatementError
from colonnade.postgres.roles import drop_noted
from colonnade.postgres.session import Session
from colonnade.sql.identifier import quote

_SCRATCH_SUFFIX = r"_\d{14}_[0-9a-f]{8}$"


def drop_stale(session: Session, prefix: str) -> None:
    """Drop the scratch databases of runs that died over a day ago, and the roles that these had made."""
    stale = session.execute(
        "SELECT datname, shobj_description(d.oid, 'pg_database') FROM pg_database d WHERE datname ~ %s"
        " AND to_timestamp(substring(datname FROM %s), 'YYYYMMDDHH24MISS') AT TIME ZONE 'UTC'"
        " < now() AT TIME ZONE 'UTC' - interval '1 day'"
        " AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid)",
        (f"^{prefix}{_SCRATCH_SUFFIX}", r"_(\d{14})_[0-9a-f]{8}$"),
    )
    for name, note in stale:
        try:
            session.execute(f"DROP DATABASE IF EXISTS {quote(name)}")
        except StatementError:
            continue  # another user's, or just taken up by somebody: not ours to force
        drop_noted(session, note or "")
