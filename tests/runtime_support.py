"""One way to do the same work over each driver: in threads, and in asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Row

from colonnade.dsn import Dsn
from colonnade.runtime import (
    Connecting,
    Event,
    Observer,
    Policy,
    Replay,
    Retry,
    async_engine,
    async_sessions,
    engine,
    outcome,
    outcome_async,
    run,
    run_async,
    sessions,
)

Way = Literal["psycopg", "psycopg-async", "asyncpg"]
WAYS: tuple[Way, ...] = ("psycopg", "psycopg-async", "asyncpg")
QUICK = Retry(attempts=40, first_delay_seconds=0.02, longest_delay_seconds=0.1, budget_seconds=8.0)
SERVICE = "runtime_service"
"""The role that a service connects as, where row-level security is to hold."""
Rows = list[Row[Any]]


class Notes(Observer):
    """Keeps what it is told."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.events: list[Event] = []

    def event(self, event: Event) -> None:
        """Keep it."""
        self.events.append(event)

    @property
    def names(self) -> set[str]:
        """What has happened."""
        return {each.name for each in self.events}


class Client:
    """A service over one driver; `transact` runs statements in a transaction of `run` or `run_async`."""

    def __init__(self, way: Way, dsn: Dsn, *, pooled: bool = False, retry: Retry = QUICK, **options: Any) -> None:
        """Make its engine; nothing connects yet."""
        self.notes = Notes()
        self.pooled = pooled
        connecting = Connecting(through_pooler=pooled, retry=retry, observer=self.notes)
        policy = Policy(observer=self.notes)
        self._loop = asyncio.new_event_loop()
        self._sync = way == "psycopg"
        if self._sync:
            self._engine = engine(dsn, connecting=connecting, **options)
            self._sessions = sessions(self._engine, policy=policy)
        else:
            driver: Literal["psycopg", "asyncpg"] = "asyncpg" if way == "asyncpg" else "psycopg"
            self._async_engine = async_engine(dsn, driver=driver, connecting=connecting, **options)
            self._async_sessions = async_sessions(self._async_engine, policy=policy)

    def transact(
        self, *statements: str, between: Callable[[], object] = lambda: None, replay: Replay | None = None, **terms: Any
    ) -> Rows:
        """Run the statements, `between` after the first one, and return the rows of the last."""
        asked = replay or Replay(retry=QUICK)

        def results(found: sa.CursorResult[Any]) -> Rows:
            return list(found.all()) if found.returns_rows else []

        def work(session: Any) -> Rows:
            rows: Rows = []
            for number, statement in enumerate(statements):
                rows = results(session.connection().execute(sa.text(statement)))
                if number == 0:
                    between()
            return rows

        async def work_async(session: Any) -> Rows:
            return await session.run_sync(work)  # type: ignore[no-any-return] # the stub says Any

        if self._sync:
            return run(self._sessions, work, replay=asked, **terms)
        return self._loop.run_until_complete(run_async(self._async_sessions, work_async, replay=asked, **terms))

    def outcome(self, error: Any) -> str:
        """Ask the server what became of a transaction."""
        if self._sync:
            return outcome(self._engine, error)
        return self._loop.run_until_complete(outcome_async(self._async_engine, error))

    def close(self) -> None:
        """Close every connection."""
        if self._sync:
            self._engine.dispose()
        else:
            self._loop.run_until_complete(self._async_engine.dispose())
        self._loop.close()


@contextmanager
def client(way: Way, dsn: Dsn, **options: Any) -> Iterator[Client]:
    """Give a client, which is closed afterwards."""
    made = Client(way, dsn, **options)
    try:
        yield made
    finally:
        made.close()
