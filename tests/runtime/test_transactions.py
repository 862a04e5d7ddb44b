"""The unit of work: what it commits, what it rolls back, and what it refuses to do in silence."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from psycopg.errors import AdminShutdown, SerializationFailure
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.orm import registry
from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession

from colonnade.dsn import Dsn
from colonnade.errors import AbortedTransactionError, InputError, TransactionError, UnsupportedError
from colonnade.postgres import Session as Direct
from colonnade.runtime import (
    Connecting,
    Policy,
    Replay,
    async_engine,
    async_sessions,
    engine,
    run,
    sessions,
    transaction,
)

PAY = sa.text("UPDATE account SET balance = balance - 1 WHERE id = 1")
READ = sa.text("SELECT balance FROM account WHERE id = 1")
DOUBLE = sa.text("INSERT INTO account VALUES (1, 0)")


@pytest.fixture
def url(accounts: Direct) -> Dsn:
    """Give where the accounts are."""
    return accounts.dsn


@pytest.fixture
def session(url: Dsn) -> Iterator[Session]:
    """Give a strict session on the accounts."""
    made = engine(url)
    with sessions(made)() as opened:
        yield opened
    made.dispose()


def read(session: Session) -> int:
    """Return the balance, outside of a transaction of ours."""
    found = int(session.connection().execute(READ).scalar_one())
    session.rollback()
    return found


def test_block_commits_and_an_exception_rolls_back(session: Session) -> None:
    with transaction(session):
        session.connection().execute(PAY)
    with pytest.raises(ZeroDivisionError), transaction(session):
        session.connection().execute(PAY)
        raise ZeroDivisionError
    assert read(session) == 99


def test_nested_one_is_a_savepoint(session: Session) -> None:
    done: list[str] = []
    with transaction(session) as outer:
        session.connection().execute(PAY)
        with pytest.raises(IntegrityError), transaction(session) as inner:
            inner.after_commit(lambda: done.append("inner, rolled back"))
            session.connection().execute(DOUBLE)
        with transaction(session) as inner:
            session.connection().execute(PAY)
            inner.after_commit(lambda: done.append("inner"))
        outer.after_commit(lambda: done.append("outer"))
        assert done == []
    assert read(session) == 98
    assert done == ["inner", "outer"]


def test_caught_error_does_not_lose_the_transaction_in_silence(session: Session) -> None:
    with pytest.raises(AbortedTransactionError), transaction(session):
        session.connection().execute(PAY)
        with pytest.raises(IntegrityError):
            session.connection().execute(DOUBLE)
    assert read(session) == 100


def test_error_that_a_savepoint_has_undone_does_not_keep_the_rest(session: Session) -> None:
    with transaction(session):
        session.connection().execute(PAY)
        with pytest.raises(IntegrityError), session.begin_nested():
            session.connection().execute(DOUBLE)
        with pytest.raises(IntegrityError), session.connection().begin_nested():
            session.connection().execute(DOUBLE)
    assert read(session) == 99


def test_error_that_the_server_has_not_seen_does_not_keep_the_rest(session: Session) -> None:
    with transaction(session):
        session.connection().execute(PAY)
        with pytest.raises(ProgrammingError, match="cannot adapt"):
            session.connection().execute(sa.text("SELECT :value"), {"value": object()})
    assert read(session) == 99


def test_flush_that_has_failed_does_not_lose_the_transaction_in_silence(session: Session) -> None:
    class Account:
        def __init__(self, number: int, balance: int) -> None:
            self.id, self.balance = number, balance

    table = sa.Table("account", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("balance"))
    mappers = registry()
    mappers.map_imperatively(Account, table)
    with pytest.raises(AbortedTransactionError), transaction(session):
        session.connection().execute(PAY)
        session.add(Account(1, 0))
        with pytest.raises(IntegrityError):
            session.flush()
    mappers.dispose()
    assert read(session) == 100


def test_hooks_run_before_and_after_commit(session: Session) -> None:
    seen: list[object] = []
    with transaction(session) as unit:
        unit.before_commit(lambda: session.connection().execute(PAY))
        unit.after_commit(lambda: seen.append(session.in_transaction()))
    assert seen == [False]
    assert read(session) == 99
    with pytest.raises(ZeroDivisionError), transaction(session) as unit:
        session.connection().execute(PAY)
        unit.before_commit(lambda: 1 // 0)
        unit.after_commit(lambda: seen.append("never"))
    assert seen == [False]
    assert read(session) == 99


def test_terms_are_kept(session: Session) -> None:
    show = sa.text(
        "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only'),"
        " current_setting('transaction_deferrable'), current_setting('statement_timeout'), current_user"
    )
    with transaction(
        session,
        isolation="SERIALIZABLE",
        read_only=True,
        deferrable=True,
        role="pg_monitor",
        settings={"statement_timeout": "7s"},
    ):
        found = session.connection().execute(show).one()
    assert tuple(found) == ("serializable", "on", "on", "7s", "pg_monitor")
    with transaction(session):
        found = session.connection().execute(show).one()
    assert tuple(found) == ("read committed", "off", "off", "0", "postgres")


def test_other_terms_within_an_open_one_are_refused(session: Session) -> None:
    with transaction(session, isolation="REPEATABLE READ"):
        with pytest.raises(TransactionError), transaction(session, isolation="SERIALIZABLE"):
            pass
        with transaction(session, isolation="REPEATABLE READ"):
            session.connection().execute(PAY)
    assert read(session) == 99


def test_write_outside_of_one_is_refused_by_the_server(session: Session) -> None:
    with pytest.raises(TransactionError, match="a write outside a transaction"):
        session.connection().execute(PAY)
    session.rollback()
    hidden = sa.text("DO $$ BEGIN UPDATE account SET balance = 0; END $$")
    with pytest.raises(TransactionError):
        session.connection().execute(hidden)
    session.rollback()
    assert read(session) == 100


def test_read_before_one_is_no_obstacle(session: Session) -> None:
    session.connection().execute(READ)
    with transaction(session):
        session.connection().execute(PAY)
    assert read(session) == 99


def test_session_that_is_not_strict_says_what_it_has_begun(url: Dsn) -> None:
    made = engine(url)
    with sessions(made, policy=Policy(strict=False))() as loose:
        loose.connection().execute(PAY)
        with pytest.raises(TransactionError, match="by itself"), transaction(loose):
            pass
        loose.rollback()
    with Session(made) as foreign:
        with transaction(foreign):
            foreign.connection().execute(PAY)
        with pytest.raises(AbortedTransactionError), transaction(foreign), pytest.raises(IntegrityError):
            foreign.connection().execute(DOUBLE)
        assert read(foreign) == 99
    made.dispose()


def test_settings_of_an_engine_hold_in_each_transaction_and_leave_nothing(url: Dsn) -> None:
    made = engine(url, connecting=Connecting(settings={"statement_timeout": "3s"}), pool_size=1, max_overflow=0)
    with made.connect() as connection:
        raw = connection.connection.driver_connection
        assert connection.execute(sa.text("SHOW statement_timeout")).scalar() == "3s"
        connection.rollback()
        assert raw is not None
        raw.autocommit = True
        assert raw.execute("SHOW statement_timeout").fetchone() == ("0",)
        raw.autocommit = False
    made.dispose()
    with pytest.raises(InputError):
        engine(url, connecting=Connecting(settings={"a'; DROP TABLE account; --": "x"}))


def test_work_is_not_done_again_for_its_own_fault(url: Dsn) -> None:
    made = engine(url)
    calls: list[int] = []

    def work(session: Session) -> None:
        calls.append(1)
        session.connection().execute(DOUBLE)

    with pytest.raises(IntegrityError):
        run(sessions(made), work)
    assert len(calls) == 1
    made.dispose()


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_the_same_for_asyncio(url: Dsn, driver: str) -> None:
    seen: list[object] = []

    async def main() -> None:
        made = async_engine(url, driver="asyncpg" if driver == "asyncpg" else "psycopg")
        async with async_sessions(made)() as session:

            async def outbox() -> None:
                await (await session.connection()).execute(PAY)

            async def told() -> None:
                seen.append(session.in_transaction())

            async with transaction(session) as unit:
                unit.before_commit(outbox)
                unit.after_commit(told)
                with pytest.raises(IntegrityError):
                    async with transaction(session):
                        await (await session.connection()).execute(DOUBLE)
            with pytest.raises(AbortedTransactionError):
                async with transaction(session):
                    with pytest.raises(IntegrityError):
                        await (await session.connection()).execute(DOUBLE)
            with pytest.raises(TransactionError):
                await (await session.connection()).execute(PAY)
            await session.rollback()
            seen.append((await (await session.connection()).execute(READ)).scalar_one())
            await session.rollback()
            await cancelled(session)
        await made.dispose()

    async def cancelled(session: AsyncSession) -> None:
        async def slow() -> None:
            async with transaction(session):
                await (await session.connection()).execute(PAY)
                await (await session.connection()).execute(sa.text("SELECT pg_sleep(10)"))

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(slow(), 0.1)
        async with transaction(session, read_only=True):
            seen.append((await (await session.connection()).execute(READ)).scalar_one())

    asyncio.run(main())
    assert seen == [False, 99, 99]


def test_refusal_of_a_commit_is_a_known_outcome(session: Session, accounts: Direct) -> None:
    accounts.execute("ALTER TABLE account ADD UNIQUE (balance) DEFERRABLE INITIALLY DEFERRED")
    with pytest.raises(DBAPIError) as caught, transaction(session):
        session.connection().execute(sa.text("INSERT INTO account VALUES (2, 100)"))
    assert isinstance(caught.value, IntegrityError)
    assert read(session) == 100


def test_server_that_would_confuse_transactions_is_not_asked_after_them(url: Dsn) -> None:
    made = engine(url)
    with sessions(made)() as session:
        with transaction(session, traceable=True) as unit:
            session.connection().execute(PAY)
        assert unit.transaction_id.isdigit()
        made.dialect.server_version_info = (16, 4)
        with pytest.raises(UnsupportedError), transaction(session, traceable=True):
            pass
        assert read(session) == 99
    made.dispose()


def test_work_that_is_committed_is_not_done_again_for_a_hook(url: Dsn, accounts: Direct) -> None:
    made = engine(url)
    conflict = OperationalError("SELECT 1", {}, SerializationFailure("could not serialize access"))

    def hook() -> None:
        raise conflict

    def work(session: Session) -> None:
        session.connection().execute(PAY)
        with transaction(session) as unit:
            unit.after_commit(hook)

    with pytest.raises(OperationalError):
        run(sessions(made), work, replay=Replay(idempotent=True))
    assert accounts.value("SELECT balance FROM account WHERE id = 1") == 99
    made.dispose()


@pytest.mark.parametrize("kind", [SerializationFailure, AdminShutdown])
def test_work_that_is_committed_is_not_done_again_for_a_listener(
    url: Dsn, accounts: Direct, kind: type[Exception]
) -> None:
    """A listener of SQLAlchemy's runs within its `commit`, and what fails there is not the transaction."""
    made = engine(url)

    def listener(_: Session) -> None:
        raise OperationalError("SELECT 1", {}, kind("on another connection"), connection_invalidated=True)

    def work(session: Session) -> None:
        sa.event.listen(session, "after_commit", listener)
        session.connection().execute(PAY)

    with pytest.raises(OperationalError):
        run(sessions(made), work, replay=Replay(idempotent=True))
    assert accounts.value("SELECT balance FROM account WHERE id = 1") == 99
    made.dispose()
