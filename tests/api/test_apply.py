"""Histories applied to a database: what is run, what is recorded, and what is asked before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from apply_workshop import FIRST, SECOND, Workshop
from typer.testing import CliRunner

from colonnade.cli.main import app
from colonnade.postgres import Server, Session, introspect, own_namespaces
from colonnade.report.machine import result_schema


@pytest.fixture
def workshop(server: Server, database: Session, tmp_path: Path) -> Workshop:
    """Give a database and a history without revisions."""
    return Workshop(server, database, tmp_path)


def test_pending_revisions_are_run_and_recorded(workshop: Workshop) -> None:
    workshop.add("r1", *FIRST)
    workshop.add("r2", *SECOND)
    before = workshop.apply("+1")
    assert (before.ended, before.start, before.target, before.run) == ("succeeded", "base", "r1", 1)
    result = workshop.apply()
    assert (result.ended, result.start, result.target, result.run) == ("succeeded", "r1", "r2", 2)
    assert workshop.version == "r2"
    first, second = workshop.runs
    assert first.after == second.before != second.after
    assert [each.outcome for each in (first, second)] == ["succeeded", "succeeded"]
    assert [each.revision for each in second.revisions] == ["r2"]
    assert any("ADD COLUMN name" in stage.sql for stage in second.stages)
    assert workshop.apply().ended == "up to date"
    assert len(workshop.runs) == 2
    status = workshop.status()
    assert (status.found, status.current, status.compared_with) == (False, ("r2",), "run 2")


@pytest.mark.parametrize(
    "arguments",
    [
        "{'options': '-c search_path=app,public -c role=nobody_here', 'connect_timeout': 1}",
        "{'server_settings': {'search_path': 'app, public', 'application_name': 'a b'}}",
    ],
    ids=["libpq", "asyncpg"],
)
def test_settings_of_the_environment_hold_and_who_connects_does_not(workshop: Workshop, arguments: str) -> None:
    env = workshop.folder / "migrations" / "env.py"
    text = env.read_text(encoding="utf-8")
    plain = '{"connect_timeout": 1}'
    assert plain in text
    env.write_text(text.replace(plain, arguments), encoding="utf-8")
    workshop.add("r1", 'op.execute("CREATE SCHEMA app")', 'op.execute("DROP SCHEMA app")')
    workshop.add("r2", 'op.execute("CREATE TABLE second (id bigint)")', 'op.execute("DROP TABLE second")')
    assert workshop.apply().ended == "succeeded"
    assert workshop.session.value("SELECT schemaname FROM pg_tables WHERE tablename = 'second'") == "app"


def test_table_of_runs_is_part_of_no_schema(workshop: Workshop) -> None:
    workshop.add("r1", *FIRST)
    workshop.apply()
    session = workshop.session
    assert own_namespaces(session) == ("public",)
    before = introspect(session, namespaces=own_namespaces(session)).fingerprint
    session.execute("DROP SCHEMA colonnade CASCADE")
    assert introspect(session, namespaces=own_namespaces(session)).fingerprint == before
    session.script(
        "CREATE SCHEMA colonnade; CREATE TABLE colonnade.migration_runs (id bigint); CREATE TABLE colonnade.t ()"
    )
    assert own_namespaces(session) == ("colonnade", "public")  # somebody keeps other things there


def test_dry_run_prints_and_leaves_nothing(workshop: Workshop) -> None:
    workshop.add("r1", *FIRST)
    result = workshop.apply(dry=True)
    assert result.ended == "printed"
    assert "CREATE TABLE users" in result.sql
    assert workshop.session.value("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == 0
    assert workshop.session.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'colonnade'") == 0
    assert workshop.session.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0


def test_way_back_is_run_and_a_loss_is_asked_for(workshop: Workshop) -> None:
    workshop.add("r1", *FIRST)
    workshop.add("r2", *SECOND)
    workshop.apply()
    refused = workshop.down()
    assert [each.kind for each in refused.refusals] == ["loss"]
    assert refused.steps[0].loses == ("column users.name",)
    assert workshop.version == "r2"
    done = workshop.down(allow_data_loss=True)
    assert (done.ended, done.start, done.target) == ("succeeded", "r2", "r1")
    assert workshop.version == "r1"
    assert workshop.down("base", allow_data_loss=True).ended == "succeeded"
    assert [run.direction for run in workshop.runs] == ["up", "down", "down"]


def test_end_that_is_not_the_expected_one_is_told(workshop: Workshop) -> None:
    workshop.add("r1", 'op.execute("CREATE TABLE t (id bigint)")')
    # A trigger of the database itself does something with each new table.
    workshop.session.script(
        "CREATE FUNCTION public.note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF tg_tag = 'CREATE TABLE' AND EXISTS (SELECT FROM pg_class WHERE relname = 't' AND relkind = 'r')"
        " THEN EXECUTE 'ALTER TABLE t ADD COLUMN IF NOT EXISTS noted integer'; END IF; END $$;"
        "CREATE EVENT TRIGGER noting ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION note()"
    )
    result = workshop.apply(allow_drift=True)
    assert (result.ended, result.differences) == ("differs", ("- column t.noted",))
    assert workshop.runs[-1].outcome == "differs"


def test_alembic_goes_on_after_a_run_and_before_one(workshop: Workshop) -> None:
    workshop.add("r1", *FIRST)
    workshop.apply()
    workshop.session.script("ALTER TABLE users ADD COLUMN name text; UPDATE alembic_version SET version_num = 'r2'")
    workshop.add("r2", *SECOND)  # somebody has run it with alembic upgrade
    workshop.add("r3", 'op.execute("CREATE INDEX ix_users_name ON users (name)")')
    status = workshop.status()
    assert (status.current, [each.revision for each in status.pending], status.drift) == (("r2",), ["r3"], ())
    assert workshop.apply().ended == "succeeded"


def test_commands_leave_with_what_they_found(workshop: Workshop, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "0001_first.up.sql").write_text("CREATE TABLE t (id bigint);\n", encoding="utf-8")
    (folder / "0001_first.down.sql").write_text("DROP TABLE t;\n", encoding="utf-8")
    place = ["--url", workshop.session.dsn.url, "--history", str(folder)]

    def run(*arguments: str, code: int) -> Any:
        done = CliRunner().invoke(
            app, ["migrate", *arguments, *place], env={"COLONNADE_POSTGRES_URL": workshop.server.dsn.url}
        )
        assert done.exit_code == code, done.output
        if "json" not in arguments:
            return done.stdout
        told = json.loads(done.stdout)
        jsonschema.validate(told, result_schema())
        return told

    assert run("status", "--format", "json", code=1)["pending"][0]["revision"] == "0001_first"
    assert run("status", "--exit-zero", code=0)
    assert "CREATE TABLE t" in run("apply", "--dry-run", code=0)
    assert run("apply", "--format", "json", code=0)["ended"] == "succeeded"
    assert "up to date" in run("status", code=0)
    assert [each["outcome"] for each in run("status", "--format", "json", code=0)["runs"]] == ["succeeded"]
    assert "loss: content would be lost for good" in run("down", "-1", code=1)
    run("down", "--alow-data-loss", code=2)
    back = run("down", "-1", "--allow-data-loss", "--format", "json", code=0)
    assert (back["verb"], back["target"]) == ("migrate down", "base")
