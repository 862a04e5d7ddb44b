"""Connecting with patience: a compute may have to wake, a server to start, a slot to become free."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from sqlalchemy import Engine, event
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from colonnade.runtime.failures import Kind, given_up, said, while_connecting
from colonnade.runtime.observing import Event, EventName, Observer
from colonnade.runtime.retry import Attempts, Retry

_WORTH = frozenset({Kind.unavailable, Kind.perhaps_unavailable})


class Connector(Protocol):
    """How SQLAlchemy asks for a connection."""

    def __call__(
        self, dialect: Dialect, entry: ConnectionPoolEntry, positional: tuple[Any, ...], named: dict[str, Any]
    ) -> DBAPIConnection:
        """Connect."""
        ...


def connect_patiently(engine: Engine, retry: Retry, observer: Observer) -> None:
    """Let an engine, also that of an async one, try again when it cannot connect, as long as that can help."""
    pause = _pause_in_greenlet if engine.dialect.is_async else time.sleep
    event.listen(engine, "do_connect", connector(retry, observer, pause))


def connector(retry: Retry, observer: Observer, pause: Callable[[float], None]) -> Connector:
    """Return what connects; nothing has been sent to a database yet, so that trying again is always right."""

    def connect(
        dialect: Dialect, entry: ConnectionPoolEntry, positional: tuple[Any, ...], named: dict[str, Any]
    ) -> DBAPIConnection:
        del entry
        attempts = Attempts.of(retry)
        while True:
            try:
                return dialect.connect(*positional, **named)
            except _driver_errors(dialect) as problem:
                kind = while_connecting(problem)
                number, delay = attempts.number, attempts.after(kind, may=kind in _WORTH)
                told: EventName = "connect_given_up" if delay is None else "connect_retry"
                observer.event(
                    Event(name=told, attempt=number, delay_seconds=delay or 0.0, reason=said(problem), kind=kind)
                )
                if delay is None:
                    problem.add_note(given_up(kind, number))
                    raise
                pause(delay)

    return connect


def _driver_errors(dialect: Dialect) -> tuple[type[BaseException], ...]:
    """Return what connecting raises; SQLAlchemy's layer over asyncpg has exceptions of its own, asyncpg others."""
    layer: Any = dialect.loaded_dbapi
    driver = getattr(layer, "asyncpg", None)
    own = () if driver is None else (driver.PostgresError, driver.InterfaceError)
    return (layer.Error, OSError, *own)


def _pause_in_greenlet(seconds: float) -> None:
    """Let others go on in the meantime."""
    import asyncio

    from sqlalchemy.util import await_only

    await_only(asyncio.sleep(seconds))
