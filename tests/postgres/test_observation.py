"""What statements do is seen: in a transaction, outside of one, on empty tables, and when they are refused."""

from __future__ import annotations

import time

import pytest

from colonnade.errors import StatementError
from colonnade.postgres import Server, Session
from colonnade.postgres.observation import observe
from colonnade.schema.names import ObjectName
from colonnade.sql.locks import LockMode

SCHEMA = """
CREATE TABLE owners (id bigint PRIMARY KEY);
CREATE TABLE things (id bigint PRIMARY KEY, size integer, owner_id bigint);
CREATE INDEX ix_things_size ON things (size);
CREATE TABLE logs (id bigint, day date) PARTITION BY RANGE (day);
CREATE TABLE logs_2020 PARTITION OF logs FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE SCHEMA shop;
CREATE TABLE shop.things (id bigint);
"""
THINGS = ObjectName(kind="table", name="things")
OWNERS = ObjectName(kind="table", name="owners")


@pytest.fixture
def things(database: Session) -> Session:
    """Give a database whose tables are empty."""
    database.script(SCHEMA)
    return database


def modes(things: Session, sql: str) -> dict[str, str]:
    """Return the locks on tables that a statement takes."""
    return {str(lock.relation): lock.mode for lock in observe(things, sql).locks if lock.relation.kind == "table"}


def test_a_statement_in_a_transaction_of_its_own(things: Session) -> None:
    found = observe(things, "ALTER TABLE things ALTER COLUMN size TYPE bigint")
    assert found.transactional
    assert found.lock_on(THINGS) is LockMode.ACCESS_EXCLUSIVE
    assert found.rewritten == (THINGS,)
    assert [index.name for index in found.built] == ["ix_things_size", "things_pkey"]
    assert not things.in_transaction
    assert things.value("SELECT pg_typeof(size)::text FROM (SELECT) LEFT JOIN things ON true") == "bigint"


def test_checks_are_seen_on_empty_tables_and_only_on_the_right_one(things: Session) -> None:
    assert observe(things, "ALTER TABLE things ALTER COLUMN size SET NOT NULL").scanned == (THINGS,)
    key = "ALTER TABLE things ADD CONSTRAINT k FOREIGN KEY (owner_id) REFERENCES owners"
    assert observe(things, f"{key} NOT VALID").scanned == ()
    found = observe(things, "ALTER TABLE things VALIDATE CONSTRAINT k")
    assert found.scanned == (THINGS,)
    assert found.lock_on(THINGS) is LockMode.SHARE_UPDATE_EXCLUSIVE
    assert found.lock_on(OWNERS) is LockMode.ROW_SHARE


def test_what_rows_make_happen_is_seen_where_there_are_some(things: Session) -> None:
    things.execute("INSERT INTO things VALUES (1, 1, 1)")
    assert observe(things, "UPDATE things SET size = 2").scanned == (THINGS,)
    assert observe(things, "INSERT INTO things VALUES (2, 1, 1)").scanned == ()


def test_what_only_the_catalog_knows_touches_nothing(things: Session) -> None:
    found = observe(things, "ALTER TABLE things ADD COLUMN colour text DEFAULT 'red'")
    assert (found.rewritten, found.scanned, found.built) == ((), (), ())
    assert found.lock_on(THINGS) is LockMode.ACCESS_EXCLUSIVE


def test_new_relations_have_no_locks_that_anybody_waits_for(things: Session) -> None:
    found = observe(things, "CREATE TABLE parts (id bigint PRIMARY KEY, thing_id bigint REFERENCES things)")
    assert {lock.relation for lock in found.locks if lock.relation.kind == "table"} == {THINGS}
    assert found.lock_on(THINGS) is LockMode.SHARE_ROW_EXCLUSIVE


def test_statements_of_one_transaction_show_their_own_locks(things: Session) -> None:
    with things.transaction():
        things.execute("SELECT FROM owners")
        assert modes(things, "CREATE INDEX i ON things (owner_id)") == {"things": "SHARE"}
        assert modes(things, "ALTER TABLE things ADD COLUMN x int") == {"things": "ACCESS EXCLUSIVE"}
        assert modes(things, "SELECT FROM owners") == {}


@pytest.mark.parametrize(
    ("sql", "locks", "scanned", "built"),
    [
        ("CREATE INDEX CONCURRENTLY i ON things (owner_id)", {"things": "SHARE UPDATE EXCLUSIVE"}, "things", "i"),
        ("DROP INDEX CONCURRENTLY ix_things_size", {"things": "SHARE UPDATE EXCLUSIVE"}, "", ""),
        (
            "REINDEX INDEX CONCURRENTLY ix_things_size",
            {"things": "SHARE UPDATE EXCLUSIVE"},
            "things",
            "ix_things_size",
        ),
        (
            "ALTER TABLE logs DETACH PARTITION logs_2020 CONCURRENTLY",
            {"logs": "SHARE UPDATE EXCLUSIVE", "logs_2020": "ACCESS EXCLUSIVE"},
            "",
            "",
        ),
        ("VACUUM things", {"things": "SHARE UPDATE EXCLUSIVE"}, "", ""),
    ],
)
def test_statements_that_no_transaction_takes(
    things: Session, sql: str, locks: dict[str, str], scanned: str, built: str
) -> None:
    found = observe(things, sql)
    assert not found.transactional
    assert {str(lock.relation): lock.mode for lock in found.locks if lock.relation.kind == "table"} == locks
    assert [each.name for each in found.scanned] == [scanned] * bool(scanned)
    assert [each.name for each in found.built] == [built] * bool(built)
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    deadline = time.monotonic() + 10  # a backend takes a moment to notice that its client is gone
    while things.value(waiting) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert things.value(waiting) == 0


def test_a_statement_that_no_transaction_takes_is_refused_in_one(things: Session) -> None:
    with pytest.raises(StatementError) as caught, things.transaction():
        observe(things, "CREATE INDEX CONCURRENTLY i ON things (owner_id)")
    assert caught.value.sqlstate == "25001"


@pytest.mark.parametrize("how", ["", "CONCURRENTLY "])
def test_a_refused_statement_leaves_the_session_as_it_was(things: Session, how: str) -> None:
    things.execute("SET client_min_messages = warning")
    things.execute("INSERT INTO things VALUES (1, 1, 1), (2, 1, 1)")
    with pytest.raises(StatementError, match="could not create unique index"):
        observe(things, f"CREATE UNIQUE INDEX {how}u ON things (size)")
    assert things.value("SHOW client_min_messages") == "warning"
    assert not things.in_transaction


def test_notices_for_people_are_kept(things: Session) -> None:
    found = observe(things, "DROP TABLE IF EXISTS nothing")
    assert [(notice.severity, notice.message) for notice in found.notices] == [
        ("NOTICE", 'table "nothing" does not exist, skipping')
    ]


def test_lock_modes_conflict_as_on_the_server(server: Server, things: Session) -> None:
    with server.session(things.dsn.database) as other:
        for held in LockMode:
            with things.rolled_back():
                things.execute(f"LOCK TABLE things IN {held} MODE")
                for wanted in LockMode:
                    refused = other.attempt(f"LOCK TABLE things IN {wanted} MODE NOWAIT").sqlstate == "55P03"
                    assert held.conflicts_with(wanted) is refused, (held, wanted)
    assert [mode for mode in LockMode if mode.blocks_reads] == [LockMode.ACCESS_EXCLUSIVE]
    assert min(mode.strength for mode in LockMode if mode.blocks_writes) == LockMode.SHARE.strength
