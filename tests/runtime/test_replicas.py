"""A real standby: reads go there, one's own writes are read there too, and the primary stands in where they are not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import Session

from colonnade.dsn import Dsn
from colonnade.postgres import Server
from colonnade.postgres import Session as Direct
from colonnade.runtime import (
    Connecting,
    Policy,
    Retry,
    async_engine,
    async_sessions,
    engine,
    sessions,
    transaction,
)
from colonnade.runtime.middleware import COOKIE, ReadYourWrites
from runtime_support import Notes
from standby import PRIMARY_SETTINGS, standby_of

WHERE = sa.text("SELECT pg_is_in_recovery(), coalesce(max(id), 0) FROM note")
WRITE = sa.text("INSERT INTO note SELECT coalesce(max(id), 0) + 1 FROM note")


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Dsn, Dsn]]:
    """Give a primary with a table, and its standby."""
    with Server.start(settings=PRIMARY_SETTINGS) as primary:
        with primary.session() as session:
            session.execute("CREATE TABLE note (id int PRIMARY KEY)")
        with standby_of(primary) as standby:
            yield primary.dsn, standby


@pytest.fixture
def paused(pair: tuple[Dsn, Dsn]) -> Iterator[None]:
    """Let the standby stand still."""
    with Direct(pair[1]) as session:
        session.execute("SELECT pg_wal_replay_pause()")
        try:
            yield
        finally:
            session.execute("SELECT pg_wal_replay_resume()")


@contextmanager
def session_on(primary: Dsn, standby: Dsn, notes: Notes, **policy: Any) -> Iterator[Session]:
    """Give a session that may read the standby."""
    once = Connecting(retry=Retry(attempts=1), observer=notes)
    engines = engine(primary), engine(standby, connecting=once)
    chosen = Policy(observer=notes, **policy)
    with sessions(engines[0], replicas=[engines[1]], policy=chosen)() as session:
        yield session
    for each in engines:
        each.dispose()


def read(session: Session, **terms: Any) -> tuple[bool, int]:
    """Return whether a standby was read, and the latest row."""
    with transaction(session, read_only=True, **terms):
        standby, latest = session.connection().execute(WHERE).one()
        return standby, latest


def write(session: Session) -> tuple[int, str]:
    """Write a row; return which, and its position."""
    with transaction(session) as unit:
        session.connection().execute(WRITE)
        latest = session.connection().execute(WHERE).one()[1]
    return latest, unit.position


def test_own_writes_are_read_from_the_replica(pair: tuple[Dsn, Dsn]) -> None:
    with session_on(*pair, Notes(), replica_wait_seconds=10) as session:
        for _ in range(5):
            latest, _ = write(session)
            assert read(session) == (True, latest)


def test_replica_that_lags_is_not_waited_for_in_vain(pair: tuple[Dsn, Dsn], paused: None) -> None:
    notes = Notes()
    with session_on(*pair, notes, replica_wait_seconds=0.05) as session:
        before = read(session)
        latest, position = write(session)
        assert before == (True, latest - 1)
        assert read(session) == (False, latest)
        assert notes.names == {"replica_behind"}
    with session_on(*pair, notes, replica_wait_seconds=0.05) as another:
        assert read(another) == (True, latest - 1)
        assert read(another, after=position) == (False, latest)


def test_replica_that_is_gone_is_replaced_by_the_primary(pair: tuple[Dsn, Dsn]) -> None:
    primary, _ = pair
    with session_on(primary, replace(primary, host="/nowhere"), Notes()) as session:
        latest, _ = write(session)
        assert read(session) == (False, latest)


def test_what_is_outside_of_a_transaction_stays_at_the_primary(pair: tuple[Dsn, Dsn]) -> None:
    with session_on(*pair, Notes()) as session:
        assert session.connection().execute(WHERE).one()[0] is False
        with transaction(session):
            assert session.connection().execute(WHERE).one()[0] is False


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_next_request_reads_what_this_one_wrote(pair: tuple[Dsn, Dsn], paused: None, driver: str) -> None:
    async def main() -> None:
        kind: Any = driver
        primary, standby = (async_engine(dsn, driver=kind) for dsn in pair)
        make = async_sessions(primary, replicas=[standby], policy=Policy(replica_wait_seconds=0.02))

        async def app(scope: Any, receive: Any, send: Any) -> None:
            async with make() as session:
                writes = scope["method"] == "POST"
                async with transaction(session, read_only=not writes):
                    connection = await session.connection()
                    if writes:
                        await connection.execute(WRITE)
                    body = str(tuple((await connection.execute(WHERE)).one())).encode()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": body})

        transport = httpx.ASGITransport(app=ReadYourWrites(app))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            written = (await client.post("/")).text
            assert COOKIE in client.cookies
            assert (await client.get("/")).text == written
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as stranger:
            assert (await stranger.get("/")).text.startswith("(True, ")
            for forged in ("x", "0/0; DROP", "FFFFFFFFF/0"):
                answer = await stranger.get("/", headers={"cookie": f"{COOKIE}={forged}"})
                assert answer.text.startswith("(True, ")
        await primary.dispose()
        await standby.dispose()

    asyncio.run(main())
