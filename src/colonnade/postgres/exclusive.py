"""Advisory locks of sessions: one applier at a time, and a mark on every connection that it works with."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from colonnade.postgres.session import Session

ADVISORY_CLASS = 0x434F4C4F
"""The first half of the keys of all our advisory locks."""

_PAUSE_SECONDS = 0.2
_HOLDERS = """
SELECT l.pid, coalesce(a.application_name, ''), a.backend_start, coalesce(a.state = 'active', false),
       CASE WHEN a.state = 'active' THEN coalesce(a.query, '') ELSE '' END
FROM pg_locks l
JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.classid::int8 = %s AND l.objid::int8 = %s AND l.objsubid = 2
  AND l.pid <> pg_backend_pid()
ORDER BY a.backend_start
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockHolder:
    """A backend that holds a lock; `since` is when it was connected, None where the server does not tell us."""

    pid: int
    application: str
    since: datetime | None
    active: bool
    statement: str = ""

    def __str__(self) -> str:
        """Return who it is, in words."""
        called = f' "{self.application}"' if self.application else ""
        since = f", connected since {self.since:%Y-%m-%d %H:%M:%S %Z}" if self.since else ""
        running = f", running: {' '.join(self.statement.split())[:80]}" if self.statement else ""
        return f"process {self.pid}{called}{since}{running}"


def lock_holders(session: Session, key: int) -> tuple[LockHolder, ...]:
    """Return the other backends of the database that hold the lock, the oldest first."""
    return tuple(
        LockHolder(pid=pid, application=application, since=since, active=active, statement=statement)
        for pid, application, since, active, statement in session.execute(_HOLDERS, (ADVISORY_CLASS, key))
    )


def lock_exclusively(session: Session, key: int, *, wait_seconds: float) -> bool:
    """Take the lock for as long as the session lasts; tell whether it could be had in that time.

    It is asked for again and again: a statement that waited for it would hold a snapshot, and every concurrent build
    of an index would wait for that, also one of whoever has the lock.
    """
    deadline = time.monotonic() + wait_seconds
    while not session.value("SELECT pg_try_advisory_lock(%s, %s)", (ADVISORY_CLASS, key)):
        if time.monotonic() >= deadline:
            return False
        time.sleep(min(_PAUSE_SECONDS, wait_seconds))
    return True


def unlock(session: Session, key: int) -> None:
    """Give the lock back."""
    session.execute("SELECT pg_advisory_unlock(%s, %s)", (ADVISORY_CLASS, key))


def has_lock(session: Session, key: int) -> bool:
    """Tell whether the session has the lock still."""
    query = (
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()"
        " AND classid::int8 = %s AND objid::int8 = %s AND objsubid = 2"
    )
    return bool(session.value(query, (ADVISORY_CLASS, key)))
