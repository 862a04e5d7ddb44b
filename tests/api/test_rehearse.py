"""Rehearsals of histories: what is sound is proved, and each fault is seen where it is."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from alembic_workshop import Project, line_of
from colonnade.api import migrate_new, migrate_rehearse
from colonnade.cli.main import app
from colonnade.errors import DatabaseError, InputError
from colonnade.postgres import Server
from colonnade.prove import Evidence
from colonnade.prove.rehearsal import Rehearsal

FIRST = (
    """op.execute("CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL)")
op.execute("CREATE TABLE tasks (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, title text)")""",
    'op.execute("DROP TABLE tasks, users")',
)
SOUND = (
    """op.execute("ALTER TABLE tasks ADD COLUMN IF NOT EXISTS done boolean NOT NULL DEFAULT false")
with op.get_context().autocommit_block():
    op.execute("DROP INDEX IF EXISTS ix_tasks_user_id")
    op.execute("CREATE INDEX CONCURRENTLY ix_tasks_user_id ON tasks (user_id)")""",
    """op.execute("DROP INDEX ix_tasks_user_id")
op.execute("ALTER TABLE tasks DROP COLUMN done")""",
)
PATIENT_MS = 60_000


def functions(up: str, down: str) -> str:
    """Return the two functions of a revision, each with its body."""
    return "".join(
        f"\n\ndef {name}():\n" + "".join(f"    {line}\n" for line in (body or "pass").splitlines())
        for name, body in (("upgrade", up), ("downgrade", down))
    )


def history(folder: Path, *revisions: tuple[str, str]) -> Path:
    """Write a history, each revision with the bodies of its two functions, and return its alembic.ini."""
    project = Project(folder)
    for number, (up, down) in enumerate(revisions, start=1):
        project.add(f"r{number}", functions(up, down))
    return folder / "alembic.ini"


@pytest.fixture(autouse=True)
def _shared_server(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all rehearsals run on one server."""
    monkeypatch.setenv("COLONNADE_POSTGRES_URL", server.dsn.url)


def rehearsed(
    folder: Path, *revisions: tuple[str, str], budget_ms: float = PATIENT_MS, stops: bool = False
) -> Rehearsal:
    """Rehearse the last of the revisions."""
    return migrate_rehearse(history(folder, *revisions), rows=3, budget_ms=budget_ms, stops=stops).rehearsal


def refuted(rehearsal: Rehearsal) -> dict[str, Evidence]:
    """Return what was refuted, by the end of its claim's id."""
    return {each.claim.id.removeprefix("migration/"): each for each in rehearsal.refuted}


def test_sound_migration_is_proved(tmp_path: Path) -> None:
    found = rehearsed(tmp_path, FIRST, SOUND, stops=True)
    assert refuted(found) == {}
    assert (found.start, found.head) == ("r1", "r2")
    proved = {each.claim.id for each in found.evidence if each.verdict == "proved"}
    for number in (1, 2, 3, 4):
        for way in ("backend-terminated", "connection-cut", "process-killed"):
            assert f"migration/stop/{number}/after/{way}" in proved
    assert "migration/stop/3/during/backend-terminated" in proved
    assert {"migration/down/restores", "migration/again/same", "migration/up/rows", "migration/traffic/waits"} <= proved
    file = tmp_path / "migrations" / "versions" / "r2.py"
    assert [each.line for each in found.statements] == [line_of(file, text) for text in ("ADD", "DROP", "CREATE")]


def test_migration_that_cannot_be_repeated_is_refuted_where_it_stopped(tmp_path: Path) -> None:
    naive = (SOUND[0].replace(" IF NOT EXISTS", ""), SOUND[1])
    found = refuted(rehearsed(tmp_path, FIRST, naive, stops=True))
    assert "stop/1/after/process-killed" not in found  # it is in a transaction of its own until the block begins
    assert 'column "done"' in found["stop/2/after/process-killed"].observed
    line = line_of(tmp_path / "migrations" / "versions" / "r2.py", "ADD COLUMN")
    assert f"r2.py:{line}: " in found["stop/2/after/process-killed"].observed


def test_invalid_index_that_a_stopped_build_leaves_is_seen(tmp_path: Path) -> None:
    skipping = (
        """with op.get_context().autocommit_block():
    op.execute("CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_tasks_user_id ON tasks (user_id)")""",
        'op.execute("DROP INDEX ix_tasks_user_id")',
    )
    found = refuted(rehearsed(tmp_path, FIRST, skipping, stops=True))
    assert set(found) == {"stop/1/during/backend-terminated"}
    assert found["stop/1/during/backend-terminated"].observed == "invalid: ix_tasks_user_id"


def test_downgrade_that_leaves_something_is_refuted(tmp_path: Path) -> None:
    found = refuted(rehearsed(tmp_path, FIRST, ('op.execute("ALTER TABLE tasks ADD COLUMN n integer")', "")))
    assert found["down/restores"].observed == "- column tasks.n"
    assert "already exists" in found["again/runs"].observed


def test_rows_that_change_are_seen(tmp_path: Path) -> None:
    losing = ('op.execute("UPDATE tasks SET title = NULL WHERE id IN (SELECT min(id) FROM tasks)")', "")
    found = refuted(rehearsed(tmp_path, FIRST, losing))
    assert found["up/rows"].observed == "other rows in public.tasks.title"


def test_code_and_schema_that_do_not_fit_have_no_order(tmp_path: Path) -> None:
    renaming = (
        'op.execute("ALTER TABLE tasks RENAME COLUMN title TO name")',
        'op.execute("ALTER TABLE tasks RENAME COLUMN name TO title")',
    )
    found = refuted(rehearsed(tmp_path, FIRST, renaming))
    assert any('column "title" does not exist' in each for each in found["deploy/order"].details)
    adding = rehearsed(tmp_path / "other", FIRST, SOUND)
    (order,) = [each for each in adding.evidence if each.claim.id == "migration/deploy/order"]
    assert order.observed == "migrate first"


def test_code_that_reads_a_view_is_deployed_before_the_view_goes(tmp_path: Path) -> None:
    with_view = ("CREATE VIEW titles AS SELECT id, title FROM tasks", "DROP VIEW titles")
    making, dropping = ((f'op.execute("{up}")', f'op.execute("{down}")') for up, down in (with_view, with_view[::-1]))
    found = rehearsed(tmp_path, FIRST, making, dropping)
    (order,) = [each for each in found.evidence if each.claim.id == "migration/deploy/order"]
    assert order.observed == "deploy the code first"
    assert order.details == ('old code on the new schema: SELECT titles: 42P01 relation "titles" does not exist',)


def test_lock_that_others_wait_for_is_shown_with_its_holder(tmp_path: Path) -> None:
    blocking = (
        'op.execute("ALTER TABLE tasks ADD COLUMN n integer")\nop.execute("SELECT pg_sleep(2)")',
        'op.execute("ALTER TABLE tasks DROP COLUMN n")',
    )
    found = refuted(rehearsed(tmp_path, FIRST, blocking, budget_ms=1_000))
    waits = found["traffic/waits"]
    assert waits.observed.startswith("tasks: ")
    assert any("waits with" in each and "pg_sleep" in each for each in waits.details)


def test_way_from_the_base_is_rehearsed(tmp_path: Path) -> None:
    found = migrate_rehearse(history(tmp_path, FIRST), start="base", rows=0).rehearsal
    assert (found.start, found.head) == ("base", "r1")
    assert refuted(found) == {}
    untried = {each.claim.id for each in found.evidence if each.verdict == "not_run"}
    assert untried == {
        f"migration/{each}" for each in ("deploy/order", "traffic/runs", "traffic/waits", "traffic/refused")
    }


def test_code_without_a_table_is_not_tried(tmp_path: Path) -> None:
    found = rehearsed(
        tmp_path, ("", ""), ('op.execute("CREATE SEQUENCE numbers")', 'op.execute("DROP SEQUENCE numbers")')
    )
    untried = {each.claim.id for each in found.evidence if each.verdict == "not_run"}
    assert {"migration/deploy/order", "migration/traffic/waits", "migration/traffic/refused"} <= untried


def test_helper_that_stands_aside_is_no_place(tmp_path: Path) -> None:
    helped = (
        """def say(sql):
    __tracebackhide__ = True
    op.execute(sql)
say("ALTER TABLE tasks ADD COLUMN n integer")
say("SELECT 1 / 0")""",
        "",
    )
    found = refuted(rehearsed(tmp_path, FIRST, helped))
    line = line_of(tmp_path / "migrations" / "versions" / "r2.py", "1 / 0")
    assert f"r2.py:{line}: division by zero" in found["up/runs"].observed


def test_digest_is_of_what_is_rehearsed(tmp_path: Path) -> None:
    configuration = history(tmp_path, ("", ""), ("", ""))
    first = migrate_rehearse(configuration, rows=0).rehearsal.plan
    versions = tmp_path / "migrations" / "versions"
    for name, same in (("r1.py", True), ("r2.py", False)):
        file = versions / name
        file.write_text(file.read_text(encoding="utf-8") + "# a comment\n", encoding="utf-8")
        assert (migrate_rehearse(configuration, rows=0).rehearsal.plan == first) is same


def test_histories_that_cannot_be_rehearsed_say_why(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no migrations"):
        migrate_rehearse(tmp_path)
    project = Project(tmp_path)
    project.add("r1", functions(*FIRST))
    project.add("r2", functions(*SOUND))
    with pytest.raises(InputError, match='"r9" is no revision'):
        migrate_rehearse(tmp_path, start="r9")
    project.add("r3", functions("", ""), down="r1")
    with pytest.raises(InputError, match="the history has 2 heads"):
        migrate_rehearse(tmp_path)
    project.add("r3", functions("raise RuntimeError('not today')", ""), down="r2")
    project.add("r4", functions("", ""))
    with pytest.raises(DatabaseError, match='revision "r3" cannot be reached: not today'):
        migrate_rehearse(tmp_path)
    (project.versions / "r5.py").write_text("revision =", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read") as caught:
        migrate_rehearse(tmp_path)
    assert caught.value.at is not None
    assert caught.value.at.path.endswith("r5.py")


def test_statements_of_a_written_revision_stand_at_its_stages(server: Server, tmp_path: Path) -> None:
    for name, text in (("one", ""), ("two", " CREATE INDEX ix_t_a ON t (a);")):
        script = tmp_path / f"{name}.sql"
        script.write_text(f"CREATE TABLE t (id bigint PRIMARY KEY, a text);{text}", encoding="utf-8")
        written = migrate_new(name, models=str(script), history=tmp_path, postgres_url=server.dsn.url)
    found = migrate_rehearse(tmp_path, rows=0, stops=False).rehearsal
    source = written.files[-1].read_text(encoding="utf-8").splitlines()
    stages = {
        number for number, line in enumerate(source, start=1) if line.strip().startswith(("_stage(", "with _stages("))
    }
    assert {each.line for each in found.statements} <= stages
    assert found.statements


def test_command_writes_the_evidence(tmp_path: Path) -> None:
    configuration = history(tmp_path, FIRST, ('op.execute("ALTER TABLE tasks ADD COLUMN n integer")', ""))
    out = tmp_path / "rehearsal.json"
    arguments = ["migrate", "rehearse", str(configuration), "--rows", "0", "--no-stops", "--out", str(out)]
    done = CliRunner().invoke(app, [*arguments, "--format", "json"])
    assert done.exit_code == 1
    told, written = json.loads(done.stdout), json.loads(out.read_text(encoding="utf-8"))
    schema = json.loads((Path("src") / "colonnade" / "report" / "result.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(told, schema)
    jsonschema.validate(written, schema)
    assert written["evidence"] == told["evidence"]
    assert CliRunner().invoke(app, [*arguments, "--exit-zero"]).exit_code == 0
    missing = CliRunner().invoke(app, ["migrate", "rehearse", str(tmp_path / "nowhere")])
    assert isinstance(missing.exception, InputError)
