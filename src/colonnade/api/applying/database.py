"""The database that a history is run on: reached directly, and locked against whoever else would change it."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from colonnade.dsn import Dsn
from colonnade.errors import DatabaseError, InputError, StatementError
from colonnade.migrate.runs.patience import lock_timeout
from colonnade.migrate.runs.table import RunTable
from colonnade.postgres import Session
from colonnade.postgres.exclusive import ADVISORY_CLASS, has_lock, lock_exclusively, lock_holders, unlock
from colonnade.postgres.pooling import is_pooled_by_transaction

APPLYING = 1
"""The lock of whoever applies, held on a connection that does nothing else."""

RUNNING = 2
"""The lock that every connection of a run shares: a backend whose client was killed goes on with its statement."""

_NO_SUCH_SETTING = "42704"


def reached(dsn: Dsn) -> tuple[Dsn, tuple[str, ...]]:
    """Return how the database is reached without Neon's pooler, and what is to be said of that."""
    if not dsn.pooled:
        return dsn, ()
    direct = dsn.direct()
    return direct, (f"the pooler keeps no session: connected to {direct.host} instead",)


@contextmanager
def direct_session(dsn: Dsn) -> Iterator[Session]:
    """Lend a session that keeps its backend; raises InputError where a pooler takes it away after each transaction."""
    with Session(dsn) as session:
        if is_pooled_by_transaction(session):
            raise InputError(
                "a pooler stands before the server that gives every transaction another session",
                detail=f'"{dsn}" keeps neither locks nor settings from one transaction to the next.',
                hint="Name the server itself, or a pooler that pools by session.",
            )
        yield session


def locked(session: Session, *, wait_seconds: float, label: str) -> RunTable:
    """Lock the database against other appliers for as long as the session lasts, and return its table of runs.

    No backend of an earlier run works any more then. Raises DatabaseError if that takes longer.
    """
    _settle(session, label)
    if not lock_exclusively(session, APPLYING, wait_seconds=wait_seconds):
        raise _held(session, APPLYING, "somebody else applies migrations to this database", wait_seconds)
    if not lock_exclusively(session, RUNNING, wait_seconds=wait_seconds):
        raise _held(session, RUNNING, "a statement of an earlier run is still at work", wait_seconds)
    unlock(session, RUNNING)
    return RunTable(session)


def opening(text: str) -> tuple[str, ...]:
    """Return what each connection begins with that runs a file with this text."""
    return (
        f"SELECT pg_advisory_lock_shared({ADVISORY_CLASS}, {RUNNING})",
        lock_timeout(text),
    )


def end_run(session: Session) -> None:
    """End the backends of a run that its applier gives up: they would go on with their statement."""
    for holder in lock_holders(session, RUNNING):
        session.execute("SELECT pg_terminate_backend(%s)", (holder.pid,))


def keep_lock(session: Session, *, label: str) -> None:
    """Have the lock again after the connection was lost; raises DatabaseError where somebody else has it now."""
    if _keeps(session):
        return
    session.reconnect()
    _settle(session, label)
    if not lock_exclusively(session, APPLYING, wait_seconds=0):
        raise _held(session, APPLYING, "somebody else applies migrations to this database meanwhile", 0)


def _keeps(session: Session) -> bool:
    """Tell whether the session is alive, with its lock; that its backend is gone is known when it is next asked."""
    try:
        return not session.closed and has_lock(session, APPLYING)
    except StatementError:
        raise
    except DatabaseError:
        return False


def who() -> str:
    """Return who runs this, as `user@host`."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user need not have a name
        user = "unknown"
    return f"{user}@{socket.gethostname()}"


def _settle(session: Session, label: str) -> None:
    session.execute("SELECT set_config('application_name', %s, false)", (label[:63],))
    try:
        session.execute("SET idle_session_timeout = 0")  # the session with the lock is idle for as long as a run takes
    except StatementError as problem:
        if problem.sqlstate != _NO_SUCH_SETTING:
            raise


def _held(session: Session, key: int, what: str, wait_seconds: float) -> DatabaseError:
    holders = lock_holders(session, key)
    return DatabaseError(
        what,
        detail=f"It was waited for {wait_seconds:g} s. "
        + (f"The lock is held by {'; '.join(str(each) for each in holders)}." if holders else "It has just ended."),
        hint="Wait for it with --wait SECONDS, or end it with pg_terminate_backend if nobody needs it.",
    )
