"""Folders of SQL files that we write for psql, reviewed like the revisions that hold the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade import api
from colonnade.api import Choices, migrate_lint
from colonnade.errors import ColonnadeError
from colonnade.postgres import Server

GUARD = "SELECT coalesce({}, false) AS done \\gset\n\\if :done\n\\else\n{}\n\\endif\n"
FIRST = "CREATE TABLE tasks (id bigint PRIMARY KEY, title text NOT NULL);"
PARTS = """
CREATE TABLE parts (id bigint PRIMARY KEY, task_id bigint NOT NULL REFERENCES tasks (id));
CREATE INDEX ix_parts_task_id ON parts (task_id);
ALTER TABLE tasks ADD COLUMN number bigint NOT NULL;
CREATE SEQUENCE tasks_number_seq OWNED BY tasks.number;
"""
SECOND = "CREATE TABLE tasks (id bigint PRIMARY KEY, name text NOT NULL); CREATE INDEX by_name ON tasks (name);"


def reviewed(server: Server, *paths: Path, whole: bool = False) -> list[tuple[str, str, int | None]]:
    """Return the findings about files."""
    found = migrate_lint(paths, choices=Choices(single_transaction=whole), postgres_url=server.dsn.url).review.findings
    return [(each.code, Path(each.at.path).name, each.at.line) for each in found]


def chained(server: Server, folder: Path, goals: tuple[str, str], renames: list[str]) -> Path:
    """Write files that lead to one schema, and on to another by a chain; return their folder."""
    history = folder / "sql"
    for goal, message in zip(goals, ("first", "second"), strict=True):
        (folder / "goal.sql").write_text(goal, encoding="utf-8")
        api.migrate_new(
            message,
            models=str(folder / "goal.sql"),
            history=history,
            allow_data_loss=True,
            sql=True,
            renames=renames if message == "second" else [],
            expand_contract=message == "second",
            postgres_url=server.dsn.url,
        )
    return history


@pytest.fixture(scope="module")
def chain(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a table, then an index built concurrently and a column renamed by a chain."""
    renames = ["public.tasks.title=public.tasks.name"]
    return chained(server, tmp_path_factory.mktemp("chain"), (FIRST, SECOND), renames)


def test_a_chain_of_ours_is_silent(server: Server, chain: Path) -> None:
    assert len(list(chain.glob("*.up.sql"))) == 4
    assert reviewed(server, chain) == []


def test_a_chain_of_a_table_is_silent(server: Server, tmp_path: Path) -> None:
    goals = (f"{FIRST} {PARTS}", f"{FIRST} {PARTS}".replace("tasks", "jobs").replace("title", "name"))
    history = chained(server, tmp_path, goals, ["public.tasks=public.jobs", "public.jobs.title=public.jobs.name"])
    assert len(list(history.glob("*.up.sql"))) == 3
    assert reviewed(server, history) == []


def test_a_way_back_comes_after_what_it_takes_back(server: Server, chain: Path) -> None:
    assert [code for code, _, _ in reviewed(server, chain / "0001_first.down.sql")] == ["PL401"]


def test_what_is_added_to_a_file_of_ours_is_found_at_its_line(server: Server, chain: Path, tmp_path: Path) -> None:
    text = (chain / "0001_first.up.sql").read_text(encoding="utf-8")
    (tmp_path / "0001_first.up.sql").write_text(text, encoding="utf-8")
    bad = GUARD.format("to_regclass('public.slow') IS NOT NULL", "CREATE INDEX slow ON tasks (title);")
    path = tmp_path / "0002_bad.up.sql"
    path.write_text(f"\\set ON_ERROR_STOP on\n\n{bad}", encoding="utf-8")
    assert ("PL101", "0002_bad.up.sql", 6) in reviewed(server, tmp_path)


@pytest.mark.parametrize("whole", [False, True])
def test_what_is_done_is_passed_over_and_its_transactions_are_its_own(
    server: Server, tmp_path: Path, *, whole: bool
) -> None:
    (tmp_path / "1_a.sql").write_text("CREATE TABLE t (id bigint PRIMARY KEY, a text);", encoding="utf-8")
    done = GUARD.format("to_regclass('public.t') IS NOT NULL", "DROP TABLE t;")
    created = "BEGIN;\nCREATE TABLE v (id bigint PRIMARY KEY);\nCOMMIT;"
    own = GUARD.format("to_regclass('public.v') IS NOT NULL", created)
    index = "DROP INDEX CONCURRENTLY IF EXISTS t_a;\nCREATE INDEX CONCURRENTLY t_a ON t (a);"
    built = GUARD.format("EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('t_a') AND indisvalid)", index)
    (tmp_path / "2_b.sql").write_text(done + built + own, encoding="utf-8")
    (tmp_path / "3_c.sql").write_text("COMMENT ON INDEX t_a IS 'x'; COMMENT ON TABLE v IS 'x';", encoding="utf-8")
    assert reviewed(server, tmp_path, whole=whole) == []
    last = migrate_lint([tmp_path / "3_c.sql"], choices=Choices(single_transaction=whole), postgres_url=server.dsn.url)
    assert last.review.findings == ()


def test_what_a_file_sets_for_its_session_ends_with_it(server: Server, tmp_path: Path) -> None:
    (tmp_path / "1_a.sql").write_text("CREATE SCHEMA s; SET search_path = s;", encoding="utf-8")
    (tmp_path / "2_b.sql").write_text("CREATE TABLE t (id bigint PRIMARY KEY);", encoding="utf-8")
    (tmp_path / "3_c.sql").write_text("COMMENT ON TABLE public.t IS 'x';", encoding="utf-8")
    assert "PL310" not in {code for code, name, _ in reviewed(server, tmp_path) if name == "3_c.sql"}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("SELECT 1;\n\\i other.sql\n", 2, r'"\\i" is a command'),
        ("SELECT 1 AS a\n\\gset\n\\if :a\n\\endif\n", 2, r'"\\gset" is a command'),
        ("SELECT 1;\n\\else\n", 2, r'"\\else" is a command'),
        ("SELECT 1;\n\\", 2, r'"\\" is a command'),
        ("\n" + GUARD.format("true", "SELECT 1;").replace("\\endif", ""), 2, "has no"),
    ],
)
def test_what_only_psql_can_do_is_refused_at_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = tmp_path / "1_a.sql"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ColonnadeError, match=said) as caught:
        migrate_lint([path], offline=True)
    assert caught.value.at is not None
    assert caught.value.at.line == line


def test_a_query_that_cannot_be_asked_is_told_with_its_line(server: Server, tmp_path: Path) -> None:
    (tmp_path / "1_a.sql").write_text("SELECT 1;\n" + GUARD.format("nosuch()", "SELECT 1;"), encoding="utf-8")
    (tmp_path / "2_b.sql").write_text("SELECT 1;", encoding="utf-8")
    with pytest.raises(ColonnadeError, match="nosuch") as caught:
        reviewed(server, tmp_path / "2_b.sql")
    assert caught.value.at is not None
    assert caught.value.at.line == 2
