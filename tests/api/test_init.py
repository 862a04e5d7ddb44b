"""`init --github`: a workflow that is valid, and never written over somebody's edits."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from colonnade.api import init
from colonnade.cli.main import app
from colonnade.errors import InputError, OutputError
from colonnade.report import machine


def test_the_workflow_runs_commands_that_there_are(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "alembic.ini").touch()
    (tmp_path / "requirements.txt").touch()
    (path,) = init(tmp_path, github=True).changed
    text = path.read_text(encoding="utf-8")
    parsed = yaml.safe_load(text)
    assert set(parsed["jobs"]) == {"rehearse", "delete"}
    assert "colonnade migrate rehearse db/alembic.ini --branch neon" in text
    assert "-r requirements.txt" in text
    assert "@" not in re.sub(r"(checkout|setup-python|upload-artifact)@v\d", "", text)
    for line in re.findall(r"colonnade ((?:branch|migrate) .*)", text):
        words = re.sub(r"\$\(.*|[|>;].*|\"", "", line).split()
        options = [word for word in words if word.startswith("--")]
        shown = CliRunner().invoke(app, [*words[:2], "--help"], env={"COLUMNS": "300"})
        assert shown.exit_code == 0
        assert all(option in shown.output for option in options), line


@pytest.mark.parametrize("named", [True, False])
def test_sql_files_are_applied_without_alembic(tmp_path: Path, named: bool) -> None:
    (folder := tmp_path / "db" / "changes").mkdir(parents=True)
    (folder / "0001_first.up.sql").write_text("CREATE TABLE t (n int);\n", encoding="utf-8")
    (tmp_path / "requirements.txt").touch()
    if named:
        (tmp_path / "alembic.ini").touch()
        (tmp_path / "pyproject.toml").write_text('[tool.colonnade]\nmigrations = "db/changes"\n', encoding="utf-8")
    text = init(tmp_path, github=True).changed[0].read_text(encoding="utf-8")
    assert "colonnade migrate rehearse db/changes --branch neon" in text
    assert 'colonnade migrate apply --url "$url" --history db/changes\n' in text
    assert "alembic" not in text
    assert "requirements.txt" not in text
    assert set(yaml.safe_load(text)["jobs"]) == {"rehearse", "delete"}


def test_what_is_there_and_differs_is_kept(tmp_path: Path) -> None:
    (path,) = init(tmp_path, github=True).files
    assert init(tmp_path, github=True).changed == ()
    path.write_text("name: mine\n", encoding="utf-8")
    with pytest.raises(OutputError, match="is there and differs"):
        init(tmp_path, github=True)
    assert path.read_text(encoding="utf-8") == "name: mine\n"
    assert init(tmp_path, github=True, force=True).changed == (path,)
    with pytest.raises(InputError, match="nothing to write"):
        init(tmp_path)
    with pytest.raises(InputError, match="is no folder"):
        init(tmp_path / "nowhere", github=True)


def test_the_command_says_what_it_wrote(tmp_path: Path) -> None:
    made = CliRunner().invoke(app, ["init", str(tmp_path), "--github", "--format", "json"])
    found = json.loads(made.stdout)
    jsonschema.Draft202012Validator(machine.result_schema()).validate(found)
    assert found["changed"] == [str(tmp_path / ".github" / "workflows" / "database-branch.yml")]
