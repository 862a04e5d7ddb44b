"""A database read as it stands at one moment."""

from __future__ import annotations

from colonnade.dsn import Dsn
from colonnade.errors import UnsupportedError
from colonnade.postgres import OLDEST_VERSION, Session


def begin_reading(session: Session, dsn: Dsn) -> None:
    """Make the open transaction read a single snapshot; raises UnsupportedError on a server that is too old."""
    session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    if session.server_version < OLDEST_VERSION:
        raise UnsupportedError(
            f"Postgres {session.server_version // 10000} is too old",
            detail=f'The server at "{dsn}" has version {session.server_version}.',
            hint="Read it from a copy on Postgres 14 or newer.",
        )
