"""Reading from replicas, and reading one's own writes there."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from colonnade.runtime.failures import said
from colonnade.runtime.observing import Event
from colonnade.runtime.session_factory import policy_of, replicas_of
from colonnade.runtime.terms import Terms

_POSITION = "colonnade_position"
_NOWHERE = "unknown"
"""Of a write whose position could not be read: only the primary is known to have it."""
_CURRENT = text("SELECT pg_current_wal_lsn()::text")
# A server that is not in recovery is a primary, and has what it has written.
_REACHED = text("SELECT NOT pg_is_in_recovery() OR pg_last_wal_replay_lsn() >= CAST(CAST(:position AS text) AS pg_lsn)")
_FIRST_PAUSE_SECONDS = 0.002
_LONGEST_PAUSE_SECONDS = 0.05


@dataclass(slots=True)
class Latest:
    """The position of the latest write that is to be read; "" where there is none."""

    position: str = ""


_LATEST: ContextVar[Latest | None] = ContextVar("colonnade_latest", default=None)


@contextmanager
def following(position: str = "") -> Iterator[Latest]:
    """Let all sessions of the block, a request, read what was written up to a position or in the block."""
    latest = Latest(position)
    token = _LATEST.set(latest)
    try:
        yield latest
    finally:
        _LATEST.reset(token)


def replica_for(session: Session, terms: Terms) -> Engine | None:
    """Return a replica for a read-only transaction that has what the session has written, else None: the primary."""
    replicas = replicas_of(session)
    if not terms.read_only or not replicas:
        return None
    replica = random.choice(replicas)  # noqa: S311 - load, not secrets
    latest = _LATEST.get()
    position = terms.after or session.info.get(_POSITION, "") or (latest.position if latest else "")
    try:
        if not position or (
            position != _NOWHERE and _reached(replica, position, policy_of(session).replica_wait_seconds)
        ):
            return replica
        reason = f"position {position} was not reached in time"
    except (DBAPIError, OSError) as problem:
        reason = said(problem)
    event = Event(name="replica_behind", reason=reason, attributes={"replica": str(replica.url)})
    policy_of(session).observer.event(event)
    return None


def note_position(session: Session) -> str:
    """Return the position in the log that holds what a session has just committed; "" where there are no replicas."""
    if not replicas_of(session):
        return ""
    try:
        with session.get_bind().engine.connect() as connection:
            position = str(connection.execute(_CURRENT).scalar_one())
    except (DBAPIError, OSError):
        position = ""  # it is committed all the same
    session.info[_POSITION] = position or _NOWHERE
    if position and (latest := _LATEST.get()):
        latest.position = position
    return position


def _reached(replica: Engine, position: str, patience_seconds: float) -> bool:
    """Wait until a replica has replayed a position, or patience ends."""
    end = time.monotonic() + patience_seconds
    pause = _FIRST_PAUSE_SECONDS
    while True:
        with replica.connect() as connection:
            reached = bool(connection.execute(_REACHED, {"position": position}).scalar_one())
        if reached or time.monotonic() + pause > end:
            return reached
        _sleep(replica, pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


def _sleep(engine: Engine, seconds: float) -> None:
    """Sleep; an async engine lets others go on in the meantime."""
    if not engine.dialect.is_async:
        time.sleep(seconds)
        return
    import asyncio

    from sqlalchemy.util import await_only

    pause: Any = asyncio.sleep(seconds)
    await_only(pause)
