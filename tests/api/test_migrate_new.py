"""`migrate new`: environments made and respected, both kinds of files, and what is refused with nothing written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from alembic_workshop import ASYNC_ENV, NOTHING_BACK, Project
from colonnade import api
from colonnade.api.change_results import MigrateNewResult
from colonnade.errors import ColonnadeError, UnsupportedError
from colonnade.postgres import Server, read_catalog
from colonnade.report.machine import result_schema
from colonnade.schema.diff import diff

FIRST = "CREATE TABLE tasks (id bigint PRIMARY KEY, title text NOT NULL);"
SECOND = f"{FIRST} CREATE INDEX ix_tasks_title ON tasks (title); CREATE SCHEMA log; CREATE TABLE log.days (day date);"


def new(server: Server, folder: Path, goal: str, **options: Any) -> MigrateNewResult:
    """Add the revision that leads to a script."""
    options = {"history": folder, "message": "a change", **options}
    message = options.pop("message")
    return api.migrate_new(message, models=written(folder, goal), postgres_url=server.dsn.url, **options)


def written(folder: Path, text: str, name: str = "goal.sql") -> str:
    """Write a script and return its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def files_in(folder: Path) -> set[str]:
    """Return what is in a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def is_migrated(server: Server, folder: Path) -> bool:
    """Tell whether Alembic's own command, run on an empty database, leads to the script."""
    with server.scratch_database() as session, server.scratch_database() as two:
        env = {**os.environ, "DATABASE_URL": session.dsn.sqlalchemy_url()}
        command = [sys.executable, "-m", "alembic", "upgrade", "head"]
        subprocess.run(command, cwd=folder, env=env, check=True, capture_output=True)
        session.execute("DROP TABLE alembic_version")
        two.script((folder / "goal.sql").read_text(encoding="utf-8"))
        return diff(read_catalog(session).schema, read_catalog(two).schema) == ()


def test_an_environment_is_made_and_its_history_goes_on(server: Server, tmp_path: Path) -> None:
    first = new(server, tmp_path, FIRST)
    assert [path.name for path in first.files[:3]] == ["alembic.ini", "env.py", "script.py.mako"]
    second = new(server, tmp_path, SECOND)
    assert [path.parent.name for path in second.files] == ["versions"]
    assert any("CONCURRENTLY" in statement.sql for statement in second.up.statements)
    before = files_in(tmp_path)
    nothing = new(server, tmp_path, SECOND)
    assert (nothing.files, nothing.up.stages) == ((), ())
    assert files_in(tmp_path) == before
    assert is_migrated(server, tmp_path)


def test_a_first_revision_makes_the_role_that_it_names_and_stands_in_for_the_users_of_another_product(
    server: Server, tmp_path: Path
) -> None:
    goal = written(
        tmp_path,
        "colonnade: 1\nname: notes\nidentity: better-auth\nisolation: user\n"
        "entities:\n  Note:\n    owner: user\n    fields: {title: text(1..80)!}\n",
        name="notes.spec.yaml",
    )
    assert api.migrate_new("notes", models=goal, history=tmp_path, postgres_url=server.dsn.url).files
    users = 'CREATE TABLE "user" (id text PRIMARY KEY, email text NOT NULL);\n'
    api.design([Path(goal)], out=tmp_path / "notes", prove=False)
    same = written(tmp_path, users + (tmp_path / "notes" / "schema.sql").read_text(encoding="utf-8"))
    for source in (goal, same):
        assert not api.migrate_new("none", models=source, history=tmp_path, postgres_url=server.dsn.url).files
    reviewed = api.migrate_lint([tmp_path / "migrations"], postgres_url=server.dsn.url)
    assert [each.code for each in reviewed.review.findings] == []
    with server.temporary_roles(), server.scratch_database() as session:
        env = {**os.environ, "DATABASE_URL": session.dsn.sqlalchemy_url()}
        for way in (("upgrade", "head"), ("downgrade", "base"), ("upgrade", "head")):
            subprocess.run(
                [sys.executable, "-m", "alembic", *way], cwd=tmp_path, env=env, check=True, capture_output=True
            )
        tables = {table.name: table.external for table in read_catalog(session).schema.tables}
        assert session.value("SELECT count(*) FROM pg_roles WHERE rolname = 'notes_app'") == 1
    assert tables == {"alembic_version": False, "notes": False, "user": True}


def test_an_asynchronous_environment_of_several_schemas_is_respected(server: Server, tmp_path: Path) -> None:
    project = Project(tmp_path, env=ASYNC_ENV.replace("+asyncpg", "+psycopg"))
    template = '"""${message}"""\nfrom alembic import op\nimport sqlalchemy as sa\n${imports}\n'
    template += "revision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\n# ours\n"
    template += "def upgrade():\n    ${upgrades}\n\ndef downgrade():\n    ${downgrades}\n"
    (tmp_path / "migrations" / "script.py.mako").write_text(template, encoding="utf-8")
    project.add("one", f"\n\ndef upgrade():\n    op.execute({FIRST!r})\n{NOTHING_BACK}")
    result = new(server, tmp_path, SECOND)
    text = result.files[0].read_text(encoding="utf-8")
    assert "# ours" in text
    assert "down_revision = 'one'" in text
    assert not new(server, tmp_path, SECOND).files


def test_files_for_psql_go_on_too(server: Server, psql: str, tmp_path: Path) -> None:
    folder = tmp_path / "sql"
    for goal in (FIRST, SECOND):
        new(server, tmp_path, goal, history=folder, sql=True)
    names = ["0001_a_change.up.sql", "0002_a_change.up.sql", "0002_a_change.down.sql", "0001_a_change.down.sql"]
    assert files_in(folder) == set(names)
    assert not new(server, tmp_path, SECOND, history=folder, sql=True).files
    with server.scratch_database() as session, server.scratch_database() as two:
        two.script(SECOND)
        for name in (names[0], names[1], names[1]):  # the second time there is nothing to do
            subprocess.run([psql, "-qX", "-f", folder / name, session.url], check=True, capture_output=True)
        assert diff(read_catalog(session).schema, read_catalog(two).schema) == ()
        for name in names[2:]:
            subprocess.run([psql, "-qX", "-f", folder / name, session.url], check=True, capture_output=True)
        assert not read_catalog(session).schema.tables


MODELS = """
from sqlmodel import Field, SQLModel

class Task(SQLModel, table=True):
    __tablename__ = "tasks"
    id: int | None = Field(default=None, primary_key=True)
    title: str | None = None
"""
UNSAID = "CREATE UNLOGGED TABLE tasks (id serial PRIMARY KEY); ALTER TABLE tasks REPLICA IDENTITY FULL;"


def test_a_history_goes_on_beside_what_no_schema_can_say(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "sql"
    folder.mkdir()
    (folder / "0001_first.up.sql").write_text(UNSAID, encoding="utf-8")
    models = written(tmp_path, MODELS, "tasks.py")
    result = api.migrate_new("titles", models=models, history=folder, sql=True, postgres_url=server.dsn.url)
    assert [stage.sentence for stage in result.up.stages] == ["+ column tasks.title"]
    assert result.unsaid == ("replica identity of public.tasks", "unlogged storage of public.tasks")
    assert len(result.files) == 2


def test_an_interruption_just_after_a_file_was_written_leaves_none(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interruption(BaseException):
        """A signal, which comes whenever it likes."""

    def write(path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        raise Interruption

    monkeypatch.setattr("colonnade.api.histories.write_file", write)
    with pytest.raises(Interruption):
        new(server, tmp_path, FIRST, history=tmp_path / "sql", sql=True)
    assert list((tmp_path / "sql").iterdir()) == []


def test_a_way_back_that_cannot_be_made_whole_is_refused(server: Server, tmp_path: Path) -> None:
    """The table that goes was unlogged, which no statement of ours brings back."""
    folder = tmp_path / "sql"
    folder.mkdir()
    (folder / "0001_first.up.sql").write_text(UNSAID.replace("tasks", "old"), encoding="utf-8")
    models = written(tmp_path, MODELS, "tasks.py")
    with pytest.raises(UnsupportedError, match="beyond what a schema can say") as caught:
        api.migrate_new("t", models=models, history=folder, sql=True, allow_data_loss=True, postgres_url=server.dsn.url)
    assert "+ unlogged storage of public.old" in caught.value.detail
    assert len(list(folder.iterdir())) == 1


def test_a_rename_keeps_its_content_both_ways(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "sql"
    new(server, tmp_path, FIRST, history=folder, sql=True)
    goal = FIRST.replace("title", "name")
    with pytest.raises(ColonnadeError, match="would lose content") as caught:
        new(server, tmp_path, goal, history=folder, sql=True)
    assert "the values of tasks.title" in caught.value.detail
    assert len(files_in(folder)) == 2
    renames = ["public.tasks.title=public.tasks.name"]
    result = new(server, tmp_path, goal, history=folder, sql=True, renames=renames)
    assert (result.up.losses, result.down.losses) == ((), ())
    lost = new(server, tmp_path, FIRST, history=folder, sql=True, allow_data_loss=True)
    assert lost.up.losses == ("the values of tasks.name",)
    assert "This loses the values of tasks.name" in lost.files[0].read_text(encoding="utf-8")


def test_a_chain_is_a_history_that_leads_to_the_models(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "sql"
    new(server, tmp_path, FIRST, history=folder, sql=True)
    goal = FIRST.replace("title", "name")
    renames = ["public.tasks.title=public.tasks.name"]
    result = new(server, tmp_path, goal, history=folder, sql=True, renames=renames, expand_contract=True)
    phases = ["expand", "fill", "contract"]
    assert [each.message for each in result.revisions] == [f"{phase}: a change" for phase in phases]
    ways = [f"{number:04}_{phase}_a_change" for number, phase in enumerate(phases, 2)]
    assert [path.name for path in result.files] == [f"{way}.{to}.sql" for way in ways for to in ("up", "down")]
    assert (result.up.losses, result.down.losses) == ((), ())
    assert "-- This drops column tasks.title." in result.files[-2].read_text(encoding="utf-8")
    nothing = new(server, tmp_path, goal, history=folder, sql=True, expand_contract=True)
    assert (nothing.files, nothing.revisions) == ((), ())


@pytest.mark.parametrize("sql", [True, False], ids=["files", "revisions"])
def test_a_table_is_renamed_by_a_chain_that_the_rehearsal_proves(server: Server, tmp_path: Path, *, sql: bool) -> None:
    folder = tmp_path / "sql" if sql else tmp_path
    new(server, tmp_path, FIRST, history=folder, sql=sql)
    goal = FIRST.replace("tasks", "jobs").replace("title", "name")
    renames = ["public.tasks=public.jobs", "public.jobs.title=public.jobs.name"]
    result = new(server, tmp_path, goal, history=folder, sql=sql, renames=renames, expand_contract=True)
    assert [each.message for each in result.revisions] == ["switch: a change", "contract: a change"]
    assert (result.up.losses, result.down.losses) == ((), ())
    nothing = new(server, tmp_path, goal, history=folder, sql=sql, expand_contract=True)
    assert (nothing.files, nothing.revisions) == ((), ())
    contract = result.files[len(result.files) // 2 :]
    assert "DROP VIEW tasks" in contract[0].read_text(encoding="utf-8")
    for path in contract:
        path.unlink()
    rehearsal = api.migrate_rehearse(folder, rows=3, budget_ms=5000, stops=False, postgres_url=server.dsn.url).rehearsal
    assert rehearsal.refuted == ()
    observed = {each.claim.id: each.observed for each in rehearsal.evidence}
    assert observed["migration/deploy/order"] == "migrate first"


@pytest.mark.parametrize(
    ("bodies", "said", "where"),
    [
        (["def upgrade():\n    op.execute('SELEC 1')\n"], "syntax error", "one.py:9"),
        (["def upgrade():\n    raise ValueError('no')\n"], "no", "one.py:9"),
        (["def upgrade(:\n"], "invalid syntax", "one.py:8"),
        (["def upgrade():\n    pass\n"] * 2, "several heads", "alembic.ini"),
        (
            [
                "branch_labels = ('a',)\ndef upgrade():\n    pass\n",
                "branch_labels = ('b',)\ndef upgrade():\n    pass\n",
            ],
            "several heads",
            "alembic.ini",
        ),
    ],
)
def test_a_history_that_cannot_go_on_is_refused_with_its_place(
    server: Server, tmp_path: Path, bodies: Sequence[str], said: str, where: str
) -> None:
    project = Project(tmp_path)
    for name, body in zip(("one", "two"), bodies, strict=False):
        text = project.add(name, f"{body}{NOTHING_BACK}").read_text(encoding="utf-8")
        (project.versions / f"{name}.py").write_text(text.replace("down_revision = 'one'", "down_revision = None"))
    written(tmp_path, FIRST)
    before = files_in(tmp_path)
    with pytest.raises(ColonnadeError) as caught:
        new(server, tmp_path, FIRST)
    assert said in str(caught.value)
    assert where in str(caught.value)
    assert caught.value.hint
    assert files_in(tmp_path) == before


def test_a_template_without_places_is_refused_and_nothing_is_left(server: Server, tmp_path: Path) -> None:
    Project(tmp_path)
    (tmp_path / "migrations" / "script.py.mako").write_text("revision = ${repr(up_revision)}\n", encoding="utf-8")
    written(tmp_path, FIRST)
    before = files_in(tmp_path)
    with pytest.raises(ColonnadeError, match="no revision can be made by the template") as caught:
        new(server, tmp_path, FIRST)
    assert "script.py.mako" in str(caught.value)
    assert files_in(tmp_path) == before


def test_what_is_missing_is_said(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ColonnadeError, match="no models are named"):
        api.migrate_new("x", postgres_url=server.dsn.url)
    with pytest.raises(ColonnadeError, match="needs a message"):
        new(server, tmp_path, FIRST, message=" ")
    with pytest.raises(ColonnadeError, match="cannot connect"):
        api.migrate_new("x", models=written(tmp_path, FIRST), postgres_url="postgresql://nobody@localhost:1/x")
    (tmp_path / "pyproject.toml").write_text("[tool.colonnade]\nmodels = 3\n", encoding="utf-8")
    with pytest.raises(ColonnadeError, match="is no text"):
        api.migrate_new("x", postgres_url=server.dsn.url)


def test_the_command_takes_its_defaults_from_the_project(server: Server, tmp_path: Path) -> None:
    written(tmp_path, FIRST)
    settings = '[tool.colonnade]\nmodels = "goal.sql"\nmigrations = "."\n'
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    command = [sys.executable, "-m", "colonnade.cli", "migrate", "new", "-m", "first", "--format", "json"]
    env = {**os.environ, "COLONNADE_POSTGRES_URL": server.dsn.url}
    done = subprocess.run(command, cwd=tmp_path, env=env, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    value = json.loads(done.stdout)
    jsonschema.Draft202012Validator(result_schema()).validate(value)
    assert value["up"]["stages"][0]["statements"][0]["sql"].startswith("CREATE TABLE tasks")
    assert Path(value["files"][-1]).is_file()
