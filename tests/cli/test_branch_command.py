"""`colonnade branch` as people and machines use it."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from branches_support import Clock, run
from colonnade.branches import BranchError, Target
from colonnade.branches.control_plane.bodies import PROJECT_ID
from colonnade.branches.local import Home, LocalProvider
from colonnade.cli.main import app
from colonnade.errors import ColonnadeError, InputError
from colonnade.report import machine
from neon_workshop import plane


class Command:
    """Runs `colonnade` in our own process, with the home of the tests."""

    def __init__(self) -> None:
        self.secrets: list[str] = []

    def __call__(self, *arguments: str, code: int = 0) -> str:
        made = CliRunner().invoke(app, list(arguments))
        if isinstance(made.exception, ColonnadeError):
            raise made.exception
        assert made.exit_code == code, made.output
        for secret in self.secrets:
            assert secret not in made.output
        return made.stdout

    def json(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self(*arguments, "--format", "json", code=code))
        jsonschema.Draft202012Validator(machine.result_schema()).validate(found)
        return found


@pytest.fixture
def command(home: Home, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Give what runs the command."""
    monkeypatch.setenv("COLONNADE_HOME", str(home.folder))
    return Command()


def test_the_life_of_a_branch(command: Command, local: LocalProvider) -> None:
    assert re.match(r'branch "dev" made in \d+ ms', command("branch", "create", "dev", "--expires", "7d"))
    assert command("branch", "url", "dev").strip() == local.url("dev", Target()).url
    run(local, "dev", "CREATE TABLE t (id int PRIMARY KEY)")
    found = command.json("branch", "diff", "dev", code=1)
    assert (found["from"], [each["kind"] for each in found["changes"]]) == ("main", ["Create"])
    assert "main (default)" in command("branch", "list")
    assert command.json("branch", "show", "dev")["branch"]["parent"] == "main"
    assert command.json("branch", "expire", "dev")["branch"]["expires_at"] is None
    assert command.json("branch", "reset", "dev")["branch"]["last_reset_at"]
    restored = command.json("branch", "restore", "dev", "--from", "main", "--keep-as", "kept")
    assert restored["branch"]["parent"] == "kept"
    deleted = command.json("branch", "delete", "kept", "--children")
    assert [each["name"] for each in deleted["branches"]] == ["dev", "kept"]
    assert command("branch", "prune") == "no branch deleted\n"


def test_a_branch_is_proved_like_a_database(command: Command, local: LocalProvider) -> None:
    run(local, "main", "CREATE TABLE proved (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)")
    try:
        found = command.json("prove", "branch:main")
    finally:
        run(local, "main", "DROP TABLE proved")
    assert found["summary"]["refuted"] == 0


def test_what_cannot_be_meant_is_told(command: Command, local: LocalProvider) -> None:
    for arguments, message in (
        (("branch", "show", "nobody"), 'there is no branch "nobody"'),
        (("branch", "create", "x", "--expires", "soon"), '"soon" is no time for a branch to end'),
        (("branch", "create", "x", "--expires", "31d"), "a branch lives for 30 days at most"),
        (("branch", "create", "x", "--at", "yesterday"), '"yesterday" is no moment'),
        (("branch", "restore", "main"), "nothing to restore from"),
        (("diff", "branch:nobody", "empty"), 'there is no branch "nobody"'),
    ):
        with pytest.raises(InputError) as refused:
            command(*arguments)
        assert refused.value.message == message
    with pytest.raises(BranchError, match='"main" has no parent'):
        command("branch", "diff", "main")


def test_neon_is_reached_through_the_environment(
    command: Command, local: LocalProvider, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NEON_API_KEY", "NEON_PROJECT_ID"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InputError, match="NEON_API_KEY is not set"):
        command("branch", "list", "--provider", "neon")
    command.secrets = ["napi_a_secret_key"]
    monkeypatch.setenv("NEON_API_KEY", "napi_a_secret_key")
    monkeypatch.setenv("NEON_PROJECT_ID", PROJECT_ID)
    monkeypatch.setenv("COLONNADE_BRANCH_PROVIDER", "neon")
    with plane(local, clock, api_key="napi_a_secret_key") as url:
        monkeypatch.setenv("COLONNADE_NEON_API", url)
        assert command.json("branch", "create", "dev", "--expires", "1d")["provider"] == "neon"
        assert command("branch", "url", "dev").strip() == local.url("dev", Target()).url
        assert command.json("diff", "branch:main", "neon:dev")["equal"]
        command("branch", "delete", "dev")
        monkeypatch.setenv("NEON_API_KEY", "napi_another_key")
        command.secrets.append("napi_another_key")
        with pytest.raises(InputError, match="does not let this key in") as refused:
            command("branch", "list")
        assert "napi" not in str(refused.value)


def test_stopping_is_asked_for(command: Command, local: LocalProvider) -> None:
    local.branches()
    assert command.json("branch", "stop")["stopped"] is True
    assert command("branch", "stop").endswith("was not running\n")
    assert local.branches()
