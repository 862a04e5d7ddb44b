"""What is asked before anything runs: evidence, files, policy, losses; with files of SQL, which start no process."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from colonnade.api import Consent, Destination, migrate_apply, migrate_down
from colonnade.api.applying.expected import found_in
from colonnade.api.change_results import ApplyResult
from colonnade.errors import InputError
from colonnade.migrate.files import file_steps
from colonnade.migrate.runs.table import RunTable
from colonnade.migrate.runs.way import plan_digest
from colonnade.postgres import Server, Session

BUILDS = "CREATE TABLE users (id bigint PRIMARY KEY, email text);\n"
ADDS = "ALTER TABLE users ADD COLUMN name text;\n"
PYPROJECT = """
[tool.colonnade.environments.production]
url = "APPLY_TEST_URL"

[tool.colonnade.environments.staging]
url = "APPLY_TEST_URL"
destructive = "refuse"
"""


def ran(way: str) -> dict[str, Any]:
    """Return the evidence that a way runs."""
    claim = {
        "id": f"migration/{way}/runs",
        "kind": "migration",
        "sentence": "it runs",
        "object": {"kind": "schema", "name": "public"},
    }
    return {"claim": claim, "verdict": "proved"}


class Files:
    """A database and a folder of SQL files."""

    def __init__(self, server: Server, session: Session, folder: Path) -> None:
        """Write two files, the first of which is applied."""
        self.server, self.session, self.folder = server, session, folder
        self.write("0001_users", BUILDS, "DROP TABLE users;\n")
        assert self.apply().ended == "succeeded"
        self.write("0002_names", ADDS, "ALTER TABLE users DROP COLUMN name;\n")

    def write(self, name: str, up: str, down: str) -> None:
        """Write a file for each way."""
        (self.folder / f"{name}.up.sql").write_text(up, encoding="utf-8")
        (self.folder / f"{name}.down.sql").write_text(down, encoding="utf-8")

    def apply(self, revision: str | None = None, *, environment: str = "", **consent: Any) -> ApplyResult:
        """Apply."""
        return migrate_apply(
            revision, at=self._at(environment), consent=Consent(**consent), postgres_url=self.server.dsn.url
        )

    def down(self, revision: str | None = None, *, environment: str = "", **consent: Any) -> ApplyResult:
        """Go back."""
        return migrate_down(
            revision, at=self._at(environment), consent=Consent(**consent), postgres_url=self.server.dsn.url
        )

    def rehearsal(self, **other: Any) -> Path:
        """Write a rehearsal of the second file, as far as an applier reads it, with what is to be otherwise."""
        steps = file_steps(self.folder)
        before = found_in(self.session).fingerprint
        with self.server.scratch_database() as scratch:
            scratch.script(BUILDS + ADDS)
            after = found_in(scratch).fingerprint
        document = {
            "start": "0001_users",
            "head": "0002_names",
            "plan": plan_digest(steps[1:]),
            "before": before,
            "after": after,
            "rows": 3,
            "statements": [],
            "evidence": [ran("up"), ran("down")],
            "revisions": [{"revision": each.revision, "path": each.path, "digest": each.digest} for each in steps[1:]],
            "rehearsed_at": datetime.now(UTC).isoformat(),
            **other,
        }
        path = self.folder / "rehearsal.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    @property
    def count(self) -> int:
        """How many runs are recorded."""
        return len(RunTable(self.session).runs())

    def _at(self, environment: str) -> Destination:
        url = "" if environment else self.session.dsn.url
        return Destination(url=url, environment=environment, history=self.folder)


@pytest.fixture
def files(server: Server, database: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """Give a database at the first of two files."""
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("APPLY_TEST_URL", database.dsn.url)
    return Files(server, database, tmp_path)


def refusal(result: ApplyResult) -> tuple[str, str]:
    """Return kind and message of the only refusal."""
    (one,) = result.refusals
    return one.kind, one.message


def test_rehearsed_files_are_applied_in_production(files: Files) -> None:
    result = files.apply(environment="production", rehearsal=files.rehearsal())
    assert (result.ended, result.refusals) == ("succeeded", ())
    run = RunTable(files.session).runs()[-1]
    assert (run.environment, len(run.rehearsal), run.plan) == (
        "production",
        64,
        plan_digest(file_steps(files.folder)[1:]),
    )


def test_production_demands_a_rehearsal_that_is_not_old(files: Files) -> None:
    assert refusal(files.apply(environment="production")) == (
        "rehearsal",
        'the environment "production" demands a rehearsal',
    )
    old = (datetime.now(UTC) - timedelta(hours=25)).isoformat()
    result = files.apply(environment="production", rehearsal=files.rehearsal(rehearsed_at=old))
    assert refusal(result) == ("policy", "the rehearsal is too old")
    result = files.apply(environment="production", rehearsal=files.rehearsal(rehearsed_at=""))
    assert refusal(result) == ("policy", "the rehearsal does not say from when it is")
    assert files.apply(rehearsal=files.rehearsal(rehearsed_at=old)).ended == "succeeded"  # nobody demands otherwise


def test_file_that_was_edited_after_its_rehearsal_is_named(files: Files) -> None:
    path = files.rehearsal()
    files.write("0002_names", ADDS + "-- edited\n", "")
    result = files.apply(rehearsal=path)
    assert refusal(result) == ("plan", "the revisions are not those that were rehearsed")
    assert result.refusals[0].detail == "Revision 0002_names was edited after the rehearsal."
    result = files.apply(rehearsal=files.rehearsal(start="base"))
    assert refusal(result) == ("plan", "another way was rehearsed")
    assert files.count == 1


def test_refuted_claim_stops_it(files: Files) -> None:
    claim = {
        "id": "migration/traffic/waits",
        "kind": "migration",
        "sentence": "nobody waits",
        "object": {"kind": "schema", "name": "public"},
    }
    path = files.rehearsal(evidence=[{"claim": claim, "verdict": "refuted", "observed": "users: 2 s"}])
    result = files.apply(rehearsal=path)
    assert refusal(result) == ("rehearsal", "the rehearsal has refuted 1 claim")
    assert result.refusals[0].detail == "nobody waits: users: 2 s."
    assert refusal(files.apply(rehearsal=files.rehearsal(evidence=[])))[0] == "rehearsal"


def test_database_that_is_not_as_rehearsed_shows_what_differs(files: Files) -> None:
    path = files.rehearsal()
    files.session.execute("CREATE INDEX stray ON users (email)")
    result = files.apply(rehearsal=path)
    assert refusal(result) == ("drift", "the database is not as it was rehearsed")
    assert result.refusals[0].differences == ("- index stray of users",)
    files.session.execute("DROP INDEX stray")
    files.session.execute("CREATE EXTENSION pg_trgm")  # a platform's own is no drift
    assert files.apply(rehearsal=path).ended == "succeeded"


def test_drift_that_was_allowed_once_is_known(files: Files) -> None:
    files.session.execute("CREATE INDEX stray ON users (email)")
    assert refusal(files.apply())[0] == "drift"
    assert files.apply(allow_drift=True).ended == "succeeded"
    files.write("0003_more", "CREATE TABLE more (id bigint);\n", "DROP TABLE more;\n")
    result = files.apply()
    assert (result.ended, result.differences) == ("succeeded", ())


def test_way_back_that_was_edited_after_the_rehearsal_is_named(files: Files) -> None:
    rehearsal = files.rehearsal()
    files.write("0002_names", ADDS, "DROP TABLE users;\n")
    result = files.apply(environment="production", rehearsal=rehearsal)
    assert refusal(result) == ("plan", "the revisions are not those that were rehearsed")
    assert "0002_names was edited" in result.refusals[0].detail


def test_loss_needs_consent_and_in_production_a_name(files: Files) -> None:
    files.apply()
    assert refusal(files.down())[0] == "loss"
    assert [each.kind for each in files.down(environment="production", allow_data_loss=True).refusals] == [
        "rehearsal",
        "policy",
    ]
    assert refusal(files.down(environment="staging", allow_data_loss=True, approved_by="Ada"))[0] == "policy"
    assert files.down(allow_data_loss=True, approved_by="Ada").ended == "succeeded"
    assert RunTable(files.session).runs()[-1].approved_by == "Ada"
    one_way = files.rehearsal(evidence=[ran("up")]).rename(files.folder / "one_way.json")
    way_back = files.rehearsal()
    files.apply()
    unknown = files.down(rehearsal=one_way, allow_data_loss=True)
    assert refusal(unknown) == ("rehearsal", "the rehearsal does not show that the downgrade runs")
    approved = files.down(environment="production", rehearsal=way_back, allow_data_loss=True, approved_by="Ada")
    assert (approved.ended, approved.target) == ("succeeded", "0001_users")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('url = "postgresql://ada:hunter2@h/d"', '"url" of an environment names no variable'),
        ("require-rehersal = true", '"require-rehersal" means nothing'),
        ("rehearsal-max-age-hours = 0", "is no number of hours"),
        ('destructive = "maybe"', '"destructive" is neither'),
        ('require-rehearsal = "yes"', "neither true nor false"),
        ('url = "NOT_SET_ANYWHERE"', "NOT_SET_ANYWHERE is not set"),
        ("", "no database is named"),
    ],
)
def test_environment_that_nobody_understands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str, message: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.colonnade.environments.x]\n{table}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message) as caught:
        migrate_apply(at=Destination(environment="x"))
    assert "hunter2" not in str(caught.value)
    with pytest.raises(InputError, match='no environment "y"'):
        migrate_apply(at=Destination(environment="y"))


def test_file_that_is_no_rehearsal(files: Files) -> None:
    path = files.folder / "rehearsal.json"
    with pytest.raises(InputError, match="cannot read"):
        files.apply(rehearsal=path)
    path.write_text('{"start": "x"}', encoding="utf-8")
    with pytest.raises(InputError, match="is no rehearsal"):
        files.apply(rehearsal=path)
