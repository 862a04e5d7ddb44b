"""Nobody sees another's rows, also on a connection that served somebody else; nobody starts where it cannot hold."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from colonnade.dsn import Dsn
from colonnade.errors import InputError, IsolationError, TransactionError
from colonnade.postgres import Server, Session
from colonnade.runtime import (
    Connecting,
    async_engine,
    async_sessions,
    check_isolation,
    engine,
    sessions,
    tenant,
    transaction,
)
from colonnade.sql.identifier import quote
from pooling import Pooler
from runtime_support import SERVICE

SCHEMA = Path(__file__).parents[2] / "examples" / "taskboard" / "generated" / "schema.sql"
USERS = [UUID(int=number) for number in range(1, 9)]


@pytest.fixture(scope="module")
def board(crashable: Server) -> Iterator[Session]:
    """Give the example's task board, with a task of each user, and a role for the service."""
    with crashable.temporary_roles(), crashable.scratch_database() as session:
        session.script(SCHEMA.read_text(encoding="utf-8"))
        session.execute(f"CREATE ROLE {quote(SERVICE)} LOGIN IN ROLE taskboard_app")
        for user in USERS:
            session.execute(
                "INSERT INTO users (id, email, password_hash, display_name) VALUES (%s, %s, 'x', 'u')",
                (user, f"{user}@example.org"),
            )
            session.execute("INSERT INTO tasks (id, user_id, title) VALUES (%s, %s, 't')", (user, user))
        yield session


@pytest.fixture
def service(board: Session) -> Dsn:
    """Give how the service enters the task board."""
    return replace(board.dsn, user=SERVICE)


class Note(SQLModel, table=True):
    """What a service would map a table to."""

    __tablename__ = "tasks"
    __table_args__ = ({"info": {"row_security": "forced"}},)

    id: UUID = Field(primary_key=True)
    user_id: UUID
    title: str


OWNERS = sa.text("SELECT DISTINCT user_id FROM tasks")


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_nothing_leaks_between_users_on_shared_connections(service: Dsn, pooler: Pooler, driver: str) -> None:
    dsn = replace(service, host=pooler.host, port="6432")
    foreign: list[tuple[UUID, UUID]] = []
    counts = dict.fromkeys(USERS, 0)

    async def serve(user: UUID, make: async_sessionmaker[AsyncSession]) -> None:
        for number in range(6):
            async with make() as session:
                if number % 3 == 2:  # somebody who forgets to say who it is sees nobody's rows
                    async with transaction(session):
                        assert (await (await session.connection()).execute(OWNERS)).all() == []
                    continue
                async with tenant(session, user_id=user):
                    connection = await session.connection()
                    owners = (await connection.execute(OWNERS)).scalars().all()
                    changed = await connection.execute(sa.text("UPDATE tasks SET title = title"))
                    foreign.extend((user, owner) for owner in owners if owner != user)
                    counts[user] += changed.rowcount

    async def main() -> None:
        connecting = Connecting(through_pooler=True)
        made = async_engine(
            dsn,
            driver="asyncpg" if driver == "asyncpg" else "psycopg",
            connecting=connecting,
            pool_size=3,
            max_overflow=0,
        )
        make = async_sessions(made)
        await asyncio.gather(*(serve(user, make) for user in USERS))
        await made.dispose()

    asyncio.run(main())
    assert foreign == []
    assert set(counts.values()) == {4}


def test_objects_of_another_user_are_forgotten(service: Dsn) -> None:
    made = engine(service)
    with sessions(made, expire_on_commit=False)() as session:
        with tenant(session, user_id=USERS[0]):
            kept = session.get(Note, USERS[0])  # a session forgets by itself what nobody holds
            assert kept is not None
        with tenant(session, user_id=USERS[1]):
            assert session.get(Note, USERS[0]) is None
            with pytest.raises(TransactionError), tenant(session, user_id=USERS[0]):
                pass
    made.dispose()


def test_write_for_another_user_is_refused(service: Dsn) -> None:
    made = engine(service)
    with sessions(made)() as session:
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"), tenant(session, user_id=USERS[0]):
            session.add(Note(id=uuid4(), user_id=USERS[1], title="t"))
        with tenant(session, user_id=USERS[0]):
            assert session.connection().execute(OWNERS).scalars().all() == [USERS[0]]
    made.dispose()


def test_nobody_is_named(service: Dsn) -> None:
    made = engine(service)
    with sessions(made)() as session:
        for nobody in (None, ""):
            with pytest.raises(InputError):
                tenant(session, user_id=nobody)
    made.dispose()


def refused(dsn: Dsn, *, role: str = "") -> str:
    """Return why nobody is served."""
    made = engine(dsn)
    try:
        with (
            sessions(made)() as session,
            pytest.raises(IsolationError) as caught,
            tenant(session, user_id=USERS[0], role=role),
        ):
            pytest.fail("it was served")
        with pytest.raises(IsolationError) as at_start:
            check_isolation(made, role=role)
        assert str(at_start.value) == str(caught.value)
        return str(caught.value)
    finally:
        made.dispose()


def test_roles_that_policies_do_not_hold_for_are_refused(board: Session, service: Dsn) -> None:
    assert "It is a superuser" in refused(board.dsn)
    for change, undo, reason in (
        ("BYPASSRLS", "NOBYPASSRLS", "It has BYPASSRLS"),
        ("SUPERUSER", "NOSUPERUSER", "It is a superuser"),
    ):
        board.execute(f"ALTER ROLE {quote(SERVICE)} {change}")
        assert reason in refused(service)
        board.execute(f"ALTER ROLE {quote(SERVICE)} {undo}")
    board.execute(f"ALTER TABLE tags OWNER TO {quote(SERVICE)}")
    assert "owns isolated tables" in refused(service)
    board.execute("ALTER TABLE tags OWNER TO postgres")
    board.execute(f"CREATE ROLE board_sweeper; GRANT board_sweeper TO {quote(SERVICE)}")
    board.execute("CREATE POLICY sweep ON tasks TO board_sweeper USING (true)")
    assert "one that shows all holds for it: tasks." in refused(service)
    board.execute("DROP POLICY sweep ON tasks; DROP ROLE board_sweeper")


def test_role_taken_on_for_the_transaction_is_what_counts(board: Session) -> None:
    made = engine(board.dsn)
    with sessions(made)() as session:
        with tenant(session, user_id=USERS[2], role="taskboard_app"):
            assert session.connection().execute(OWNERS).scalars().all() == [USERS[2]]
        with transaction(session):
            assert session.connection().execute(sa.text("SELECT current_user")).scalar_one() == "postgres"
    made.dispose()


def test_generated_models_declare_what_the_database_forces(board: Session, service: Dsn) -> None:
    said = (
        "import json, models; from sqlmodel import SQLModel; print(json.dumps([str(t) for t in {tables} if {forced}]))"
    )
    tables = "SQLModel.metadata.sorted_tables"
    command = said.format(tables=tables, forced="t.info.get('row_security') == 'forced'")
    run = subprocess.run([sys.executable, "-c", command], cwd=SCHEMA.parent, capture_output=True, text=True, check=True)
    declared = json.loads(run.stdout)
    forced = board.execute("SELECT relname::text FROM pg_class WHERE relforcerowsecurity")
    assert sorted(declared) == sorted(name for (name,) in forced)
    made = engine(service)
    check_isolation(made, tables=declared)
    made.dispose()


def test_models_that_declare_more_than_the_database_holds_are_refused(board: Session, service: Dsn) -> None:
    made = engine(service)
    declared = sa.MetaData()
    sa.Table("tasks", declared, info={"row_security": "forced"})
    check_isolation(made, declared, tables=["comments"])
    board.execute("ALTER TABLE tasks NO FORCE ROW LEVEL SECURITY")
    with pytest.raises(IsolationError, match=r"public\.tasks"):
        check_isolation(made, declared)
    board.execute("ALTER TABLE tasks FORCE ROW LEVEL SECURITY")
    board.execute("CREATE TABLE loose ()")
    with pytest.raises(IsolationError, match=r"public\.loose"):
        check_isolation(made, tables=["loose"])
    board.execute("DROP TABLE loose")
    with pytest.raises(IsolationError, match="does not exist"):
        check_isolation(made, tables=["elsewhere"])
    made.dispose()


USE = """
import asyncio, sys
import httpx
from service import app, lifespan

async def main():
    async with lifespan(app), httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://s") as web:
        mine, other = ({"user": name} for name in sys.argv[1:])
        made = await web.post("/tasks", json={"title": "Write it down"}, headers=mine)
        assert made.status_code == 201, made.text
        for who, seen in ((mine, True), (other, False)):
            titles = [task["title"] for task in (await web.get("/tasks", headers=who)).json()]
            assert ("Write it down" in titles) is seen, titles

asyncio.run(main())
"""


def test_service_of_the_manual_serves_each_user_their_own(board: Session, service: Dsn, tmp_path: Path) -> None:
    manual = (Path(__file__).parents[2] / "docs" / "runtime.md").read_text(encoding="utf-8")
    (code,) = (block for block in re.findall(r"```python\n(.*?)```", manual, re.DOTALL) if "# service.py" in block)
    (tmp_path / "service.py").write_text(code, encoding="utf-8")
    command = [sys.executable, "-c", USE, str(USERS[0]), str(USERS[1])]
    paths = os.pathsep.join((str(tmp_path), str(SCHEMA.parent)))
    environment = {**os.environ, "DATABASE_URL": service.url, "PYTHONPATH": paths}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    board.execute("DELETE FROM tasks WHERE title = 'Write it down'")
