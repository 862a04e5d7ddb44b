"""Neon's own clients from npm, run as they are against `colonnade branch serve`."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from branches_support import run
from colonnade.branches import Target
from colonnade.branches.local import Home, LocalProvider
from colonnade.dsn import Dsn

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("npm") / "blackbox.mjs"

pytestmark = pytest.mark.skipif(shutil.which("npm") is None, reason="Neon's clients need npm")


@pytest.fixture(scope="module")
def clients() -> Path:
    """Give the folder in which the clients are installed, as `dev.py ci` does it."""
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    dev = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(dev)
    folder: Path = dev.neon_clients()
    return folder


@pytest.fixture
def base_url(local: LocalProvider, home: Home) -> Iterator[str]:
    """Give the URL of the command, which ends with the test."""
    command = [sys.executable, "-m", "colonnade.cli", "branch", "serve", "--home", str(home.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield line.split()[2].rstrip(",")
        process.terminate()
    assert process.returncode == 0


def test_neons_own_clients_find_what_they_expect(clients: Path, base_url: str, local: LocalProvider) -> None:
    # One test, so that no two workers install the clients at once.
    the_client_library(clients, base_url)
    the_command_line(clients, base_url, local)


def the_client_library(clients: Path, base_url: str) -> None:
    """Run a script with the library."""
    made = subprocess.run(
        ["node", SCRIPT, base_url], cwd=clients, capture_output=True, text=True, check=False, timeout=120
    )
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout) == {
        "me": "local",
        "project": "colonnade",
        "operations": ["finished", "finished"],
        "branches": ["from-npm", "main"],
        "uri": True,
        "host": True,
        "password": True,
        "databases": 1,
        "reset": "string",
        "renamed": "renamed",
        "refused": 404,
        "deleted": "renamed",
    }


def the_command_line(clients: Path, base_url: str, local: LocalProvider) -> None:
    """Run neonctl."""

    def neonctl(*arguments: str) -> str:
        command = ["node", "node_modules/.bin/neonctl", "--api-host", base_url, "--no-analytics", *arguments]
        made = subprocess.run(
            command,
            cwd=clients,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={**os.environ, "NEON_API_KEY": "anything", "CI": "1", "NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1"},
        )
        assert made.returncode == 0, made.stderr
        return made.stdout

    made = json.loads(neonctl("branches", "create", "--name", "dev", "--output", "json"))
    assert made["branch"]["name"] == "dev"
    run(local, "dev", "CREATE TABLE added (id int)")
    assert "+CREATE TABLE public.added (" in neonctl("branches", "schema-diff", "main", "dev")
    given = Dsn.parse(neonctl("connection-string", "dev", "--ssl", "omit").strip())
    assert given == local.url("dev", Target())
    neonctl("branches", "reset", "dev", "--parent")
    assert local.branch("dev").last_reset_at is not None
    neonctl("branches", "delete", "dev")
    listed = json.loads(neonctl("branches", "list", "--output", "json"))
    assert [each["name"] for each in listed] == ["main"]
