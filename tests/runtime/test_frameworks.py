"""The runtime in a FastAPI service, and what OpenTelemetry hears of it; each works without the others.

Annotations are no text here: FastAPI could not find in it what a test defines.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI, Header
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession

from colonnade.dsn import Dsn
from colonnade.errors import IsolationError
from colonnade.postgres import Server
from colonnade.postgres import Session as Direct
from colonnade.runtime import (
    Connecting,
    Event,
    Policy,
    Retry,
    async_engine,
    async_sessions,
    engine,
    sessions,
    transaction,
)
from colonnade.runtime.fastapi import error_responses, ready, unit_of_work
from colonnade.runtime.telemetry import Traced

PAY = sa.text("UPDATE account SET balance = balance - 1 WHERE id = 1")
READ = sa.text("SELECT balance FROM account WHERE id = 1")
WHO = sa.text("SELECT current_setting('colonnade.user_id', true)")
USER = UUID(int=7)


def signed_in(user: Annotated[UUID, Header()]) -> UUID:
    """Say who it is: whoever the header names."""
    return user


class Web:
    """A browser before an application, in an event loop of its own."""

    def __init__(self, app: Any) -> None:
        """Serve an application."""
        self.loop = asyncio.new_event_loop()
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://test")

    def __call__(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request."""
        return self.loop.run_until_complete(self._client.request(method, path, **options))


@contextmanager
def web(app: Any, closing: Callable[[], Awaitable[None]] | None = None) -> Iterator[Web]:
    """Give a browser before an application."""
    made = Web(app)
    try:
        yield made
    finally:
        if closing is not None:
            made.loop.run_until_complete(closing())
        made.loop.close()


@pytest.fixture
def guarded(crashable: Server, accounts: Direct) -> Iterator[Dsn]:
    """Give how a role enters the accounts that policies hold for."""
    with crashable.session() as session:
        session.execute("CREATE ROLE web_service LOGIN")
    accounts.execute("GRANT SELECT, UPDATE ON account TO web_service")
    yield replace(accounts.dsn, user="web_service")
    accounts.execute("REVOKE ALL ON account FROM web_service")
    with crashable.session() as session:
        session.execute("DROP ROLE web_service")


def balance(accounts: Direct) -> int:
    """Return what is stored."""
    return int(str(accounts.value("SELECT balance FROM account WHERE id = 1")))


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_request_is_a_transaction_of_its_user(guarded: Dsn, accounts: Direct, driver: str) -> None:
    made = async_engine(guarded, driver="asyncpg" if driver == "asyncpg" else "psycopg")
    make = async_sessions(made)
    app = FastAPI()
    error_responses(app)

    @app.post("/pay")
    async def pay(session: Annotated[AsyncSession, unit_of_work(make, user_id=signed_in)]) -> str:
        connection = await session.connection()
        await connection.execute(PAY)
        return str((await connection.execute(WHO)).scalar_one())

    @app.post("/fail")
    async def fail(session: Annotated[AsyncSession, unit_of_work(make, user_id=signed_in)]) -> None:
        await (await session.connection()).execute(PAY)
        raise ZeroDivisionError

    @app.get("/read")
    async def read(session: Annotated[AsyncSession, unit_of_work(make, read_only=True)]) -> int:
        return int((await (await session.connection()).execute(READ)).scalar_one())

    with web(app, made.dispose) as send:
        assert send("POST", "/pay", headers={"user": str(USER)}).json() == str(USER)
        assert balance(accounts) == 99
        assert send("POST", "/fail", headers={"user": str(USER)}).status_code == 500
        assert balance(accounts) == 99
        assert send("POST", "/pay").status_code == 422
        assert send("GET", "/read").json() == 99


def test_answer_follows_the_commit(accounts: Direct) -> None:
    accounts.execute("ALTER TABLE account ADD UNIQUE (balance) DEFERRABLE INITIALLY DEFERRED")
    made = engine(accounts.dsn)
    app = FastAPI()
    error_responses(app)

    @app.post("/open", status_code=201)
    def open_account(session: Annotated[Session, unit_of_work(sessions(made))]) -> str:
        session.connection().execute(sa.text("INSERT INTO account VALUES (2, 100)"))
        return "opened"

    with web(app) as send:
        answer = send("POST", "/open")
    assert answer.status_code == 500
    assert "opened" not in answer.text


def test_failures_are_answered_as_what_they_are(accounts: Direct) -> None:
    made = engine(accounts.dsn)
    away = engine(
        replace(accounts.dsn, host="/nowhere"), connecting=Connecting(retry=Retry(attempts=1), through_pooler=False)
    )
    app = FastAPI()
    error_responses(app)

    @app.post("/conflict")
    def conflict(session: Annotated[Session, unit_of_work(sessions(made), isolation="SERIALIZABLE")]) -> None:
        session.connection().execute(READ)
        accounts.execute("UPDATE account SET balance = balance - 1")
        session.connection().execute(PAY)

    @app.get("/away")
    def unreachable(session: Annotated[Session, unit_of_work(sessions(away))]) -> None: ...

    @app.get("/wrong")
    def wrong(session: Annotated[Session, unit_of_work(sessions(made))]) -> None:
        session.connection().execute(sa.text("SELECT nothing"))

    with web(app) as send:
        assert send("POST", "/conflict").status_code == 409
        assert send("GET", "/away").status_code == 503
        assert send("GET", "/away").headers["Retry-After"] == "1"
        assert send("GET", "/wrong").status_code == 500


def test_service_does_not_start_where_isolation_would_not_hold(accounts: Direct, guarded: Dsn) -> None:
    async def start(dsn: Dsn) -> None:
        made = async_engine(dsn, driver="asyncpg")
        try:
            await ready(made)
        finally:
            await made.dispose()

    with pytest.raises(IsolationError):
        asyncio.run(start(accounts.dsn))
    asyncio.run(start(guarded))


def test_transactions_are_spans_and_events_are_theirs(accounts: Direct, caplog: pytest.LogCaptureFixture) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    traced = Traced(provider.get_tracer("test"))
    made = engine(accounts.dsn)
    make = sessions(made, policy=Policy(observer=traced))
    with caplog.at_level(logging.WARNING, "colonnade.runtime"), make() as session:
        with transaction(session, read_only=True):
            traced.event(Event(name="transaction_replay", attempt=2, kind="lost", reason="because"))
        with pytest.raises(ZeroDivisionError), transaction(session):
            raise ZeroDivisionError
    made.dispose()
    first, second = exporter.get_finished_spans()
    attributes: Any = first.attributes
    assert attributes["colonnade.read_only"] is True
    assert [each.name for each in first.events] == ["colonnade.transaction_replay"]
    assert not second.status.is_ok
    assert "transaction_replay attempt=2" in caplog.text
