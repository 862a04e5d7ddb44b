"""Sessions: rows, scripts with places, transactions, attempts."""

from __future__ import annotations

import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from colonnade.dsn import Dsn
from colonnade.errors import DatabaseError, StatementError
from colonnade.postgres import Attempt, Session

TABLES = """
CREATE TABLE parent (id int PRIMARY KEY, name text NOT NULL, CONSTRAINT short CHECK (length(name) < 5));
CREATE TABLE child (parent_id int CONSTRAINT child_parent REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
INSERT INTO parent VALUES (1, 'one');
"""


@pytest.fixture
def tables(database: Session) -> Session:
    """A session on a database with two tables and one row."""
    database.script(TABLES)
    return database


def test_rows_come_as_tuples_or_by_name(tables: Session) -> None:
    assert tables.execute("SELECT id, name FROM parent WHERE id = %s", (1,)) == [(1, "one")]
    assert tables.rows("SELECT id, name FROM parent WHERE id = %(id)s", {"id": 1}) == [{"id": 1, "name": "one"}]
    assert tables.value("SELECT name FROM parent WHERE false") is None


def test_percent_stands_for_itself_without_parameters(tables: Session) -> None:
    assert tables.execute("SELECT name FROM parent WHERE name LIKE 'on%'") == [("one",)]


def test_refusal_carries_state_constraint_and_statement(tables: Session) -> None:
    with pytest.raises(StatementError) as caught:
        tables.execute("INSERT INTO parent VALUES (2, 'too long')")
    assert caught.value.sqlstate == "23514"
    assert caught.value.constraint == "short"
    assert caught.value.statement.startswith("INSERT")


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("SELECT 1;\n\nSELECT\n  1,\n  missing;", 5),
        ("SELECT 1;\n\nINSERT INTO\n parent VALUES (1, 'x');", 3),
        ("SELECT 1;\n-- note\nSELEC 2;", 3),
    ],
)
def test_script_names_the_line_of_the_refused_statement(tables: Session, script: str, line: int) -> None:
    with pytest.raises(StatementError) as caught:
        tables.script(script, path="schema.sql")
    assert caught.value.at is not None
    assert (caught.value.at.path, caught.value.at.line) == ("schema.sql", line)


def test_atomic_script_does_all_or_nothing(tables: Session) -> None:
    script = "INSERT INTO parent VALUES (2, 'two'); SELECT 1 / 0"
    with pytest.raises(StatementError):
        tables.script(script)
    assert tables.value("SELECT count(*) FROM parent") == 1
    with pytest.raises(StatementError):
        tables.script(script, atomic=False)
    assert tables.value("SELECT count(*) FROM parent") == 2
    tables.script("CREATE INDEX CONCURRENTLY ON parent (name)", atomic=False)


def test_transactions_nest(tables: Session) -> None:
    with tables.transaction():
        tables.execute("INSERT INTO parent VALUES (2, 'two')")
        with tables.rolled_back():
            tables.execute("INSERT INTO parent VALUES (3, 'tri')")
            assert tables.value("SELECT count(*) FROM parent") == 3
        assert tables.value("SELECT count(*) FROM parent") == 2
    assert not tables.in_transaction
    assert tables.value("SELECT count(*) FROM parent") == 2


def test_open_transaction_is_seen(tables: Session) -> None:
    with pytest.raises(StatementError), tables.transaction():
        tables.execute("SELECT 1 / 0")
    with tables.transaction():
        assert tables.in_transaction


def test_deferred_constraint_fails_at_commit_as_our_error(tables: Session) -> None:
    with pytest.raises(StatementError) as caught, tables.transaction():
        tables.execute("INSERT INTO child VALUES (99)")
    assert caught.value.constraint == "child_parent"


def test_role_is_taken_and_given_back(tables: Session) -> None:
    with tables.rolled_back():
        tables.execute('CREATE ROLE "Odd ""role"')
        tables.set_role('Odd "role')
        assert tables.value("SELECT current_user") == 'Odd "role'
        assert tables.attempt("SELECT * FROM parent").sqlstate == "42501"
        tables.set_role(None)
    assert tables.value("SELECT current_user") == "postgres"


def test_notices_are_kept(tables: Session) -> None:
    tables.execute("DO $$BEGIN RAISE WARNING 'careful'; END$$")
    assert [(notice.severity, notice.message) for notice in tables.notices] == [("WARNING", "careful")]
    tables.clear_notices()
    assert tables.notices == ()


ATTEMPTS = {
    "INSERT INTO parent VALUES (2, 'two')": Attempt(ok=True, row_count=1),
    "INSERT INTO parent VALUES (1, 'dup')": Attempt(
        ok=False, sqlstate="23505", constraint="parent_pkey", table="parent"
    ),
    "INSERT INTO parent VALUES (2, 'too long')": Attempt(
        ok=False, sqlstate="23514", constraint="short", table="parent"
    ),
    "INSERT INTO parent VALUES (2, NULL)": Attempt(ok=False, sqlstate="23502", table="parent", column="name"),
    "INSERT INTO child VALUES (99)": Attempt(ok=False, sqlstate="23503", constraint="child_parent", table="child"),
    "DELETE FROM parent": Attempt(ok=True, row_count=1),
    "SELECT 'a''b' FROM parent": Attempt(ok=True, row_count=1),
    "nonsense": Attempt(ok=False, sqlstate="42601"),
}


def without_text(attempt: Attempt) -> Attempt:
    """An attempt without the parts that the cases do not state."""
    return Attempt(
        ok=attempt.ok,
        sqlstate=attempt.sqlstate,
        constraint=attempt.constraint,
        table=attempt.table,
        column=attempt.column,
        row_count=attempt.row_count,
    )


@pytest.mark.parametrize(("sql", "expected"), ATTEMPTS.items(), ids=ATTEMPTS.keys())
def test_attempt(tables: Session, sql: str, expected: Attempt) -> None:
    found = tables.attempt(sql)
    assert without_text(found) == expected
    assert bool(found.message) != found.ok
    assert tables.value("SELECT array_agg(id) FROM parent") == [1]


def test_batch_of_attempts_says_the_same(tables: Session) -> None:
    assert tuple(map(without_text, tables.attempt_all(list(ATTEMPTS)))) == tuple(ATTEMPTS.values())
    assert tables.value("SELECT array_agg(id) FROM parent") == [1]
    assert tables.attempt_all([]) == ()


def test_attempts_work_inside_a_transaction_and_take_parameters(tables: Session) -> None:
    with tables.rolled_back():
        tables.execute("INSERT INTO parent VALUES (2, 'two')")
        found = tables.attempt("SELECT name FROM parent WHERE id = %s", (2,))
        assert found.rows == (("two",),)
        assert not tables.attempt("INSERT INTO parent VALUES (%s, %s)", (2, "dup")).ok
        assert tables.value("SELECT count(*) FROM parent") == 2


def test_batch_may_change_the_role_for_one_attempt(tables: Session) -> None:
    with tables.rolled_back():
        tables.execute("CREATE ROLE app")
        denied, allowed = tables.attempt_all(["SET LOCAL ROLE app; SELECT * FROM parent", "SELECT * FROM parent"])
    assert denied.sqlstate == "42501"
    assert allowed.row_count == 1


def test_a_thousand_attempts_take_one_round_trip(tables: Session) -> None:
    started = time.perf_counter()
    outcomes = tables.attempt_all(["INSERT INTO parent VALUES (1, 'dup')"] * 1000)
    assert {outcome.sqlstate for outcome in outcomes} == {"23505"}
    assert time.perf_counter() - started < 2


def test_value_that_cannot_be_sent_is_not_taken_for_a_lost_connection(tables: Session) -> None:
    with pytest.raises(StatementError, match="NUL"):
        tables.execute("SELECT %s::text", ("a\0b",))
    assert not tables.attempt("INSERT INTO parent VALUES (9, %s)", ("\0",)).ok
    assert not tables.closed


def test_reconnecting_starts_afresh(tables: Session) -> None:
    backend = tables.value("SELECT pg_backend_pid()")
    tables.execute("CREATE TEMP TABLE gone ()")
    tables.reconnect()
    assert tables.value("SELECT pg_backend_pid()") != backend
    assert tables.value("SELECT to_regclass('gone')") is None


@pytest.mark.parametrize("state", ["53100", "53200", "53300"])
def test_exhausted_server_is_no_refusal_of_the_statement(database: Session, state: str) -> None:
    with pytest.raises(DatabaseError, match="run out of something") as caught:
        database.execute(f"DO $$ BEGIN RAISE 'no space left' USING ERRCODE = '{state}'; END $$")
    assert not isinstance(caught.value, StatementError)
    assert caught.value.detail == "no space left."


class Interruption(BaseException):
    """Somebody loses patience."""


def test_connection_that_is_half_made_is_closed_when_somebody_interrupts() -> None:
    def interrupt(*_: object) -> None:
        raise Interruption

    def accept() -> socket.socket:
        server_side, _ = silent.accept()
        server_side.recv(1)  # the client waits for an answer now
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)
        return server_side

    before = signal.signal(signal.SIGALRM, interrupt)
    with socket.create_server(("127.0.0.1", 0)) as silent, ThreadPoolExecutor(1) as beside:
        accepted = beside.submit(accept)
        try:
            Session(Dsn(host="127.0.0.1", port=str(silent.getsockname()[1]), user="u", database="d"))
        except Interruption:
            with accepted.result() as server_side:
                server_side.settimeout(5)
                while server_side.recv(1024):
                    pass
        else:
            pytest.fail("nobody interrupted")
        finally:
            signal.signal(signal.SIGALRM, before)
