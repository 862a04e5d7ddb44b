"""Plans in safe stages: they lead there and back with every row, and a second run has nothing to do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from plans import SAFE_CASES, built, halves, is_like, planned, run
from test_diff_cases import CASES, rows_of

from colonnade.errors import StatementError
from colonnade.migrate.renaming import backwards
from colonnade.migrate.safe.backfill import backfill
from colonnade.migrate.safe.second_column import expands
from colonnade.migrate.safe.triggers import disturbed
from colonnade.migrate.safe_plan import safe_plan
from colonnade.postgres import Server, read_catalog
from colonnade.schema.changes import AlterColumnType
from colonnade.schema.diff import diff


@pytest.fixture(scope="module", autouse=True)
def _roles(server: Server) -> Iterator[None]:
    """Drop the roles that the cases make."""
    with server.temporary_roles():
        yield


@pytest.mark.parametrize("case", [*SAFE_CASES, *CASES], ids=lambda path: path.stem)
def test_a_plan_leads_there_and_back_and_a_second_run_has_nothing_to_do(server: Server, case: Path) -> None:
    before, after = halves(case)
    with server.scratch_database() as one, server.scratch_database() as two:
        start, goal = built(one, before), built(two, after)
        counted = rows_of(one)
        up = planned(server, one, goal)
        assert run(one, up) == sum(not stage.done for stage in up.stages)
        assert is_like(one, goal)
        lost, left = ", ".join(up.losses), rows_of(one)
        kept = [name for name in counted if f"the rows of {name}" not in lost]
        assert {name: counted[name] for name in kept} == {name: left[name] for name in kept}
        down = planned(server, one, start)
        assert is_like(one, start)
        assert up.after == down.before


def test_keys_that_change_their_type_are_never_written_anew_and_go_on_counting(server: Server) -> None:
    before = (
        "CREATE TABLE a (id serial PRIMARY KEY); CREATE TABLE b (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);"
        "CREATE TABLE c (id int GENERATED ALWAYS AS IDENTITY (START WITH 100 INCREMENT BY -7 MAXVALUE 100) PRIMARY KEY)"
    )
    with server.scratch_database() as one, server.scratch_database() as two:
        start, goal = built(one, before), built(two, before.replace("serial", "bigserial").replace("int ", "bigint "))
        for number, catalog in enumerate((start, goal, start), start=1):
            plan = planned(server, one, catalog)
            assert [statement.sql for statement in plan.statements if statement.rewrites] == []
            for table in ("a", "b"):
                assert one.value(f"INSERT INTO {table} DEFAULT VALUES RETURNING id") == number
            assert one.value("INSERT INTO c DEFAULT VALUES RETURNING id") == 107 - 7 * number


def test_columns_that_hold_more_than_can_be_built_twice_change_as_they_are(server: Server) -> None:
    before, after = halves(next(case for case in CASES if case.stem == "types_that_change_at_once"))
    with server.scratch_database() as one, server.scratch_database() as two:
        built(one, before)
        plan = planned(server, one, built(two, after))
        assert [each.sql for each in plan.statements if "x_new" in each.sql] == []


def test_what_needs_a_column_and_goes_by_itself_keeps_it_as_it_is(server: Server) -> None:
    before = "CREATE TABLE t (x int); CREATE VIEW v AS SELECT x FROM t"
    with server.scratch_database() as one, server.scratch_database() as two:
        start, goal = built(one, before), built(two, "CREATE TABLE t (x bigint)")
        (change,) = (each for each in diff(start.schema, goal.schema) if isinstance(each, AlterColumnType))
        assert not expands(change, (), start, goal)
        one.execute("DROP VIEW v")
        assert expands(change, (), read_catalog(one), goal)


def test_rows_that_move_while_a_column_is_filled_are_filled_too(server: Server) -> None:
    before = "CREATE TABLE t (id int PRIMARY KEY, note text)"
    rows = "INSERT INTO t SELECT g, repeat('x', 2000) FROM generate_series(1, 400) g"
    with server.scratch_database() as one, server.scratch_database() as two:
        built(one, before)
        goal = built(
            two, "CREATE TABLE t (id int PRIMARY KEY, note text, token uuid NOT NULL DEFAULT gen_random_uuid())"
        )
        plan = planned(server, one, goal)
        one.script(f"ALTER TABLE t DROP COLUMN token; {rows}")
        over = threading.Event()
        # A new version of a row is in another block. Each is written by itself: two that hold rows may lock each other.
        update = "UPDATE t SET note = note WHERE id = row; COMMIT;"
        moves = f"DO 'BEGIN FOR row IN 1 .. 400 LOOP {update} END LOOP; END'"

        def move() -> None:
            with server.session(one.dsn.database) as other:
                while not over.is_set():
                    other.execute(moves)

        moving = threading.Thread(target=move)
        moving.start()
        try:
            run(one, plan)
        finally:
            over.set()
            moving.join()
        assert is_like(one, goal)


def test_what_triggers_keep_of_changes_stays_what_it_was(server: Server) -> None:
    before, after = halves(next(case for case in SAFE_CASES if case.stem == "tables_with_triggers"))
    kept = "SELECT count(*), max(updated_at), max(version), (SELECT count(*) FROM trail) FROM tasks"
    firing = "SELECT tgname::text, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"
    with server.scratch_database() as one, server.scratch_database() as two:
        start, goal = built(one, before), built(two, after)
        rows, triggers = one.execute(kept), one.execute(firing)
        for catalog in (goal, start):
            plan = planned(server, one, catalog)
            assert [statement.sql for statement in plan.statements if statement.rewrites] == []
            assert (one.execute(kept), one.execute(firing)) == (rows, triggers)


def test_filling_lets_others_pass_while_it_waits_for_them(server: Server) -> None:
    """A transaction that has written keeps triggers from being turned off, and others write in the meantime."""
    before, _ = halves(next(case for case in SAFE_CASES if case.stem == "tables_with_triggers"))
    with server.scratch_database() as one:
        table = built(one, before).schema.table("tasks")
        one.execute("ALTER TABLE tasks ADD COLUMN code uuid")
        one.execute("ALTER TABLE tasks ALTER COLUMN code SET DEFAULT gen_random_uuid()")
        paused = disturbed(table, table)
        fill = backfill(table, "code = DEFAULT", "code IS NULL", sentence="", done="", until_none=True, paused=paused)
        with server.session(one.dsn.database) as writer, server.session(one.dsn.database) as other:
            writer.execute("BEGIN")
            writer.execute("UPDATE tasks SET n = 0 WHERE id = 1")
            filling = threading.Thread(target=lambda: one.execute(fill.sql[0]))
            filling.start()
            for number in range(2, 12):
                other.execute("UPDATE tasks SET n = 0 WHERE id = %s", (number,))
            assert filling.is_alive()
            writer.execute("COMMIT")
            filling.join(20)
        assert one.value("SELECT count(*) FROM tasks WHERE code IS NULL") == 0
        assert one.value("SELECT max(version) FROM tasks") == 2


def test_renames_are_stages_that_know_when_they_are_done_and_go_back(server: Server) -> None:
    before = "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE t (a mood); INSERT INTO t VALUES ('sad')"
    after = "CREATE TYPE mood AS ENUM ('bad'); CREATE TABLE u (b mood)"
    renames = ["public.mood.sad=public.mood.bad", "public.t.a=public.t.b", "public.t=public.u"]
    with server.scratch_database() as one, server.scratch_database() as two:
        start, goal = built(one, before), built(two, after)
        up = safe_plan(server, one, lambda _: goal, read=lambda: read_catalog(one), renames=renames)
        assert len(up.stages) == 3
        assert not up.losses
        assert run(one, up) == 0
        assert one.value("SELECT b::text FROM u") == "bad"
        down = safe_plan(server, one, lambda _: start, read=lambda: read_catalog(one), renames=backwards(renames))
        assert not down.losses
        assert run(one, down) == 0
        assert one.value("SELECT a::text FROM t") == "sad"


def test_an_index_that_a_stopped_build_left_is_built_again(server: Server) -> None:
    with server.scratch_database() as one, server.scratch_database() as two:
        built(one, "CREATE TABLE t (a int NOT NULL)")
        goal = built(two, "CREATE TABLE t (a int NOT NULL); CREATE UNIQUE INDEX t_a_idx ON t (a)")
        up = planned(server, one, goal)
        one.execute("DROP INDEX t_a_idx")
        one.execute("INSERT INTO t VALUES (1), (1)")
        with pytest.raises(StatementError, match="could not create unique index"):
            one.execute("CREATE UNIQUE INDEX CONCURRENTLY t_a_idx ON t (a)")
        one.execute("DELETE FROM t")
        assert run(one, up) == 3
        assert one.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_a_idx'::regclass")
        assert is_like(one, goal)


def test_an_index_of_a_materialised_view_is_built_concurrently_and_comes_back_with_its_view(server: Server) -> None:
    plain = "CREATE TABLE t (a int, b int); CREATE MATERIALIZED VIEW m AS SELECT a FROM t;"
    wider = plain.replace("SELECT a", "SELECT a, b") + "CREATE UNIQUE INDEX i ON m (a, b)"
    with server.scratch_database() as one, server.scratch_database() as two, server.scratch_database() as three:
        built(one, plain)
        oid = one.value("SELECT 'm'::regclass::oid::int8")
        for goal in ("CREATE UNIQUE INDEX i ON m (a)", "CREATE UNIQUE INDEX i ON m (a DESC)"):
            with server.scratch_database() as other:
                plan = planned(server, one, built(other, plain + goal))
            assert "CREATE UNIQUE INDEX CONCURRENTLY" in " ".join(each.sql for each in plan.statements)
            assert one.value("SELECT 'm'::regclass::oid::int8") == oid
        beside, exchange = planned(server, one, built(two, wider)).stages
        assert [text.split("\n")[0] for text in beside.sql] == [
            "CREATE MATERIALIZED VIEW m_new AS",
            "CREATE UNIQUE INDEX i_new ON m_new (a, b)",
        ]
        assert exchange.sql == (
            "DROP MATERIALIZED VIEW m",
            "ALTER MATERIALIZED VIEW m_new RENAME TO m",
            "ALTER INDEX i_new RENAME TO i",
        )
        plan = planned(server, one, built(three, plain.replace("SELECT a", "SELECT a, b")))
        assert "DROP INDEX CONCURRENTLY IF EXISTS i" in [each.sql for each in plan.statements]


def test_a_view_with_triggers_is_exchanged_with_them_while_its_column_changes_type(server: Server) -> None:
    before = (
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TABLE t (a int);"
        "CREATE VIEW v AS SELECT a FROM t;"
        "CREATE TRIGGER g INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION f(); COMMENT ON TRIGGER g ON v IS 'x'"
    )
    with server.scratch_database() as one, server.scratch_database() as two:
        start, goal = built(one, before), built(two, before.replace("a int", "a bigint"))
        for catalog in (goal, start):
            plan = planned(server, one, catalog)
            assert [each.sql for each in plan.statements if each.rewrites] == []
            (exchange,) = (stage for stage in plan.stages if "DROP VIEW v" in stage.sql)
            assert {text.split(" ")[1] for text in exchange.sql if text.startswith("CREATE")} == {"VIEW", "TRIGGER"}
            assert is_like(one, catalog)


def test_a_trigger_of_a_view_changes_without_the_view(server: Server) -> None:
    before, after = halves(next(case for case in CASES if case.stem == "trigger_of_a_view_changes_alone"))
    with server.scratch_database() as one, server.scratch_database() as two:
        built(one, before)
        plan = planned(server, one, built(two, after))
    assert {text.split(" ")[1] for stage in plan.stages for text in stage.sql} == {"TRIGGER", "ON"}
