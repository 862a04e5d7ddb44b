"""`colonnade doctor`: what it sees of a real server, directly and through a pooler, and how it leaves."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from colonnade.cli.main import app
from colonnade.dsn import Dsn
from colonnade.errors import ColonnadeError, DatabaseError, InputError
from colonnade.postgres import Server, Session
from colonnade.report.machine import result_schema
from pooling import Pooler

TABLE = "CREATE TABLE note (id int); ALTER TABLE note ENABLE ROW LEVEL SECURITY"


def doctor(*arguments: str, environment: dict[str, str] | None = None) -> tuple[int, str]:
    """Run the command; what it raises comes out."""
    result = CliRunner().invoke(app, ["doctor", *arguments], env=environment or {"DATABASE_URL": ""})
    if isinstance(result.exception, ColonnadeError):
        raise result.exception
    return result.exit_code, result.stdout


def as_json(*arguments: str) -> dict[str, Any]:
    """Return the result for machines, which keeps to the schema."""
    _, output = doctor(*arguments, "--format", "json")
    found: dict[str, Any] = json.loads(output)
    jsonschema.validate(found, result_schema())
    return found


def test_sound_connection_leaves_with_nothing(database: Session) -> None:
    code, output = doctor(database.url)
    assert code == 0
    assert "nothing found" in output
    assert "Postgres, directly" in output


def test_finding_leaves_with_one(database: Session) -> None:
    database.script(TABLE)
    code, output = doctor(database.url)
    assert code == 1
    assert "RL105 postgres" in output
    assert doctor(database.url, "--exit-zero")[0] == 0
    assert doctor(database.url, "--purpose", "ddl")[0] == 0


def test_facts_are_those_of_the_server(database: Session) -> None:
    database.script(f"CREATE EXTENSION pg_trgm; {TABLE}")
    found = as_json(database.url, "--pool-size", "20", "--processes", "3")
    server = found["server"]
    assert server["version"] == database.value("SHOW server_version")
    assert (server["role"], server["superuser"], server["pooled"], server["encrypted"]) == (
        "postgres",
        True,
        False,
        False,
    )
    assert server["isolated"] == server["unforced"] == ["public.note"]
    assert "pg_trgm" in server["extensions"]
    assert server["timeouts"]["statement_timeout"] == "0"
    assert found["pool"]["processes"] == 3
    assert (found["pool"]["size"] + found["pool"]["overflow"]) * 3 <= 0.9 * found["pool"]["connections"]
    assert {each["code"] for each in found["findings"]} == {"NE107", "RL105"}


def test_what_is_said_of_a_pool_is_judged(monkeypatch: pytest.MonkeyPatch, database: Session) -> None:
    monkeypatch.setattr(Dsn, "neon", property(lambda _: True))  # nobody has an account here
    stale = as_json(database.url, "--pool-size", "5", "--no-pre-ping", "--keepalive", "60")
    assert {each["code"] for each in stale["findings"]} == {"NE106", "NE108"}
    assert not as_json(database.url, "--pool-size", "5", "--pre-ping", "--keepalive", "600")["findings"]
    assert not as_json(database.url, "--pool-size", "5", "--no-pre-ping", "--recycle", "200")["findings"]
    assert not as_json(database.url, "--pool-size", "5", "--no-pre-ping", "--keepalive", "60", "--suspend", "0")[
        "findings"
    ]


def test_pooler_is_recognised_by_its_answers(accounts: Session, pooler: Pooler) -> None:
    url = replace(accounts.dsn, host=pooler.host, port="6432").url
    found = as_json(url, "--purpose", "ddl")
    assert found["kind"] == "Postgres, through a pooler"
    assert [each["code"] for each in found["findings"]] == ["NE101"]


def test_url_is_that_of_the_environment(database: Session) -> None:
    assert doctor(environment={"DATABASE_URL": database.url})[0] == 0
    with pytest.raises(InputError, match="no database is named"):
        doctor()


def test_password_is_never_printed(database: Session) -> None:
    secret = replace(database.dsn, password="geheim").url
    assert "geheim" not in doctor(secret)[1]
    assert "geheim" not in json.dumps(as_json(secret))


def test_what_is_not_there_is_told(server: Server) -> None:
    with pytest.raises(DatabaseError):
        doctor(replace(server.dsn, database="nowhere").url)
    with pytest.raises(InputError):
        doctor("mysql://h/d")
