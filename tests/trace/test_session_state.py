"""What a transaction pooler does to the state of sessions, and how `doctor` tells it of an application's trace."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from colonnade.cli.main import app
from colonnade.dsn import Dsn
from colonnade.errors import ColonnadeError, InputError
from colonnade.postgres import Server, Session
from colonnade.report.machine import result_schema
from colonnade.review.rules.trace.session_state_through_pooler import CARRIED
from colonnade.trace import record
from pooling import Pooler

VALUES = {
    "application_name": "jobs",
    "client_encoding": "LATIN1",
    "datestyle": "German, DMY",
    "standard_conforming_strings": "off",
    "timezone": "Asia/Tokyo",
}
LISTENING = "LISTEN jobs"


@pytest.fixture
def one_connection(crashable: Server) -> Any:
    """Give PgBouncer with a single connection, which all clients share."""
    made = Pooler(crashable.dsn.host, pool_size=1)
    yield made
    made.close()


def test_pooler_gives_each_client_its_settings_back(one_connection: Pooler, crashable: Server) -> None:
    behind = replace(crashable.dsn, host=one_connection.host, port="6432")
    assert set(VALUES) == CARRIED
    for name, value in VALUES.items():
        with Session(behind) as mine, Session(behind) as other:
            before = other.value(f"SHOW {name}")
            mine.execute(f"SET {name} = '{value}'")
            assert (other.value(f"SHOW {name}"), mine.value(f"SHOW {name}")) == (before, value)


@pytest.mark.parametrize(
    ("makes", "asks", "met"),
    [
        ("SET statement_timeout = '77s'", "SHOW statement_timeout", "77s"),
        ("SET ROLE pg_monitor", "SELECT current_user", "pg_monitor"),
        ("SELECT pg_advisory_lock(77)", "SELECT objid::text FROM pg_locks WHERE objid = 77 AND granted", "77"),
        (LISTENING, "SELECT * FROM pg_listening_channels()", "jobs"),
        ("PREPARE jobs_of AS SELECT 1", "SELECT name FROM pg_prepared_statements", "jobs_of"),
        ("CREATE TEMP TABLE seen (id int)", "SELECT 'pg_temp.seen'::regclass::text", "seen"),
        ("DECLARE pages CURSOR WITH HOLD FOR SELECT 1", "SELECT name FROM pg_cursors", "pages"),
    ],
)  # fmt: skip
def test_everything_else_is_met_by_others(
    one_connection: Pooler, crashable: Server, makes: str, asks: str, met: str
) -> None:
    behind = replace(crashable.dsn, host=one_connection.host, port="6432")
    with Session(behind) as mine, Session(behind) as other:
        mine.script(makes)
        assert other.value(asks) == met


def doctor(*arguments: str) -> tuple[int, str]:
    """Run the command; what it raises comes out."""
    result = CliRunner().invoke(app, ["doctor", *arguments])
    if isinstance(result.exception, ColonnadeError):
        raise result.exception
    return result.exit_code, result.stdout


@pytest.fixture
def behind(accounts: Session, pooler: Pooler) -> Dsn:
    """Give the accounts behind the pooler."""
    return replace(accounts.dsn, host=pooler.host, port="6432")


@pytest.fixture
def listening(accounts: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Give what records an application that ends in a line of its own, on the server itself."""
    monkeypatch.chdir(tmp_path)

    def run(ending: str) -> Path:
        work = f"def work(connection):\n    connection.execute(text({LISTENING!r})){ending}\n"
        source = f"from sqlalchemy import text\n\n{work}"
        Path("service.py").write_text(source, encoding="utf-8")
        names: dict[str, Any] = {"__name__": "service"}
        exec(compile(source, str(tmp_path / "service.py"), "exec"), names)
        engine = sa.create_engine(accounts.dsn.sqlalchemy_url(), poolclass=sa.NullPool)
        with record(engine, "trace.jsonl"), engine.begin() as connection:
            names["work"](connection)
            connection.execute(sa.text("SELECT set_config('a.b', 'c', :local)"), {"local": True})
        return Path("trace.jsonl")

    return run


def test_trace_is_judged_by_the_connection_that_it_is_for(
    accounts: Session, behind: Dsn, listening: Callable[[str], Path]
) -> None:
    trace = str(listening(""))
    code, output = doctor(behind.url, "--trace", trace)
    assert code == 1
    assert "service.py:4:1: error NE401 jobs: notifications go to a connection of the pooler" in output
    assert "  hint: Listen over the direct host." in output
    assert "Ran once, in tests/trace/test_session_state.py::test_trace_is_judged" in output
    assert "trace      2 statements" in output
    code, output = doctor(accounts.url, "--trace", trace)
    assert (code, "NE401" in output) == (0, False)


def test_without_a_trace_it_is_not_run_where_it_would_matter(accounts: Session, behind: Dsn, tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    assert "not run (no trace was named: --trace reads one): NE401" in doctor(behind.url)[1]
    assert "NE401" not in doctor(accounts.url)[1]
    with record(sa.create_engine(accounts.dsn.sqlalchemy_url()), trace):
        pass
    assert "not run (no statement was recorded): NE401" in doctor(behind.url, "--trace", str(trace))[1]


def test_comment_in_the_source_answers_for_it(behind: Dsn, listening: Callable[[str], Path]) -> None:
    trace = str(listening("  # colonnade: ignore[NE401] the session pool of the same host"))
    _, output = doctor(behind.url, "--trace", trace, "--format", "json")
    found = json.loads(output)
    jsonschema.validate(found, result_schema())
    assert (found["findings"], found["suppressed"], found["statements"]) == ([], 1, 2)
    trace = str(listening("\n    # colonnade: ignore[NE401] nothing is left here\n    connection.commit"))
    assert {"CO001", "NE401"} <= set(doctor(behind.url, "--trace", trace)[1].split())


def test_bad_trace_is_told_with_its_place(behind: Dsn, tmp_path: Path) -> None:
    (tmp_path / "trace.jsonl").write_text("SELECT 1;\n", encoding="utf-8")
    with pytest.raises(InputError, match="no statement of a trace"):
        doctor(behind.url, "--trace", str(tmp_path / "trace.jsonl"))
