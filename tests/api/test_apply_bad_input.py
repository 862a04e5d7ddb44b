"""What cannot be applied: one message with its place and a way out, and nothing half recorded."""

from __future__ import annotations

from pathlib import Path

import pytest
from apply_workshop import FIRST, SECOND, Workshop

from colonnade.api import Consent, Destination, migrate_apply, migrate_status
from colonnade.errors import ColonnadeError, DatabaseError, InputError
from colonnade.migrate.runs.table import RunTable
from colonnade.postgres import Server, Session


@pytest.fixture
def workshop(server: Server, database: Session, tmp_path: Path) -> Workshop:
    """Give a database and an environment of Alembic."""
    return Workshop(server, database, tmp_path)


def files(folder: Path, **texts: str) -> Path:
    """Write files of SQL."""
    for name, text in texts.items():
        (folder / f"{name.replace('__', '.')}.sql").write_text(text, encoding="utf-8")
    return folder


def apply_files(session: Session, server: Server, folder: Path, *, wait: float = 5, url: str = "") -> str:
    """Apply a folder."""
    return migrate_apply(
        at=Destination(url=url or session.dsn.url, history=folder),
        consent=Consent(),
        wait_seconds=wait,
        postgres_url=server.dsn.url,
    ).ended


def test_several_heads_are_named_and_one_can_be_chosen(workshop: Workshop) -> None:
    workshop.add("r1", *FIRST)
    workshop.add("r2", *SECOND)
    workshop.add("r3", "branch = 1", after="r1").write_text(
        (workshop.project.versions / "r2.py")
        .read_text(encoding="utf-8")
        .replace('revision = "r2"', 'revision = "r3"\nbranch_labels = ("billing",)')
        .replace('down_revision = "r2"', 'down_revision = "r1"'),
        encoding="utf-8",
    )
    with pytest.raises(InputError, match="the history has 2 heads") as caught:
        workshop.apply()
    assert "r3 (billing)" in caught.value.detail
    assert workshop.apply("billing@head").target == "r3"
    workshop.session.execute("INSERT INTO alembic_version VALUES ('r2')")
    with pytest.raises(InputError, match="stands at 2 revisions at once"):
        workshop.apply("r2")
    assert workshop.status().current == ("r2", "r3")


def test_revision_that_raises_has_its_place_and_is_recorded_as_failed(workshop: Workshop) -> None:
    workshop.add("r1", *FIRST)
    path = workshop.add("r2", 'if not op.get_context().as_sql:\n    raise RuntimeError("not today")')
    with pytest.raises(DatabaseError, match='revision "r2" failed: not today') as caught:
        workshop.apply()
    assert str(caught.value.at).endswith("r2.py:12:1")
    assert "In place: + table users" not in caught.value.detail  # the history cannot be run to its end
    assert workshop.version == "r1"  # what came before is there and recorded
    (run,) = workshop.runs
    assert (run.outcome, run.failure, [each.revision for each in run.revisions]) == ("failed", "not today", ["r1"])
    path.write_text(
        path.read_text(encoding="utf-8").replace('RuntimeError("not today")', "SystemExit(3)"), encoding="utf-8"
    )
    with pytest.raises(DatabaseError, match='revision "r2" failed: 3'):
        workshop.apply()


def test_revision_that_nobody_knows_here(workshop: Workshop) -> None:
    workshop.add("r1", *FIRST)
    workshop.session.script(
        "CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('gone')"
    )
    for verb in (workshop.apply, workshop.status):
        with pytest.raises(InputError, match='stands at revision "gone", which is not in this history'):
            verb()
    assert workshop.runs == ()
    workshop.session.execute("UPDATE alembic_version SET version_num = 'r1'")
    with pytest.raises(InputError, match='"r9" is no revision'):
        workshop.apply("r9")


def test_environment_that_writes_before_it_is_asked_is_told(workshop: Workshop) -> None:
    workshop.add("r1", *FIRST)
    env = workshop.folder / "migrations" / "env.py"
    text = env.read_text(encoding="utf-8")
    line = "        context.configure(conn"
    made = text.replace(line, f'        connection.exec_driver_sql("CREATE SCHEMA app")\n{line}')
    env.write_text(made, encoding="utf-8")
    with pytest.raises(ColonnadeError, match="read-only transaction"):
        workshop.status()
    assert workshop.session.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'app'") == 0


def test_file_with_a_syntax_error_has_its_line_and_changes_nothing(
    server: Server, database: Session, tmp_path: Path
) -> None:
    folder = files(tmp_path, **{"0001_a__up": "CREATE TABLE t (id bigint);\n\nCREATE TABEL u ();\n"})
    with pytest.raises(DatabaseError, match='syntax error at or near "TABEL"') as caught:
        apply_files(database, server, folder)
    assert str(caught.value.at) == f"{folder / '0001_a.up.sql'}:3:1"
    assert database.value("SELECT to_regclass('t')") is None  # plain SQL is all or nothing
    (run,) = RunTable(database).runs()
    assert (run.outcome, run.revisions) == ("failed", ())
    files(tmp_path, **{"0001_a__up": "CREATE TABLE t (id bigint);\n"})
    assert apply_files(database, server, folder) == "succeeded"


def test_server_that_cannot_be_reached(tmp_path: Path) -> None:
    folder = files(tmp_path, **{"0001_a__up": "SELECT 1;\n"})
    at = Destination(url="postgresql://ada:hunter2@127.0.0.1:1/d", history=folder)
    for verb in (lambda: migrate_apply(at=at), lambda: migrate_status(at=at)):
        with pytest.raises(DatabaseError, match="cannot connect") as caught:
            verb()
        assert "hunter2" not in str(caught.value)


def test_role_that_may_only_read(server: Server, database: Session, tmp_path: Path) -> None:
    folder = files(tmp_path, **{"0001_a__up": "CREATE TABLE t (id bigint);\n"})
    database.execute("CREATE ROLE apply_reader LOGIN")
    try:
        for url in (
            database.dsn.url.replace("//postgres@", "//apply_reader@"),
            f"{database.dsn.url}&options=-c%20default_transaction_read_only%3Don",
        ):
            with pytest.raises(DatabaseError, match="cannot be recorded in this database") as caught:
                apply_files(database, server, folder, url=url)
            assert "the schema colonnade" in caught.value.hint
            assert RunTable(database).runs() == ()
            status = migrate_status(at=Destination(url=url, history=folder), postgres_url=server.dsn.url)
            assert status.current == ("base",)
    finally:
        database.execute("DROP ROLE apply_reader")


def test_lock_that_never_comes(server: Server, database: Session, tmp_path: Path) -> None:
    folder = files(tmp_path, **{"0001_a__up": "CREATE TABLE t (id bigint);\n"})
    apply_files(database, server, folder)
    files(tmp_path, **{"0002_b__up": "ALTER TABLE t ADD COLUMN a text;\n"})
    with server.session(database.dsn.database) as other, other.rolled_back():
        other.execute("SELECT * FROM t")
        with pytest.raises(DatabaseError, match="canceling statement due to lock timeout") as caught:
            apply_files(database, server, folder, wait=1.5)
        assert "In place: nothing of it. Not in place: + column t.a." in caught.value.detail
    assert apply_files(database, server, folder) == "succeeded"


def test_part_that_another_tool_has_left_is_told_from_drift(server: Server, database: Session, tmp_path: Path) -> None:
    folder = files(tmp_path, **{"0001_a__up": "CREATE TABLE t (id bigint);\n"})
    apply_files(database, server, folder)
    two = "ALTER TABLE t ADD COLUMN IF NOT EXISTS a text;\nALTER TABLE t ADD COLUMN IF NOT EXISTS b text;\n"
    files(tmp_path, **{"0002_b__up": two})
    database.script("ALTER TABLE t ADD COLUMN a text; ALTER TABLE t ADD COLUMN stray text")
    at = Destination(url=database.dsn.url, history=folder)
    status = migrate_status(at=at, postgres_url=server.dsn.url)
    assert status.half_applied is not None
    assert (status.half_applied.done, status.half_applied.missing) == (("+ column t.a",), ("+ column t.b",))
    assert status.drift == ("- column t.stray",)
    assert apply_files(database, server, folder) == "refused"
    database.execute("ALTER TABLE t DROP COLUMN stray")
    allowed = migrate_apply(at=at, consent=Consent(allow_drift=True), postgres_url=server.dsn.url)
    assert (allowed.ended, allowed.differences) == ("succeeded", ())


def test_files_that_are_no_history(server: Server, database: Session, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no migrations"):
        apply_files(database, server, tmp_path)
    with pytest.raises(InputError, match="there is no"):
        apply_files(database, server, tmp_path / "nowhere")
    with pytest.raises(InputError, match="two files have the number 1"):
        apply_files(database, server, files(tmp_path, **{"0001_a__up": "", "01_b__up": ""}))


def test_file_that_was_edited_since_is_told(server: Server, database: Session, tmp_path: Path) -> None:
    folder = files(tmp_path, **{"0001_a__up": "CREATE TABLE t (id bigint);\n"})
    apply_files(database, server, folder)
    files(tmp_path, **{"0001_a__up": "CREATE TABLE t (id bigint);\n-- edited\n"})
    status = migrate_status(at=Destination(url=database.dsn.url, history=folder), postgres_url=server.dsn.url)
    assert (status.edited, status.found) == (("0001_a",), True)
