"""Logging in with whatever a user and a password are made of, over each driver."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.exc import DBAPIError

from colonnade.branches import Target
from colonnade.branches.local import LocalProvider
from colonnade.dsn import Dsn
from runtime_support import WAYS, Way, client


@pytest.fixture
def door(local: LocalProvider) -> Iterator[Dsn]:
    """Give a database that asks for passwords, and a user "a@b:c/d" whose password is "%@:/ ?#"."""
    url = local.url("main", Target())
    with local.home.connect() as session:
        session.execute("""CREATE ROLE "a@b:c/d" LOGIN PASSWORD '%@:/ ?#'""")
        yield url
        session.execute('DROP ROLE "a@b:c/d"')


@pytest.mark.parametrize("way", WAYS)
def test_special_characters_are_let_in_when_they_are_right(door: Dsn, way: Way) -> None:
    url = f"postgresql://a%40b%3Ac%2Fd:%25%40%3A%2F{{}}@{door.host}:{door.port}/{door.database}"
    with client(way, Dsn.parse(url.format("%20%3F%23"))) as service:
        assert service.transact("SELECT 1", read_only=True) == [(1,)]
    with client(way, Dsn.parse(url.format(""))) as service, pytest.raises((DBAPIError, OSError)):
        service.transact("SELECT 1", read_only=True)
