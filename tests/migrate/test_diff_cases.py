"""Pairs of schemas as data: each leads to the other and back, and no row is lost without being said to be."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from colonnade.migrate import Step, plan, script
from colonnade.postgres import Server, Session, casts_of, read_catalog
from colonnade.schema.dependencies import Catalog
from colonnade.schema.diff import diff
from colonnade.schema.difference import differences
from migrate_support import without_order

CASES = sorted((Path(__file__).parent / "cases").glob("*.sql"))
SHARED = Path(__file__).parents[3] / "shared" / "cases" / "diff"
SHARED_CASES = sorted(SHARED.iterdir()) if SHARED.is_dir() else []


def halves(path: Path) -> tuple[str, str]:
    """Return the two schemas of a case."""
    before, after = path.read_text(encoding="utf-8").removeprefix("-- before\n").split("-- after\n")
    return before, after


def move(session: Session, goal: Catalog) -> Sequence[Step]:
    """Make the session's database like the other one, and return the steps that did."""
    before = read_catalog(session)
    steps = plan(diff(before.schema, goal.schema), before=before, after=goal, casts=casts_of(session))
    session.script(script(steps), atomic=False)
    reached = read_catalog(session).schema
    assert differences(goal.schema, without_order(reached, goal.schema)) == ()
    assert diff(reached, goal.schema) == ()
    return steps


def rows_of(session: Session) -> dict[str, int]:
    """Return how many rows each table has."""
    tables = read_catalog(session).schema.tables
    return {table.identifier: session.value(f"SELECT count(*) FROM {table.identifier}") for table in tables}


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_each_schema_of_a_case_becomes_the_other_with_its_rows(server: Server, case: Path) -> None:
    before, after = halves(case)
    with server.scratch_database() as one, server.scratch_database() as two:
        one.script(before)
        two.script(after)
        start, goal = read_catalog(one), read_catalog(two)
        counted = rows_of(one)
        steps = move(one, goal)
        lost = {step.loses for step in steps if step.loses}
        kept = {name for name in counted if f"the rows of {name}" not in lost}
        left = rows_of(one)
        assert {name: counted[name] for name in kept} == {name: left[name] for name in kept}
        move(one, start)


def test_sequence_goes_on_from_where_it_was_or_the_nearest_value_that_it_may_give(server: Server) -> None:
    before, after = halves(Path(__file__).parent / "cases" / "sequences_get_narrower.sql")
    with server.scratch_database() as one, server.scratch_database() as two:
        one.script(before)
        two.script(after)
        move(one, read_catalog(two))
        reached = {name: one.value(f"SELECT nextval('{name}')") for name in ("beyond", "within", "apart", "down")}
        assert reached == {"beyond": 99, "within": 51, "apart": 150, "down": -10}
        assert one.value('INSERT INTO "t $$ x" (n) VALUES (3) RETURNING id') == 1000


@pytest.mark.parametrize("case", SHARED_CASES, ids=lambda path: path.name)
def test_shared_cases_converge_both_ways(server: Server, case: Path) -> None:
    with server.scratch_database() as one, server.scratch_database() as two:
        one.script((case / "a.sql").read_text(encoding="utf-8"))
        two.script((case / "b.sql").read_text(encoding="utf-8"))
        start, goal = read_catalog(one), read_catalog(two)
        move(one, goal)
        move(one, start)


def test_an_identity_column_goes_on_behind_its_largest_value(server: Server) -> None:
    before, after = halves(next(case for case in CASES if case.stem == "serial_becomes_identity"))
    with server.scratch_database() as one, server.scratch_database() as two:
        one.script(before)
        two.script(after)
        move(one, read_catalog(two))
        assert one.value("INSERT INTO t (name) VALUES ('c') RETURNING id") == 3


def test_a_sequence_with_another_name_goes_on_where_it_was(server: Server) -> None:
    before, after = halves(next(case for case in CASES if case.stem == "sequences_are_renamed"))
    with server.scratch_database() as one, server.scratch_database() as two:
        one.script(before)
        two.script(after)
        move(one, read_catalog(two))
        assert one.value("INSERT INTO t (m) VALUES (3) RETURNING id") == 3


def test_a_row_with_a_value_that_is_gone_stops_the_script(server: Server) -> None:
    with server.scratch_database() as one, server.scratch_database() as two:
        one.script("CREATE TYPE e AS ENUM ('a', 'b'); CREATE TABLE t (x e); INSERT INTO t VALUES ('b')")
        two.script("CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (x e)")
        start, goal = read_catalog(one), read_catalog(two)
        steps = plan(diff(start.schema, goal.schema), before=start, after=goal, casts=casts_of(one))
        with pytest.raises(Exception, match="invalid input value"):
            one.script(script(steps), atomic=False)
        one.reconnect()
        assert read_catalog(one).schema == start.schema
        assert one.value("SELECT x::text FROM t") == "b"


def test_what_loses_content_is_marked(server: Server) -> None:
    with server.scratch_database() as one, server.scratch_database() as two:
        one.script("CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 1) STORED, c text); CREATE TABLE u (x int)")
        two.script("CREATE TABLE t (a int)")
        start, goal = read_catalog(one), read_catalog(two)
        steps = plan(diff(start.schema, goal.schema), before=start, after=goal, casts=casts_of(one))
    assert {step.loses for step in steps} == {"", "the values of t.c", "the rows of u"}


def test_the_script_runs_through_psql(server: Server, psql: str, tmp_path: Path) -> None:
    before, after = halves(next(case for case in CASES if case.stem == "enum_gains_values_anywhere"))
    with server.scratch_database() as one, server.scratch_database() as two:
        one.script(before)
        two.script(after)
        start, goal = read_catalog(one), read_catalog(two)
        steps = plan(diff(start.schema, goal.schema), before=start, after=goal, casts=casts_of(one))
        file = tmp_path / "change.sql"
        file.write_text(script(steps, heading=["A change."]), encoding="utf-8")
        command = [psql, "-qX", "-v", "ON_ERROR_STOP=1", "-f", file, one.url]
        subprocess.run(list(map(str, command)), check=True, capture_output=True)
        assert diff(read_catalog(one).schema, goal.schema) == ()
