"""Debian's own Postgres as the server to prove on; skipped where it is not installed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import given_servers
import pytest
from existing_schemas import written
from given_servers import PASSWORD, ROLES, Given, debian_cluster, with_roles

from colonnade import api
from colonnade.errors import DatabaseError, InputError
from colonnade.postgres import Server

INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))

pytestmark = pytest.mark.skipif(not INSTALLED, reason="no Postgres of Debian's is installed")


@pytest.fixture(scope="module")
def given() -> Iterator[Given]:
    with debian_cluster(INSTALLED[-1]) as dsn, with_roles(dsn) as found:
        yield found


@pytest.mark.parametrize("kind", ROLES)
def test_design_is_proved_as_far_as_the_role_may(given: Given, kind: str, tmp_path: Path) -> None:
    given_servers.check_design(given, kind, tmp_path)


def test_examples_are_proved(given: Given, tmp_path: Path) -> None:
    given_servers.check_examples(given, "plain", tmp_path)


@pytest.mark.parametrize("kind", ROLES)
def test_script_and_models_are_proved(given: Given, kind: str, tmp_path: Path) -> None:
    given_servers.check_script_and_models(given, kind, tmp_path)


def test_two_runs_at_once_both_succeed(given: Given, tmp_path: Path) -> None:
    given_servers.check_two_at_once(given, "creator", tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("after", [0.0, 0.05, 0.15, 0.6])
def test_interrupted_run_leaves_nothing(given: Given, tmp_path: Path, number: signal.Signals, after: float) -> None:
    given_servers.check_interrupt(given, "creator", tmp_path, number=number, after=after)


def test_wrong_password_is_refused_and_never_printed(given: Given, tmp_path: Path) -> None:
    script = written(tmp_path, "a.sql", "CREATE TABLE a (id int PRIMARY KEY);")
    wrong = given.url("plain").replace(PASSWORD, "sw0rdfish")
    for source, url in ((script, wrong), (wrong, given.url("plain"))):
        with pytest.raises(DatabaseError, match="cannot connect") as caught:
            api.prove(source, postgres_url=url)
        assert "password authentication failed" in str(caught.value)
        assert caught.value.hint
        assert "sw0rdfish" not in str(caught.value)


def test_role_that_may_make_no_database_is_told_so(given: Given, tmp_path: Path) -> None:
    script = written(tmp_path, "a.sql", "CREATE TABLE a (id int PRIMARY KEY);")
    with given.superuser_server.session() as session:
        session.execute(f"CREATE ROLE given_nothing LOGIN PASSWORD '{PASSWORD}'")
        try:
            with pytest.raises(DatabaseError, match="no scratch database") as caught:
                api.prove(script, postgres_url=given.url("nothing"))
        finally:
            session.execute("DROP ROLE given_nothing")
    assert "CREATEDB" in caught.value.hint


def test_database_of_an_older_version_is_proved_on_the_embedded_server(given: Given) -> None:
    with given.superuser_server.scratch_database(prefix="somebodys") as session:
        session.script("CREATE TABLE a (id serial PRIMARY KEY, name varchar(20) NOT NULL UNIQUE)")
        proof = api.prove(session.url).proof
    held = {each.claim.id: each.verdict for each in proof.evidence}
    assert held["builds/copy/catalog"] == "proved"
    assert held["invariant/a/a_name_key/rejects"] == "proved"


@pytest.mark.skipif(int(INSTALLED[-1].parts[-3]) >= 18 if INSTALLED else False, reason="this server has it all")
def test_what_needs_a_newer_server_is_said(given: Given, tmp_path: Path) -> None:
    things = "entities:\n  Thing:\n    fields:\n      name: text(1..9)!\n"
    spec = f"colonnade: 1\nname: seven\ndefaults: {{key: uuidv7}}\n{things}"
    path = Path(written(tmp_path, "seven.spec.yaml", spec))
    result = api.design([path], out=tmp_path / "out", postgres_url=given.url("creator"))
    assert result.proof is not None
    (refuted,) = result.proof.refuted
    assert refuted.claim.id == "builds/schema.sql/runs"
    assert "uuidv7 needs 18" in refuted.observed
    virtual = "CREATE TABLE a (id int PRIMARY KEY, b int GENERATED ALWAYS AS (id * 2) VIRTUAL);"
    with pytest.raises(InputError) as caught:
        api.prove(written(tmp_path, "a.sql", virtual), postgres_url=given.url("creator"))
    assert "virtual needs 18" in caught.value.hint


def test_server_that_goes_away_in_the_middle_is_an_error_with_code_2(tmp_path: Path) -> None:
    spec = Path(written(tmp_path, "notes.spec.yaml", given_servers.ISOLATED_SPEC))
    with debian_cluster(INSTALLED[-1]) as dsn:
        doomed = Server.at(dsn)
        with doomed.session() as session:
            data = Path(session.value("SHOW data_directory"))
        run = given_servers.start(dsn.url, spec, tmp_path / "out")
        given_servers.wait_for_work(doomed, run)
        os.kill(int((data / "postmaster.pid").read_text().splitlines()[0]), signal.SIGQUIT)
        _, errors = run.communicate(timeout=60)
    assert run.returncode == 2, errors
    assert "hint: " in errors
    assert "Traceback" not in errors
    assert PASSWORD not in errors
    assert not (tmp_path / "out").exists()
