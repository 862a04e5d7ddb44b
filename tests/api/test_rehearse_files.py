"""Rehearsals of folders of SQL files: the same claims as of Alembic's revisions, and evidence that `apply` takes."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from branches_support import run
from colonnade.api import Consent, Destination, migrate_apply, migrate_down, migrate_rehearse
from colonnade.api.texts import read_text
from colonnade.branches import Target
from colonnade.branches.local import Home, LocalProvider
from colonnade.errors import DatabaseError, InputError
from colonnade.migrate.files import FileRunner, file_route
from colonnade.migrate.runs.table import RunTable
from colonnade.postgres import Server, Session
from colonnade.prove.rehearsal import Rehearsal

FIRST = (
    """CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL);
CREATE TABLE tasks (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, title text);
""",
    "DROP TABLE tasks, users;\n",
)
SOUND = (
    """-- It can be run again from its beginning.
ALTER TABLE tasks ADD COLUMN IF NOT EXISTS done boolean NOT NULL DEFAULT false;
DROP INDEX IF EXISTS ix_tasks_user_id;
CREATE INDEX CONCURRENTLY ix_tasks_user_id ON tasks (user_id);
""",
    "DROP INDEX ix_tasks_user_id;\nALTER TABLE tasks DROP COLUMN done;\n",
)
ADDS = ("ALTER TABLE tasks ADD COLUMN n integer;\n", "ALTER TABLE tasks DROP COLUMN n;\n")
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
SECONDS = 30
KINDS = ("backend-terminated", "connection-cut", "process-killed")


@pytest.fixture(autouse=True)
def _shared_server(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all rehearsals run on one server."""
    monkeypatch.setenv("COLONNADE_POSTGRES_URL", server.dsn.url)


def files(folder: Path, *ways: tuple[str, str | None]) -> Path:
    """Write numbered files, each with its way back unless that is None, and return their folder."""
    for number, (up, down) in enumerate(ways, start=1):
        (folder / f"{number:04}_f.up.sql").write_text(up, encoding="utf-8")
        if down is not None:
            (folder / f"{number:04}_f.down.sql").write_text(down, encoding="utf-8")
    return folder


def rehearsed(folder: Path, *ways: tuple[str, str | None], **options: Any) -> Rehearsal:
    """Rehearse the last of the files, without rows and without stops unless that is asked for."""
    return migrate_rehearse(files(folder, *ways), **{"rows": 0, "stops": False, **options}).rehearsal


def verdicts(rehearsal: Rehearsal, verdict: str) -> dict[str, str]:
    """Return what was observed of the claims with a verdict, by the end of their ids."""
    return {
        each.claim.id.removeprefix("migration/"): each.observed
        for each in rehearsal.evidence
        if each.verdict == verdict
    }


def test_sound_files_are_proved_and_then_applied(
    server: Server, database: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is one transaction and one that is not, stopped at each statement and where each is recorded."""
    folder = tmp_path / "files"
    folder.mkdir()
    files(folder, FIRST, SOUND)
    policy = '[tool.colonnade]\nmigrations = "files"\n[tool.colonnade.environments.production]\nurl = "REHEARSED_URL"\n'
    (tmp_path / "pyproject.toml").write_text(policy, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REHEARSED_URL", database.dsn.url)
    evidence = tmp_path / "rehearsal.json"
    found = migrate_rehearse(start="base", rows=0, out=evidence).rehearsal
    assert (found.start, found.head, verdicts(found, "refuted")) == ("base", "0002_f", {})
    proved = verdicts(found, "proved")
    assert {f"stop/{number}/after/{kind}" for number in range(1, 8) for kind in KINDS} <= proved.keys()
    assert "stop/6/during/backend-terminated" in proved
    assert "stop/8/after/process-killed" not in proved
    assert {"up/valid", "down/restores", "again/same", "repeated/runs"} <= proved.keys()
    assert proved["repeated/runs"] == "0 statements"
    places = [f"{each.path}:{each.line}" for each in found.statements]
    first, second = "files/0001_f.up.sql", "files/0002_f.up.sql"
    assert places == [f"{first}:1", f"{first}:2", f"{second}:2", f"{second}:3", f"{second}:4"]
    at = Destination(environment="production")
    refused = migrate_apply(at=at, postgres_url=server.dsn.url)
    assert [each.kind for each in refused.refusals] == ["rehearsal"]
    consent = Consent(rehearsal=evidence, allow_data_loss=True, approved_by="me")
    assert migrate_apply(at=at, consent=consent, postgres_url=server.dsn.url).ended == "succeeded"
    assert migrate_down("base", at=at, consent=consent, postgres_url=server.dsn.url).ended == "succeeded"
    (folder / "0002_f.down.sql").write_text("DROP INDEX ix_tasks_user_id;\n", encoding="utf-8")
    edited = migrate_apply(at=at, consent=consent, postgres_url=server.dsn.url)
    assert [each.detail for each in edited.refusals] == ["Revision 0002_f was edited after the rehearsal."]


def test_file_that_cannot_be_repeated_is_refuted_where_it_stopped(tmp_path: Path) -> None:
    naive = (SOUND[0].replace(" IF NOT EXISTS", ""), SOUND[1])
    found = verdicts(rehearsed(tmp_path, FIRST, naive, stops=True), "refuted")
    assert {f"stop/{number}/after/{kind}" for number in (1, 2, 3) for kind in KINDS} <= found.keys()
    assert "stop/4/after/process-killed" not in found  # it is recorded by then
    assert '0002_f.up.sql:2: column "done" of relation "tasks" already exists' in found["stop/1/after/process-killed"]


def test_way_back_that_is_not_written_is_never_proved_and_locks_are_shown_with_their_holder(tmp_path: Path) -> None:
    found = rehearsed(tmp_path, FIRST, (f"{ADDS[0]}SELECT pg_sleep(1.5);\n", None), rows=2, budget_ms=700)
    missing = {name: reason for name, reason in verdicts(found, "not_run").items() if "0002_f.down.sql" in reason}
    assert missing.keys() == {"down/runs", "down/restores", "down/rows", "again/runs", "again/same"}
    assert {"up/runs", "up/rows", "repeated/runs", "traffic/runs"} <= verdicts(found, "proved").keys()
    (waits,) = found.refuted
    assert waits.claim.id == "migration/traffic/waits"
    assert any("waits with" in each and "pg_sleep" in each for each in waits.details)


def test_what_is_wrong_in_a_file_is_told_with_its_line(tmp_path: Path) -> None:
    found = verdicts(rehearsed(tmp_path, FIRST, (f"{ADDS[0]}\nSELECT 1 / 0;\n", ADDS[1])), "refuted")
    assert found.keys() == {"up/runs"}
    assert found["up/runs"].endswith("0002_f.up.sql:3: division by zero")


def test_a_way_back_that_leaves_what_no_schema_can_say_is_refuted(tmp_path: Path) -> None:
    full, default = (f"ALTER TABLE t REPLICA IDENTITY {kind};\n" for kind in ("FULL", "DEFAULT"))
    table = "CREATE TABLE t (id int PRIMARY KEY);\n", "DROP TABLE t;\n"
    assert not verdicts(rehearsed(tmp_path, table, (full, default)), "refuted")
    found = verdicts(rehearsed(tmp_path, table, (full, "SELECT 1;\n")), "refuted")
    assert found == {"down/restores": "- replica identity of public.t"}


def test_upgrade_that_only_ends_while_nobody_is_there_is_refuted(tmp_path: Path) -> None:
    others = "FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
    alone = f"DO $$ BEGIN IF (SELECT count(*) {others}) > 3 THEN RAISE 'somebody is here'; END IF; END $$;\n"
    found = verdicts(rehearsed(tmp_path, FIRST, (ADDS[0] + alone, ADDS[1]), rows=2), "refuted")
    assert found.keys() == {"traffic/runs"}
    assert "somebody is here" in found["traffic/runs"]


def test_roles_that_a_file_makes_are_gone_again_on_a_server_of_others(server: Server, tmp_path: Path) -> None:
    makes = 'CREATE ROLE "App user";\n', 'DROP ROLE "App user";\n'
    found = rehearsed(tmp_path, FIRST, (ADDS[0] + makes[0], ADDS[1] + makes[1]), stops=True)
    assert verdicts(found, "refuted") == {}
    with server.session() as session:
        assert session.value("SELECT count(*) FROM pg_roles WHERE rolname = 'App user'") == 0


def test_folders_that_cannot_be_rehearsed_say_why(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no migrations"):
        migrate_rehearse(tmp_path)
    with pytest.raises(InputError, match="there is no"):
        migrate_rehearse(tmp_path / "nowhere")
    files(tmp_path, FIRST, ("x", None), ADDS)
    with pytest.raises(InputError, match='"0009" is no revision'):
        migrate_rehearse(tmp_path, start="0009")
    out = tmp_path / "rehearsal.json"
    with pytest.raises(DatabaseError, match='revision "0002_f" cannot be reached: syntax error') as caught:
        migrate_rehearse(tmp_path, rows=0, out=out)
    assert str(caught.value.at) == f"{tmp_path / '0002_f.up.sql'}:1:1"
    assert not out.exists()
    (tmp_path / "02_again.up.sql").write_text("SELECT 1;\n", encoding="utf-8")
    with pytest.raises(InputError, match="two files have the number 2"):
        migrate_rehearse(tmp_path)


def released_when_refused(session: Session, holder: Session) -> None:
    """End the transaction of the one that holds a lock when somebody has waited for it and has given up."""
    for waits in (True, False):
        deadline = time.monotonic() + SECONDS
        while bool(session.value(WAITING)) is not waits and time.monotonic() < deadline:
            time.sleep(0.01)
    holder.execute("COMMIT")


def test_run_asks_again_for_a_lock_and_knows_where_it_stands(server: Server, database: Session, tmp_path: Path) -> None:
    database.script(FIRST[0])
    impatient = f"BEGIN;\nSET LOCAL lock_timeout = 50;\n{ADDS[0]}COMMIT;\n"
    asked = "SELECT coalesce(EXISTS (SELECT FROM pg_attribute WHERE attname = 'n'), false) AS done"
    guarded = f"{asked} \\gset\n\\if :done\n\\else\n{impatient}\\endif\n"
    route = file_route(files(tmp_path, ("SELECT 1;\n", None), (guarded, None)))
    with FileRunner(route, read=read_text) as runner, server.session(database.dsn.database) as other:
        assert runner.run(dsn=database.dsn).current == ("base",)
        other.execute("BEGIN")
        other.execute("LOCK TABLE tasks IN ACCESS SHARE MODE")
        released = threading.Thread(target=lambda: released_when_refused(database, other))
        released.start()
        assert runner.run(dsn=database.dsn, target="0002_f").failure is None
        released.join()
        assert database.value("SELECT count(*) FROM pg_attribute WHERE attname = 'n'") == 1
        assert runner.run(dsn=database.dsn).current == ("0002_f",)
        assert runner.run(dsn=database.dsn, target="0002_f").statements == ()
    (tmp_path / "0002_f.up.sql").unlink()
    with FileRunner(file_route(tmp_path), read=read_text) as runner:
        failure = runner.run(dsn=database.dsn, target="0001_f").failure
    assert failure is not None
    assert failure.message == 'the database stands at "0002_f", which is not in this folder'
    assert len(RunTable(database).runs()) == 1


def test_files_are_tried_on_a_branch_from_where_it_stands(
    local: LocalProvider, home: Home, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLONNADE_HOME", str(home.folder))
    files(tmp_path, FIRST)
    dropping = "DROP TABLE IF EXISTS tasks, users", "DROP SCHEMA IF EXISTS colonnade CASCADE"
    run(local, "main", *dropping)
    try:
        url = local.url("main", Target()).url
        migrate_apply(at=Destination(url=url, history=tmp_path), postgres_url=server.dsn.url)
        run(local, "main", "INSERT INTO users VALUES (1, 'same'), (2, 'same')")
        found = rehearsed(tmp_path, FIRST, ADDS, branch="local:main")
        branch = {name for name in verdicts(found, "proved") if name.startswith("branch/")}
        assert branch == {f"branch/{each}" for each in ("up", "valid", "down", "restores", "again", "same")}
    finally:
        run(local, "main", *dropping)
