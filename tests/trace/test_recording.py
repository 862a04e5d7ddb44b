"""What is recorded of an engine, over each driver: text, line, transaction, and what was rolled back."""

from __future__ import annotations

import asyncio
import inspect
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlmodel import Session as ModelSession

from colonnade.errors import OutputError
from colonnade.postgres import Session
from colonnade.runtime import engine as runtime_engine
from colonnade.runtime import sessions, transaction
from colonnade.trace import TracedStatement, read_trace, record, unit

HERE = "tests/trace/test_recording.py"


def line() -> int:
    """Return the line that this is called from."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno


@pytest.fixture
def trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a path for a trace, in the folder that the repository's files are named from."""
    monkeypatch.chdir(Path(__file__).parents[2])
    return tmp_path / "trace.jsonl"


@pytest.fixture
def engine(database: Session) -> sa.Engine:
    """Give an engine on an empty database, which keeps no connection."""
    return sa.create_engine(database.dsn.sqlalchemy_url(), poolclass=sa.NullPool)


def texts(found: tuple[TracedStatement, ...]) -> list[str]:
    """Return what was sent, without what SQLAlchemy asks when it first connects."""
    return [each.sql for each in found if "pg_catalog" not in each.sql and not each.sql.startswith("show ")]


def test_transactions_and_lines(engine: sa.Engine, trace: Path) -> None:
    with record(engine, trace):
        with engine.begin() as connection:
            connection.execute(sa.text("SELECT :a, '100%'"), {"a": "secret"})
            first = line() - 1
            connection.exec_driver_sql("SELECT 'a%%b'")
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT 3"))
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT 4"))
            connection.commit()
    found = read_trace(trace)
    assert texts(found) == ["SELECT $1, '100%'", "SELECT 'a%b'", "SELECT 3", "SELECT 4"]
    one, two, three, four = found[-4:]
    assert (one.at.path, one.at.line, two.at.line) == (HERE, first, first + 2)
    assert one.transaction == two.transaction
    assert len({one.transaction, three.transaction, four.transaction, ""}) == 4
    assert [each.kept for each in (one, two, three, four)] == [True, True, False, True]
    assert "secret" not in trace.read_text()
    assert one.unit == f"{HERE}::test_transactions_and_lines"


def test_what_a_savepoint_undoes_is_not_kept(engine: sa.Engine, trace: Path) -> None:
    with record(engine, trace), engine.begin() as connection:
        connection.execute(sa.text("SELECT 1"))
        savepoint = connection.begin_nested()
        connection.execute(sa.text("SELECT 2"))
        with connection.begin_nested():
            connection.execute(sa.text("SELECT 3"))
        savepoint.rollback()
        with connection.begin_nested():
            connection.execute(sa.text("SELECT 4"))
    found = read_trace(trace)
    assert [(each.sql, each.kept) for each in found if "SAVEPOINT" not in each.sql] == [
        ("SELECT 1", True),
        ("SELECT 2", False),
        ("SELECT 3", False),
        ("SELECT 4", True),
    ]
    assert len({each.transaction for each in found}) == 1


def test_statement_that_fails_is_none(engine: sa.Engine, trace: Path) -> None:
    with record(engine, trace), engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError):
        connection.execute(sa.text("SELECT nothing"))
    assert read_trace(trace) == ()


def test_what_commits_by_itself_has_no_transaction(engine: sa.Engine, trace: Path) -> None:
    alone = engine.execution_options(isolation_level="AUTOCOMMIT")
    with record(engine, trace), alone.connect() as connection:
        connection.execute(sa.text("SELECT 1"))
        assert [each.sql for each in read_trace(trace)] == ["SELECT 1"]  # written at once
    assert [(each.transaction, each.kept) for each in read_trace(trace)] == [("", True)]


def test_booleans_are_written_out(engine: sa.Engine, trace: Path) -> None:
    with record(engine, trace), engine.begin() as connection:
        connection.execute(sa.select(sa.func.set_config("app.user", "7", True)))
        connection.execute(sa.text("SELECT set_config('app.user', :v, :local)"), [{"v": "7", "local": False}])
        connection.execute(sa.text("SELECT :a, :b, :a"), {"a": 1, "b": None})
    assert [each.sql for each in read_trace(trace)] == [
        "SELECT set_config($1::VARCHAR, $2::VARCHAR, true) AS set_config_1",
        "SELECT set_config('app.user', $1, false)",
        "SELECT $1, $2, $1",
    ]


def test_models_and_the_runtime_lead_to_the_line_of_the_application(database: Session, trace: Path) -> None:
    ours = runtime_engine(database.dsn)
    with record(ours, trace), sessions(ours)() as session, transaction(session):
        session.execute(sa.text("SELECT 1"))
        expected = line() - 1
    assert {(each.at.path, each.at.line) for each in read_trace(trace)} == {(HERE, expected)}
    with record(ours, trace), ModelSession(ours) as plain:
        plain.connection().execute(sa.text("SELECT 1"))
        expected = line() - 1
    ours.dispose()
    assert {(each.at.path, each.at.line) for each in read_trace(trace)} == {(HERE, expected)}


def test_units_of_threads_are_their_own(engine: sa.Engine, trace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def work(name: str) -> None:
        with unit(name):
            for _ in range(20):
                with engine.begin() as connection:
                    connection.execute(sa.text("SELECT 1"))
                    connection.execute(sa.text(f"SELECT '{name}'"))

    threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b", "c")]
    with record(engine, trace):
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    found = [sent for sent in read_trace(trace) if sent.unit]
    by_transaction: dict[str, list[TracedStatement]] = {}
    for sent in found:
        by_transaction.setdefault(sent.transaction, []).append(sent)
    assert len(by_transaction) == 60
    for both in by_transaction.values():
        assert [each.sql for each in both] == ["SELECT 1", f"SELECT '{both[0].unit}'"]


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
def test_asyncio(driver: str, database: Session, trace: Path) -> None:
    async def inner(connection: AsyncConnection) -> int:
        await connection.execute(sa.text("SELECT set_config('a.b', :v, :local)"), {"v": "x", "local": True})
        return line() - 1

    async def work() -> int:
        engine = create_async_engine(database.dsn.sqlalchemy_url(driver))
        with record(engine, trace):
            async with engine.begin() as connection:
                found = await inner(connection)
            alone = engine.execution_options(isolation_level="AUTOCOMMIT")
            async with alone.connect() as connection:
                await connection.execute(sa.text("SELECT 2"))
        await engine.dispose()
        return found

    at = asyncio.run(work())
    one, two = read_trace(trace)[-2:]
    assert one.sql in {"SELECT set_config('a.b', $1, true)", "SELECT set_config('a.b', $1::VARCHAR, true)"}
    assert (one.at.path, one.at.line) == (HERE, at)
    assert one.transaction
    assert (two.sql, two.transaction, two.kept) == ("SELECT 2", "", True)


def test_transaction_that_was_open_before(engine: sa.Engine, trace: Path) -> None:
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT 1"))
        with record(engine, trace):
            connection.execute(sa.text("SELECT 2"))
            connection.execute(sa.text("SELECT 3"))
            connection.rollback()
    one, two = read_trace(trace)
    assert one.transaction == two.transaction != ""
    assert (one.sql, one.kept, two.kept) == ("SELECT 2", False, False)


def test_nothing_is_recorded_afterwards(engine: sa.Engine, trace: Path) -> None:
    with record(engine, trace):
        pass
    with engine.begin() as connection:
        connection.execute(sa.text("SELECT 1"))
    assert read_trace(trace) == ()


def test_file_that_cannot_be_written(engine: sa.Engine, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot write"), record(engine, tmp_path / "none" / "trace.jsonl"):
        pass
    assert not engine.dispatch.after_cursor_execute
