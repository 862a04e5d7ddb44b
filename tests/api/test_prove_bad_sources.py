"""Sources that cannot be proved: exit code 2, one message with place and hint, no password, nothing run or left."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from existing_schemas import left_behind, written

from colonnade import api
from colonnade.errors import ColonnadeError, DatabaseError, InputError, ModelError, UnsupportedError
from colonnade.postgres import Server

SCRIPTS = {
    "syntax": ("SELECT 1;\n\nCREATE TABEL a (id int);", ":3:", "TABEL"),
    "unclosed": ("CREATE TABLE a (id int;\n", ":1:", "syntax error"),
    "included file": ("CREATE TABLE a (id int);\n\\i b.sql\n", ":2:", "command to psql"),
    "rows": ("CREATE TABLE a (id int);\nCOPY a FROM stdin;\n1\n\\.\n", ":2:", "COPY"),
    "open transaction": ("BEGIN; CREATE TABLE a (id int);", "", "transaction open"),
    "owner": ("CREATE TABLE a (id int);\nALTER TABLE a OWNER TO nobody_here;", ":2:", "nobody_here"),
    "extension": ("CREATE EXTENSION not_there_at_all;", ":1:", "not_there_at_all"),
    "database": ("CREATE TABLE a (id int);\nCREATE DATABASE b;", ":2:", "CREATE DATABASE"),
    "system": ("ALTER SYSTEM SET work_mem = '1GB';", ":1:", "ALTER SYSTEM"),
    "role of others": ("drop -- tidy up\n role if exists postgres;", ":1:", "DROP ROLE"),
    "program": ("COPY (SELECT 1) TO PROGRAM 'cat';", ":1:", "TO PROGRAM would reach the machine"),
    "program in a block": ("SELECT 1;\nDO $$ BEGIN COPY a FROM  PROGRAM 'id'; END $$;", ":2:", "FROM PROGRAM"),
    "program in a function": (
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS 'BEGIN COPY a FROM PROGRAM ''id''; END';",
        ":1:",
        "FROM PROGRAM",
    ),
    "file": ("CREATE TABLE a (t text);\nCOPY a FROM '/etc/passwd';", ":2:", "would reach the machine"),
    "file in a block": ("DO $$ BEGIN PERFORM pg_read_file('/etc/passwd'); END $$;", ":1:", "pg_read_file"),
    "another server": ("SELECT dblink_exec('host=a', 'DROP TABLE b');", ":1:", "dblink_exec"),
    "system in a block": (
        "DO $$ BEGIN EXECUTE 'ALTER' || ' SYSTEM SET work_mem = 1'; END $$;",
        ":1:",
        "cannot be executed from a function",
    ),
    "nothing": ("-- nothing\n", "", "no table"),
    "empty": ("", "", "no table"),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_bad_script_is_refused_with_its_line(name: str, tmp_path: Path, server: Server) -> None:
    text, place, said = SCRIPTS[name]
    before = left_behind(server)
    with pytest.raises(ColonnadeError) as caught:
        api.prove(written(tmp_path, "a.sql", text), postgres_url=server.dsn.url)
    assert place in str(caught.value)
    assert said in str(caught.value)
    assert caught.value.hint
    assert left_behind(server) == before


def test_words_about_what_is_refused_are_no_reason_to_refuse(tmp_path: Path, server: Server) -> None:
    text = """
CREATE TABLE a (id int PRIMARY KEY, n int NOT NULL); -- COPY a FROM PROGRAM 'id'
COMMENT ON TABLE a IS 'copy it to program x, or pg_read_file() it';
CREATE FUNCTION later() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN pg_read_file('x'); END $$;
"""
    result = api.prove(written(tmp_path, "a.sql", text), postgres_url=server.dsn.url)
    assert result.proof.refuted == ()


def test_script_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path, server: Server) -> None:
    path = tmp_path / "a.sql"
    path.write_bytes(b"CREATE TABLE a (id int);\n-- caf\xe9")
    with pytest.raises(InputError, match="UTF-8") as caught:
        api.prove(str(path), postgres_url=server.dsn.url)
    assert ":2:" in str(caught.value)


MODELS = {
    "raises": ("x = 1\nraise RuntimeError('no settings')", ":2:", "no settings"),
    "syntax": ("x = 1\ndef f(:\n", ":2:", "SyntaxError"),
    "exits": ("import sys\nsys.exit(3)", ":2:", "must not end the process"),
    "crashes": ("import os\nos.abort()", "", "ended"),
    "eats": ("x = []\nwhile True:\n    x.append(bytearray(50_000_000))", ":3:", "memory"),
    "hangs": ("import time\ntime.sleep(600)", "", "took longer"),
    "missing": ("import not_there_at_all", ":1:", "not_there_at_all"),
    "no tables": ("x = 1", "", "defines a table"),
}


@pytest.mark.parametrize("name", MODELS)
def test_bad_models_are_refused_with_their_line(name: str, tmp_path: Path, server: Server) -> None:
    text, place, said = MODELS[name]
    before = left_behind(server)
    seconds = 4 if name == "hangs" else 60
    with pytest.raises(ModelError) as caught:
        api.prove(written(tmp_path, "a.py", text), postgres_url=server.dsn.url, models_seconds=seconds)
    assert place in str(caught.value)
    assert said in str(caught.value)
    assert caught.value.hint
    assert left_behind(server) == before


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("postgresql://ada:hunter2@127.0.0.1:1/app", "ada:***@127.0.0.1:1/app"),
        ("postgresql+asyncpg://ada:hunter2@127.0.0.1:1/app", "ada:***@127.0.0.1:1/app"),
        ("host=127.0.0.1 port=1 user=ada password=hunter2", "ada:***@127.0.0.1:1"),
        ("mysql://ada:hunter2@127.0.0.1/app", "mysql"),
        ("postgresql://ada:hunter2@127.0.0.1:x/app", "malformed host"),
    ],
)
def test_database_that_cannot_be_reached_is_named_without_its_password(source: str, said: str) -> None:
    with pytest.raises((DatabaseError, InputError)) as caught:
        api.prove(source)
    assert said in str(caught.value)
    assert caught.value.hint
    assert "hunter2" not in str(caught.value)


def test_database_that_does_not_exist_is_named(server: Server) -> None:
    with pytest.raises(DatabaseError, match="cannot connect") as caught:
        api.prove(server.dsn.with_database("not_there").url)
    assert "not_there" in str(caught.value)


def test_database_without_a_table_is_named(server: Server) -> None:
    with server.scratch_database() as session, pytest.raises(InputError, match="no table"):
        api.prove(session.url)


def test_server_that_is_too_old_is_named(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("colonnade.api.snapshots.OLDEST_VERSION", 990000)
    with server.scratch_database() as session, pytest.raises(UnsupportedError, match="too old") as caught:
        api.prove(session.url)
    assert caught.value.hint


def test_path_that_is_not_there_or_no_source_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no"):
        api.prove(str(tmp_path / "absent"))
    with pytest.raises(InputError, match="no source"):
        api.prove(written(tmp_path, "note.txt", "hello"))


def test_command_line_leaves_with_code_2_and_prints_no_password(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "colonnade.cli", "prove", "postgresql://ada:hunter2@127.0.0.1:1/app"],
        capture_output=True,
        text=True,
        env={**os.environ, "COLONNADE_TRACEBACK": "1"},
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "hint: " in done.stderr
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr


def test_unusable_trial_server_is_named(tmp_path: Path) -> None:
    script = written(tmp_path, "a.sql", "CREATE TABLE a (id int PRIMARY KEY);")
    with pytest.raises(DatabaseError, match="cannot connect") as caught:
        api.prove(script, postgres_url="postgresql://ada:hunter2@127.0.0.1:1/app")
    assert "hunter2" not in str(caught.value)
