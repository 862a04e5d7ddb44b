"""`colonnade diff`: exit codes, and output that runs and validates as it stands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from colonnade.postgres import Server, read_catalog
from colonnade.report import machine

BEFORE = "CREATE TYPE e AS ENUM ('a', 'b'); CREATE TABLE t (id int PRIMARY KEY, kind e NOT NULL, x text DEFAULT 'x');"
AFTER = """
CREATE TYPE e AS ENUM ('a', 'c', 'b'); CREATE TABLE t (id bigint PRIMARY KEY, kind e DEFAULT 'c', y text NOT NULL);
CREATE VIEW v AS SELECT id FROM t; COMMENT ON TABLE t IS 'it''s "quoted"';
"""


@pytest.fixture
def scripts(tmp_path: Path) -> tuple[str, str]:
    """Write two schemas."""
    for name, text in (("a.sql", BEFORE), ("b.sql", AFTER)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return str(tmp_path / "a.sql"), str(tmp_path / "b.sql")


def run(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user would, with a server that is there already."""
    return subprocess.run(
        [sys.executable, "-m", "colonnade.cli", "diff", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "COLONNADE_POSTGRES_URL": server.dsn.url, "NO_COLOR": "1"},
        check=False,
    )


def test_text_says_what_is_lost_and_what_would_keep_it(server: Server, scripts: tuple[str, str]) -> None:
    done = run(server, *scripts)
    assert done.returncode == 1
    assert "- column t.x (loses the values of t.x)" in done.stdout
    assert "to keep the values of t.x: --rename public.t.x=public.t.y" in done.stdout


def test_a_rename_of_nothing_is_refused(server: Server, scripts: tuple[str, str]) -> None:
    refused = run(server, *scripts, "--rename", "t.gone=t.y")
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert "hint: " in refused.stderr
    assert "Traceback" not in refused.stderr


def test_sql_runs_as_it_stands_through_psql(server: Server, psql: str, scripts: tuple[str, str]) -> None:
    done = run(server, *scripts, "--rename", "public.t.x=public.t.y", "--format", "sql")
    assert done.returncode == 1, done.stderr
    with server.scratch_database() as database, server.scratch_database() as goal:
        database.script(BEFORE)
        database.script("INSERT INTO t VALUES (1, 'b', 'kept')")
        goal.script(AFTER)
        command = [psql, "-qX", "-v", "ON_ERROR_STOP=1", database.url]
        subprocess.run(command, input=done.stdout, text=True, check=True, capture_output=True)
        assert database.execute("SELECT id, kind::text, y FROM t") == [(1, "b", "kept")]
        assert read_catalog(database).schema == read_catalog(goal).schema


def test_json_validates(server: Server, scripts: tuple[str, str]) -> None:
    one, two = scripts
    for arguments in ((one, one), (one, two, "--exit-zero")):
        done = run(server, *arguments, "--format", "json")
        assert done.returncode == 0, done.stderr
        result = json.loads(done.stdout)
        jsonschema.Draft202012Validator(machine.result_schema()).validate(result)
        assert result["equal"] is (arguments[1] == one)
        assert bool(result["sql"]) is not result["equal"]
        assert done.stderr == ""
