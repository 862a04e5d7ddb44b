"""Runs that are killed, and repeated by the same command; the record tells what happened."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from apply_workshop import FIRST, STAGED, Workshop

from colonnade.api import Destination, migrate_apply, migrate_new, migrate_status
from colonnade.api.applying.database import APPLYING, RUNNING
from colonnade.api.applying.expected import found_in, left_over
from colonnade.errors import DatabaseError
from colonnade.migrate.runs.table import RunTable
from colonnade.postgres import Server, Session
from colonnade.postgres.exclusive import lock_exclusively, lock_holders

WAITING = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
SLEEPING = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
INVALID = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
LOCKS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
SECONDS = 60
# Rows are validated as slowly as a table says.
PACED = """
CREATE TABLE pace (seconds int NOT NULL);
CREATE FUNCTION is_fine(amount int) RETURNS boolean LANGUAGE sql AS $$
    SELECT amount > 0 FROM (SELECT max(pg_sleep(seconds)::text) FROM pace WHERE current_query() ~ 'VALIDATE CON') waited
$$;
CREATE TABLE orders (id bigint PRIMARY KEY, amount int NOT NULL);
"""
FINE = "ALTER TABLE orders ADD CONSTRAINT ck_orders_amount CHECK (is_fine(amount));\n"


@pytest.fixture
def workshop(server: Server, database: Session, tmp_path: Path) -> Workshop:
    """Give a database at the first revision, and a second one that builds an index concurrently."""
    workshop = Workshop(server, database, tmp_path)
    workshop.add("r1", *FIRST)
    workshop.add("r2", *STAGED)
    database.execute("CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL)")
    database.execute("CREATE TABLE alembic_version AS SELECT 'r1' AS version_num")
    return workshop


@contextmanager
def stopping_build(workshop: Workshop) -> Iterator[None]:
    """Let concurrent builds wait for a transaction that has an older snapshot, and no lock that others wait for."""
    with workshop.server.session(workshop.session.dsn.database) as other, other.rolled_back():
        other.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        other.execute("SELECT 1")
        yield


def waiting_backend(session: Session) -> int:
    """Return the backend that waits, when there is one."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if pid := session.value(WAITING):
            return int(pid)
        time.sleep(0.05)
    pytest.fail("nothing came to wait")


def finished(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Return the exit code of a command and what it said on stderr."""
    _, said = process.communicate(timeout=SECONDS)
    return process.returncode, said


def assert_whole(workshop: Workshop, outcomes: list[str]) -> None:
    """Assert that the database is at its end, and that the record says how it came there."""
    assert workshop.session.value(INVALID) == 0
    deadline = time.monotonic() + SECONDS  # a backend takes a moment to notice that its client is gone
    while (locks := workshop.session.value(LOCKS)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert locks == 0
    assert workshop.version == "r2"
    assert [run.outcome for run in workshop.runs] == outcomes
    assert workshop.runs[-1].after == found_in(workshop.session).fingerprint


def test_applier_that_is_killed_is_followed_by_one_that_ends_its_work(workshop: Workshop) -> None:
    with stopping_build(workshop):
        process = workshop.command("apply")
        waiting_backend(workshop.session)
        process.send_signal(signal.SIGKILL)
        finished(process)
        assert workshop.runs[-1].outcome == "running"
        status = workshop.status()
        assert status.half_applied is not None
        assert status.half_applied.done == ("+ column users.name",)
        assert any("CREATE INDEX CONCURRENTLY" in each for each in status.appliers)  # its backend goes on
        with pytest.raises(DatabaseError, match="a statement of an earlier run is still at work"):
            workshop.apply(wait=0.2)
    result = workshop.apply()
    assert result.ended == "succeeded"
    assert "goes on with run 1, which was interrupted" in result.notes
    assert_whole(workshop, ["interrupted", "succeeded"])


def test_applier_that_is_asked_to_stop_ends_its_connection_and_says_so(workshop: Workshop) -> None:
    with stopping_build(workshop):
        process = workshop.command("apply")
        waiting_backend(workshop.session)
        process.send_signal(signal.SIGTERM)
        code, said = finished(process)
        assert (code, "the run was stopped" in said) == (2, True)
        assert workshop.runs[-1].outcome == "interrupted"
        deadline = time.monotonic() + SECONDS
        while lock_holders(workshop.session, RUNNING) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert left_over(workshop.session) == ("index ix_users_name is invalid",)
    assert workshop.apply().ended == "succeeded"
    assert_whole(workshop, ["interrupted", "succeeded"])


def test_backend_that_is_ended_fails_the_run_which_says_what_is_in_place(workshop: Workshop) -> None:
    with stopping_build(workshop), workshop.server.session(workshop.session.dsn.database) as other:
        ended = threading.Thread(
            target=lambda: other.execute("SELECT pg_terminate_backend(%s)", (waiting_backend(other),))
        )
        ended.start()
        with pytest.raises(DatabaseError, match='revision "r2" failed') as caught:
            workshop.apply()
        ended.join()
    assert "In place: + column users.name." in caught.value.detail
    assert "Not in place: + index ix_users_name of users." in caught.value.detail
    assert "What is in place of r2 is finished by that" in caught.value.hint
    assert caught.value.at is not None
    assert caught.value.at.path.endswith("r2.py")
    assert workshop.runs[-1].after
    assert workshop.apply().ended == "succeeded"
    assert_whole(workshop, ["failed", "succeeded"])


def test_run_goes_on_when_the_connection_with_its_lock_is_lost(workshop: Workshop) -> None:
    with workshop.server.session(workshop.session.dsn.database) as other:

        def end() -> None:
            waiting_backend(other)
            (holder,) = lock_holders(other, APPLYING)
            other.execute("SELECT pg_terminate_backend(%s, 10000)", (holder.pid,))

        ended = threading.Thread(target=end)
        with stopping_build(workshop):
            ended.start()
            run = threading.Thread(target=workshop.apply)
            run.start()
            ended.join()
        run.join()
    assert_whole(workshop, ["succeeded"])


def test_file_that_is_killed_before_it_commits_is_not_recorded_as_run(
    server: Server, database: Session, tmp_path: Path
) -> None:
    (tmp_path / "0001_a.up.sql").write_text("CREATE TABLE t (id bigint);\nSELECT pg_sleep(0.5);\n", encoding="utf-8")
    at = Destination(url=database.dsn.url, history=tmp_path)
    with server.session(database.dsn.database) as other:

        def end() -> None:
            while not (pid := other.value(SLEEPING)):
                time.sleep(0.02)
            other.execute("SELECT pg_terminate_backend(%s)", (pid,))

        ended = threading.Thread(target=end)
        ended.start()
        with pytest.raises(DatabaseError, match="failed"):
            migrate_apply(at=at, postgres_url=server.dsn.url)
        ended.join()
    assert [(run.outcome, run.revisions) for run in RunTable(database).runs()] == [("failed", ())]
    assert database.value("SELECT to_regclass('t')") is None
    assert migrate_apply(at=at, postgres_url=server.dsn.url).ended == "succeeded"
    assert [each.revision for each in RunTable(database).runs()[-1].revisions] == ["0001_a"]


@pytest.mark.parametrize("sql", [True, False])
def test_connection_lost_while_a_constraint_is_validated_is_followed_by_a_run_that_validates_it(
    server: Server, database: Session, tmp_path: Path, *, sql: bool
) -> None:
    goal, history = tmp_path / "goal.sql", tmp_path / "migrations"
    history.mkdir()
    for text in (PACED, PACED + FINE):
        goal.write_text(text, encoding="utf-8")
        migrate_new("a change", models=str(goal), history=history, sql=sql, postgres_url=server.dsn.url)
        if text == PACED:
            at = Destination(url=database.dsn.url, history=history)
            assert migrate_apply(at=at, postgres_url=server.dsn.url).ended == "succeeded"
    database.script("INSERT INTO orders VALUES (1, 10); INSERT INTO pace VALUES (600)")
    with server.session(database.dsn.database) as other:

        def end() -> None:
            while not (pid := other.value(SLEEPING)):
                time.sleep(0.02)
            other.script("UPDATE pace SET seconds = 0")
            other.execute("SELECT pg_terminate_backend(%s)", (pid,))

        ended = threading.Thread(target=end)
        ended.start()
        with pytest.raises(DatabaseError, match="failed") as caught:
            migrate_apply(at=at, postgres_url=server.dsn.url)
        ended.join()
    made, checked = "+ constraint ck_orders_amount of orders", "~ constraint ck_orders_amount of orders: validated"
    assert f"In place: {made}. Not in place: {checked}." in caught.value.detail
    status = migrate_status(at=at, postgres_url=server.dsn.url)
    assert status.half_applied is not None
    assert (status.half_applied.done, status.half_applied.missing, status.drift) == ((made,), (checked,), ())
    validated = "SELECT convalidated FROM pg_constraint WHERE conname = 'ck_orders_amount'"
    assert database.value(validated) is False
    assert migrate_apply(at=at, postgres_url=server.dsn.url).ended == "succeeded"
    assert database.value(validated) is True
    assert [run.outcome for run in RunTable(database).runs()] == ["succeeded", "failed", "succeeded"]


def test_second_applier_waits_and_says_who_is_at_work(workshop: Workshop) -> None:
    with workshop.server.session(workshop.session.dsn.database) as other:
        other.execute("SET application_name = 'somebody'")
        assert lock_exclusively(other, APPLYING, wait_seconds=0)
        with pytest.raises(DatabaseError, match="somebody else applies migrations") as caught:
            workshop.apply(wait=0.2)
        assert f'process {other.backend_pid} "somebody"' in caught.value.detail
        threading.Timer(0.5, other.close).start()
        assert workshop.apply().ended == "succeeded"
