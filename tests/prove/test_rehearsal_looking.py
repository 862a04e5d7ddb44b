"""Which statements of a migration only look, as the server sees it."""

from __future__ import annotations

from colonnade.postgres import Session
from colonnade.prove.rehearsal.looking import looking, without_sample

LOOKING = (
    "SELECT NOT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('public.i'))",
    "SHOW lock_timeout",
    "SET search_path = public",
    "SELECT set_config('lock_timeout', '0', false)",
    "BEGIN",
    "WITH each AS (SELECT count(*) FROM t) TABLE each",
)
CHANGING = (
    "SELECT nextval('s')",
    "SELECT fill()",
    "SELECT * FROM t FOR UPDATE",
    "WITH gone AS (DELETE FROM t RETURNING id) SELECT count(*) FROM gone",
    "SELECT * FROM not_there_yet",
    "SET CONSTRAINTS ALL IMMEDIATE",
    "INSERT INTO t VALUES (1)",
    "COMMIT",
    "DO $$ BEGIN END $$",
)


def test_queries_that_may_write_are_no_looking(database: Session) -> None:
    database.script(
        "CREATE TABLE t (id bigint); CREATE SEQUENCE s; CREATE FUNCTION fill() RETURNS void LANGUAGE sql"
        " AS 'INSERT INTO t VALUES (1)';"
    )
    assert looking(database, LOOKING) == set(range(1, len(LOOKING) + 1))
    assert looking(database, CHANGING) == set()
    assert not database.in_transaction
    assert database.value("SELECT count(*) FROM t") == 0


def test_each_tenth_is_stopped_at_all_the_same() -> None:
    assert without_sample({3}) == set()
    assert without_sample(range(1, 22)) == set(range(1, 22)) - {1, 11, 21}
