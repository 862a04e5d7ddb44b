"""What can go wrong, over each driver, at the server and behind the pooler: each with what must come of it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from colonnade.dsn import Dsn
from colonnade.errors import DatabaseError, UnknownOutcomeError
from colonnade.postgres import Server, Session
from colonnade.runtime import Replay, Retry
from pooling import Pooler, Wire, wire
from restarting import restart, start, stop
from runtime_support import QUICK, WAYS, Client, Way, client

READ = "SELECT balance FROM account WHERE id = 1"
PAY = "UPDATE account SET balance = balance - 1 WHERE id = 1"
AGAIN = Replay(idempotent=True, retry=QUICK)
pytestmark = pytest.mark.parametrize("way", WAYS)


@pytest.fixture
def reached(place: Dsn) -> Iterator[Wire]:
    """Give a wire to where the accounts are."""
    with wire(Path(place.host) / f".s.PGSQL.{place.port or 5432}") as made:
        yield made


def over(found: Wire, place: Dsn) -> Dsn:
    """Return where the accounts are, at the end of a wire."""
    return replace(place, host="127.0.0.1", port=str(found.port), options=(("sslmode", "disable"),))


@pytest.fixture
def service(way: Way, place: Dsn) -> Iterator[Client]:
    """Give a client at the place, with one connection that has been used."""
    with client(way, place, pooled=bool(place.port)) as made:
        assert made.transact(READ, read_only=True) == [(100,)]
        yield made


@pytest.fixture
def wired(way: Way, reached: Wire, place: Dsn) -> Iterator[Client]:
    """Give a client at the end of a wire, with one connection that has been used."""
    with client(way, over(reached, place), pooled=bool(place.port)) as made:
        assert made.transact(READ, read_only=True) == [(100,)]
        yield made


def balance(server: Server, accounts: Session) -> int:
    """Return what is really there."""
    with server.session(accounts.dsn.database) as session:
        return int(str(session.value(READ)))


def kill(accounts: Session) -> None:
    """End every other connection to the database."""
    with Session(accounts.dsn) as session:
        session.execute(
            "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def crash(server: Server) -> None:
    """Kill a backend, and wait until the server, which recovers as after a crash, has ended another one for it."""
    with server.session() as victim, server.session() as witness:
        os.kill(victim.backend_pid, signal.SIGKILL)
        with pytest.raises(DatabaseError):
            for _ in range(1000):
                witness.execute("SELECT pg_sleep(0.01)")


def once(action: Callable[[], object]) -> Callable[[], None]:
    """Return a function that acts when it is first called."""
    left = [action]

    def act() -> None:
        if left:
            left.pop()()

    return act


def test_killed_while_idle_is_not_noticed(service: Client, crashable: Server, accounts: Session) -> None:
    kill(accounts)
    service.transact(PAY)
    assert balance(crashable, accounts) == 99


def test_killed_in_a_transaction_is_read_again(service: Client, accounts: Session) -> None:
    assert service.transact("SELECT 1", READ, between=once(lambda: kill(accounts)), read_only=True) == [(100,)]
    assert "transaction_replay" in service.notes.names


def test_killed_in_a_transaction_is_written_again_only_if_idempotent(
    service: Client, crashable: Server, accounts: Session
) -> None:
    with pytest.raises(DBAPIError):
        service.transact(PAY, READ, between=once(lambda: kill(accounts)))
    assert balance(crashable, accounts) == 100
    service.transact(PAY, READ, between=once(lambda: kill(accounts)), replay=AGAIN)
    assert balance(crashable, accounts) == 99


def test_ended_for_being_idle_in_a_transaction_is_read_again(service: Client) -> None:
    impatient = "SET LOCAL idle_in_transaction_session_timeout = '100ms'"
    assert service.transact(impatient, READ, between=once(lambda: time.sleep(0.2)), read_only=True) == [(100,)]
    assert "transaction_replay" in service.notes.names


def test_server_restart_is_waited_for(service: Client, crashable: Server, accounts: Session) -> None:
    crash(crashable)
    service.transact(PAY, replay=AGAIN)
    assert balance(crashable, accounts) == 99


def test_orderly_restart_in_a_transaction(service: Client, crashable: Server, accounts: Session) -> None:
    def again() -> None:
        restart(crashable)

    assert service.transact("SELECT 1", READ, between=once(again), read_only=True) == [(100,)]
    with pytest.raises(DBAPIError):
        service.transact(PAY, READ, between=once(again))
    assert balance(crashable, accounts) == 100
    service.transact(PAY, READ, between=once(again), replay=AGAIN)
    assert balance(crashable, accounts) == 99


def test_stopped_server_is_waited_for(service: Client, crashable: Server, accounts: Session) -> None:
    stop(crashable)
    later = threading.Timer(0.3, start, (crashable,))
    later.start()
    service.transact(PAY)
    later.join()
    assert balance(crashable, accounts) == 99


def test_ended_for_being_idle_is_not_noticed(way: Way, place: Dsn, crashable: Server, accounts: Session) -> None:
    accounts.execute(f"ALTER DATABASE {accounts.dsn.database} SET idle_session_timeout = '100ms'")
    with client(way, place, pooled=bool(place.port)) as service:
        service.transact(PAY)
        time.sleep(0.3)
        service.transact(PAY)
    assert balance(crashable, accounts) == 98


def test_network_cut_in_a_transaction(wired: Client, reached: Wire, crashable: Server, accounts: Session) -> None:
    reached.cut()
    wired.transact(PAY)
    with pytest.raises(DBAPIError):
        wired.transact(PAY, READ, between=once(reached.cut))
    assert wired.transact("SELECT 1", READ, between=once(reached.cut), read_only=True) == [(99,)]
    assert balance(crashable, accounts) == 99


def test_cold_start_is_waited_for(way: Way, reached: Wire, place: Dsn) -> None:
    reached.accept_after = time.monotonic() + 0.3
    with client(way, over(reached, place), pooled=bool(place.port)) as service:
        assert service.transact(READ, read_only=True) == [(100,)]
        assert "connect_retry" in service.notes.names


def test_nobody_there_is_given_up(way: Way, reached: Wire, place: Dsn) -> None:
    reached.accept_after = time.monotonic() + 60
    few = Retry(attempts=3, first_delay_seconds=0.01, longest_delay_seconds=0.01)
    with client(way, over(reached, place), pooled=bool(place.port), retry=few) as service:
        with pytest.raises((DBAPIError, OSError)):
            service.transact(PAY)
        assert [each.name for each in service.notes.events if each.name.startswith("connect")] == [
            *("connect_retry", "connect_retry"),
            "connect_given_up",
        ]


def test_commit_whose_answer_is_lost_is_never_repeated(
    wired: Client, reached: Wire, crashable: Server, accounts: Session
) -> None:
    reached.lose_commit = True
    with pytest.raises(UnknownOutcomeError) as caught:
        wired.transact(PAY, replay=AGAIN, traceable=True)
    assert wired.outcome(caught.value) == "committed"
    assert balance(crashable, accounts) == 99
    assert "unknown_outcome" in wired.notes.names


def test_lost_commit_of_a_read_is_read_again(wired: Client, reached: Wire) -> None:
    reached.lose_commit = True
    assert wired.transact(READ, read_only=True) == [(100,)]


def test_changed_table_under_prepared_statements(service: Client, accounts: Session) -> None:
    for _ in range(7):
        service.transact("SELECT * FROM account", read_only=True)
    accounts.execute("ALTER TABLE account ADD COLUMN note text")
    assert service.transact("SELECT * FROM account") == [(1, 100, None)]


def test_conflict_is_tried_again(service: Client, crashable: Server, accounts: Session) -> None:
    def pay_elsewhere() -> None:
        accounts.execute(PAY)

    service.transact(READ, PAY, between=once(pay_elsewhere), isolation="SERIALIZABLE")
    assert balance(crashable, accounts) == 98
    assert "transaction_replay" in service.notes.names


class TestDirect:
    """What concerns the server alone."""

    @pytest.fixture(params=["direct"])
    def place(self, accounts: Session) -> Dsn:
        """Give the server itself."""
        return accounts.dsn

    def test_connection_limit_is_waited_for(self, way: Way, place: Dsn, crashable: Server, accounts: Session) -> None:
        with crashable.session() as session:
            session.execute("CREATE ROLE crowd LOGIN CONNECTION LIMIT 1")
            session.execute("GRANT pg_read_all_data TO crowd")
        try:
            taken = Session(replace(place, user="crowd"))
            ended = threading.Timer(0.2, taken.close)
            ended.start()
            with client(way, replace(place, user="crowd")) as service:
                assert service.transact(READ, read_only=True) == [(100,)]
                assert "connect_retry" in service.notes.names
            ended.join()
        finally:
            with crashable.session() as session:
                session.execute("DROP ROLE crowd")

    def test_who_is_refused_is_told_at_once(self, way: Way, place: Dsn) -> None:
        with client(way, replace(place, user="nobody_here")) as service:
            with pytest.raises((DBAPIError, OSError)):
                service.transact(READ)
            assert [(each.name, each.attempt) for each in service.notes.events if "connect" in each.name] == [
                ("connect_given_up", 1)
            ]


class TestPooled:
    """What concerns the pooler alone."""

    @pytest.fixture(params=["pooled"])
    def place(self, accounts: Session, pooler: Pooler) -> Dsn:
        """Give the pooler."""
        return replace(accounts.dsn, host=pooler.host, port="6432")

    def test_pooler_restart_is_waited_for(
        self, service: Client, pooler: Pooler, crashable: Server, accounts: Session
    ) -> None:
        pooler.restart()
        service.transact(PAY)
        pooler.stop()
        later = threading.Timer(0.2, pooler.restart)
        later.start()
        service.transact(PAY)
        later.join()
        assert balance(crashable, accounts) == 98

    def test_pooler_restart_in_a_transaction(
        self, service: Client, pooler: Pooler, crashable: Server, accounts: Session
    ) -> None:
        assert service.transact("SELECT 1", READ, between=once(pooler.restart), read_only=True) == [(100,)]
        with pytest.raises(DBAPIError):
            service.transact(PAY, READ, between=once(pooler.restart))
        assert balance(crashable, accounts) == 100
        service.transact(PAY, READ, between=once(pooler.restart), replay=AGAIN)
        assert balance(crashable, accounts) == 99

    def test_connection_limit_of_the_server_is_waited_for(self, way: Way, accounts: Session, crashable: Server) -> None:
        with crashable.session() as session:
            session.execute("CREATE ROLE crowd LOGIN CONNECTION LIMIT 1")
            session.execute("GRANT pg_read_all_data TO crowd")
        crowded = Pooler(crashable.dsn.host, users=("crowd",))
        try:
            taken = Session(replace(accounts.dsn, user="crowd"))
            ended = threading.Timer(0.2, taken.close)
            ended.start()
            with client(
                way, replace(accounts.dsn, host=crowded.host, port="6432", user="crowd"), pooled=True
            ) as service:
                assert service.transact(READ, read_only=True) == [(100,)]
            ended.join()
        finally:
            crowded.close()
            with crashable.session() as session:
                session.execute("DROP ROLE crowd")

    @pytest.mark.parametrize("wrong", [{"database": "nowhere"}, {"user": "nobody_here"}], ids=["database", "user"])
    def test_who_is_refused_is_told_at_once(self, way: Way, place: Dsn, wrong: dict[str, str]) -> None:
        with client(way, replace(place, **wrong), pooled=True) as service:  # type: ignore[arg-type] # fields of it
            with pytest.raises((DBAPIError, OSError)):
                service.transact(READ)
            assert [(each.name, each.attempt) for each in service.notes.events if "connect" in each.name] == [
                ("connect_given_up", 1)
            ]

    def test_full_pooler_is_waited_for(self, way: Way, accounts: Session, crashable: Server) -> None:
        small = Pooler(crashable.dsn.host, clients=1)
        try:
            place = replace(accounts.dsn, host=small.host, port="6432")
            taken = Session(place)
            ended = threading.Timer(0.2, taken.close)
            ended.start()
            with client(way, place, pooled=True) as service:
                assert service.transact(READ, read_only=True) == [(100,)]
                assert "connect_retry" in service.notes.names
            ended.join()
        finally:
            small.close()
