"""One embedded server for the whole run, one scratch database for each test that asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from colonnade.postgres import Server, Session


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
