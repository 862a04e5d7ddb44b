"""Poolers are told from servers, with a real one where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace

import pytest

from colonnade.api.applying.database import direct_session, reached
from colonnade.dsn import Dsn
from colonnade.errors import InputError
from colonnade.postgres import Server, Session, introspect
from colonnade.postgres.exclusive import has_lock, lock_exclusively, lock_holders, unlock
from colonnade.postgres.pooling import is_pooled_by_transaction
from pooling import PROGRAM, Pooler

_INSTALLED = pytest.mark.skipif(PROGRAM is None, reason="pgbouncer is not installed")


@contextmanager
def through(server: Server, session: Session, *, mode: str, size: int, robin: bool = False) -> Iterator[Dsn]:
    """Run a pooler before the server, and give the way through it to the session's database."""
    pooler = Pooler(server.dsn.host, pool_size=size, mode=mode, round_robin=robin)
    try:
        yield replace(session.dsn, host=pooler.host, port="6432")
    finally:
        pooler.close()


def test_server_itself_is_no_pooler(database: Session) -> None:
    assert not is_pooled_by_transaction(database)


@_INSTALLED
@pytest.mark.parametrize(
    ("mode", "size", "robin", "expected"),
    [
        ("transaction", 3, False, True),
        ("transaction", 3, True, True),
        ("transaction", 1, False, True),
        ("session", 5, False, False),
    ],
)
def test_pooler_by_transaction_is_told(
    server: Server, database: Session, mode: str, size: int, robin: bool, expected: bool
) -> None:
    with through(server, database, mode=mode, size=size, robin=robin) as dsn, Session(dsn) as session:
        assert is_pooled_by_transaction(session) is expected
        assert not session.in_transaction
        refused = pytest.raises(InputError, match="a pooler stands before") if expected else nullcontext()
        with refused, direct_session(dsn) as direct:
            assert direct.value("SELECT 1") == 1


@_INSTALLED
def test_a_database_is_read_through_a_pooler_like_without(server: Server, database: Session) -> None:
    database.script("CREATE TABLE t (id bigint PRIMARY KEY, a text CHECK (a <> '')); CREATE INDEX ON t (lower(a))")
    with through(server, database, mode="transaction", size=2) as dsn, Session(dsn) as session:
        assert introspect(session) == introspect(database)


def test_lock_is_had_by_one_and_names_its_holder(server: Server, database: Session) -> None:
    with server.session(database.dsn.database) as other:
        other.execute("SET application_name = 'the other one'")
        assert lock_exclusively(database, 7, wait_seconds=0)
        assert not lock_exclusively(other, 7, wait_seconds=0)
        assert not lock_exclusively(other, 7, wait_seconds=0.3)
        (holder,) = lock_holders(other, 7)
        assert (holder.pid, holder.application) == (database.backend_pid, "colonnade")
        assert holder.since is not None
        assert has_lock(database, 7)
        unlock(database, 7)
        assert not has_lock(database, 7)
        assert lock_exclusively(other, 7, wait_seconds=0)
        assert "the other one" in str(lock_holders(database, 7)[0])


def test_poolers_of_others_are_not_taken_for_neons() -> None:
    for host in ("app-pooler.internal", "ep-x-pooler", "db.ep-x-pooler.neon.tech"):
        assert not Dsn(host=host).pooled
    both = Dsn(host="ep-a-1-pooler.c-2.eu.aws.neon.tech,ep-b-2-pooler.eu.aws.neon.tech")
    assert both.pooled
    direct, notes = reached(both)
    assert (direct, len(notes)) == (both.direct(), 1)
    assert reached(direct) == (direct, ())
    assert both.direct().host == "ep-a-1.c-2.eu.aws.neon.tech,ep-b-2.eu.aws.neon.tech"
