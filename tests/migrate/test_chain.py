"""Chains of revisions: code of both releases writes between them, and nothing is lost on the way there or back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from plans import built, is_like, run

from colonnade.errors import ColonnadeError, StatementError
from colonnade.migrate.expand_contract import chain
from colonnade.migrate.expand_contract.renamed_table import renamed_table
from colonnade.migrate.expand_contract.stages import rename
from colonnade.migrate.stage import Revision
from colonnade.postgres import Server, Session, read_catalog
from colonnade.prove.rehearsal.shapes import broken, shapes
from colonnade.schema import Column, Schema, Table, changes
from colonnade.schema.dependencies import Catalog
from colonnade.sql.script import split_script

_CASES = Path(__file__).parent / "chain_cases"
_SECTION = re.compile(r"^-- (before|after|renames|old|new|holds|refused)\n", re.MULTILINE)
MOVES = [path for path in sorted(_CASES.glob("*.sql")) if "-- refused" not in path.read_text(encoding="utf-8")]
_NO_SUCH_VALUE = "22"  # old code writes a text that is none of the new type
_REFUSED = _CASES / "what_cannot_be_there_under_two_names.sql"


def sections(path: Path) -> dict[str, str]:
    """Return the parts of a case by their headings."""
    _, *found = _SECTION.split(path.read_text(encoding="utf-8"))
    return dict(zip(found[::2], found[1::2], strict=True))


def made(server: Server, session: Session, goal: Catalog, renames: Sequence[str]) -> tuple[Revision, ...]:
    """Return the chain to a goal, which has been gone on the session's database, there and back."""
    return chain(server, session, lambda _: goal, read=read_catalog, renames=renames, message="a change")


def rows(session: Session) -> dict[str, list[str]]:
    """Return the rows of every table, as JSON with the keys in order."""
    tables = [table.identifier for table in read_catalog(session).schema.tables]
    return {
        name: sorted(text for (text,) in session.execute(f"SELECT to_jsonb(t)::text FROM {name} t")) for name in tables
    }


@pytest.fixture(scope="module", autouse=True)
def _roles(server: Server) -> Iterator[None]:
    """Drop the roles that the cases make."""
    with server.temporary_roles():
        yield


@pytest.mark.parametrize("case", MOVES, ids=lambda path: path.stem)
def test_old_and_new_code_write_between_the_revisions(server: Server, case: Path) -> None:
    text = sections(case)
    with server.scratch_database() as one, server.scratch_database() as two:
        start, goal = built(one, text["before"]), built(two, text["after"])
        before = rows(one)
        codes = [*shapes(one, start.schema, new_row=5001), *shapes(two, goal.schema, new_row=5002)]
        *between, contract = made(server, one, goal, text["renames"].strip().splitlines())
        assert is_like(one, start)
        assert before == rows(one)
        for each in between:
            run(one, each.up)
            if each.message.startswith("expand"):  # new code is for when its columns are filled
                _write(server, one, text["old"], "", keep=False)
                continue
            _write(server, one, text["old"], text["new"], keep=each is between[-1])
            refused = [each for each in broken(one, codes) if not each.refusal.startswith(_NO_SUCH_VALUE)]
            assert refused == []
        assert one.value(text["holds"])
        written = _counted(one)
        run(one, contract.up)
        assert is_like(one, goal)
        assert run(one, contract.up) == 0
        for each in (contract, *reversed(between)):
            run(one, each.down)
        assert is_like(one, start)
        assert _counted(one) == written


def _counted(session: Session) -> list[int]:
    """Return how many rows the tables have, whatever they are called."""
    return sorted(len(found) for found in rows(session).values())


def _write(server: Server, session: Session, old: str, new: str, *, keep: bool) -> None:
    """Let both codes write at once: the transaction of neither is over when the other one writes."""
    texts = (old, new)
    with server.session(session.dsn.database) as one, server.session(session.dsn.database) as two:
        for writer, text in zip((one, two), texts, strict=True):
            writer.execute("BEGIN")
            for each in split_script(text):
                writer.execute(each.text)
        for writer in (two, one):
            writer.execute("COMMIT" if keep else "ROLLBACK")


def test_what_cannot_be_moved_is_refused_with_its_reason(server: Server) -> None:
    text = sections(_REFUSED)
    with server.scratch_database() as one:
        start = built(one, text["before"])
        for line in text["refused"].strip().splitlines():
            renames, _, reason = line.partition(": ")
            with pytest.raises(ColonnadeError) as caught:
                chain(
                    server,
                    one,
                    lambda renamed: renamed,
                    read=read_catalog,
                    renames=renames.split(),
                    message="a change",
                )
            assert reason in f"{caught.value} {caught.value.detail}"
            assert caught.value.hint
        assert is_like(one, start)


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        ("CREATE TABLE u (id int PRIMARY KEY, a int)", "The type of its column a changes, too."),
        ("CREATE TABLE u (id int PRIMARY KEY, a text); CREATE TABLE t (b int)", "The table t has its name in the end."),
        (
            "CREATE TABLE u (id int PRIMARY KEY, a text); CREATE TYPE t AS (b int)",
            "The type t has its name in the end.",
        ),
    ],
)
def test_a_table_whose_old_name_no_view_can_have_is_refused(server: Server, after: str, reason: str) -> None:
    with server.scratch_database() as one, server.scratch_database() as two:
        start = built(one, "CREATE TABLE t (id int PRIMARY KEY, a text)")
        with pytest.raises(ColonnadeError, match='"t" cannot be renamed by a chain') as caught:
            made(server, one, built(two, after), ["t=u"])
        assert caught.value.detail == reason
        assert caught.value.hint
        assert is_like(one, start)


def test_columns_of_other_tables_are_moved_while_a_table_is_renamed(server: Server) -> None:
    with server.scratch_database() as one, server.scratch_database() as two:
        start = built(one, "CREATE TABLE t (id int); CREATE TABLE o (id int PRIMARY KEY, a text, gone int)")
        one.execute("INSERT INTO o VALUES (1, '7', 3)")
        goal = built(two, "CREATE TABLE u (id int); CREATE TABLE o (id int PRIMARY KEY, b int)")
        revisions = made(server, one, goal, ["t=u", "o.a=o.b"])
        assert [each.message for each in revisions] == [f"{name}: a change" for name in ("expand", "fill", "contract")]
        for each in revisions[:-1]:
            run(one, each.up)
            one.script("INSERT INTO t VALUES (1); INSERT INTO u VALUES (2)")
        assert one.value("SELECT b FROM o") == 7
        run(one, revisions[-1].up)
        assert is_like(one, goal)
        for each in reversed(revisions):
            run(one, each.down)
        assert is_like(one, start)
        assert one.value("SELECT count(*) FROM t") == 4


def test_where_views_have_no_invoker_the_owner_of_the_table_reads_and_writes() -> None:
    named = {"name": "t", "columns": (Column(name="a", type="integer"),)}
    old, new = Table(**named), Table(**named | {"name": "u"})  # type: ignore[arg-type]  # fields of a table
    before = Catalog(schema=Schema(tables=(old,)))
    asked = [changes.Rename(value=old, name="u")]
    for known in (True, False):
        table = renamed_table(asked, before, new, new, security_invoker=known)
        assert ("security_invoker" in rename(table, forwards=True).sql[1]) is known


def test_writers_of_the_same_rows_leave_them_in_step(server: Server) -> None:
    with server.scratch_database() as one, server.scratch_database() as two:
        built(
            one, "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t SELECT n, 'x' FROM generate_series(1, 3) n"
        )
        goal = built(two, "CREATE TABLE t (id int PRIMARY KEY, b numeric(9, 2))")
        one.execute("UPDATE t SET a = '1.0'")
        expand, fill, contract = made(server, one, goal, ["t.a=t.b"])
        run(one, expand.up)

        def write(column: str) -> None:
            with server.session(one.dsn.database) as session:
                for number in range(40):
                    text = f"UPDATE t SET {column} = {column}::numeric + 1 WHERE id = %s"
                    session.execute(text, (number % 3 + 1,))

        with ThreadPoolExecutor(4) as threads:
            writing = [threads.submit(write, "a") for _ in range(2)]
            run(one, fill.up)  # new code comes when it is done
            writing += [threads.submit(write, "b") for _ in range(2)]
            for each in writing:
                each.result()
        run(one, contract.up)
        assert one.value("SELECT sum(b) FROM t") == 3 + 4 * 40
        run(one, contract.down)
        assert one.value("SELECT sum(a::numeric) FROM t") == 3 + 4 * 40


def test_rows_that_somebody_has_written_past_the_trigger_keep_the_old_column(server: Server) -> None:
    with server.scratch_database() as one, server.scratch_database() as two:
        built(one, "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'x')")
        goal = built(two, "CREATE TABLE t (id int PRIMARY KEY, b text)")
        *first, contract = made(server, one, goal, ["t.a=t.b"])
        for each in first:
            run(one, each.up)
        one.execute("SET session_replication_role = replica")
        one.execute("UPDATE t SET a = 'y'")
        with pytest.raises(StatementError, match="a and b differ in rows of t"):
            run(one, contract.up)
        one.execute("ROLLBACK")
        assert one.value("SELECT a FROM t") == "y"
