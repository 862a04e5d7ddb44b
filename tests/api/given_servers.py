"""Servers that are not ours, with roles of three kinds, and what must hold on each of them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from existing_schemas import HEROES, SHOP_SCRIPT, left_behind, written

from colonnade import api
from colonnade.api.output_folder import MANIFEST
from colonnade.dsn import Dsn
from colonnade.postgres import Server, Session
from colonnade.postgres.embedded import server_account
from colonnade.prove import Proof

ROLES = {"superuser": "SUPERUSER", "creator": "CREATEDB CREATEROLE", "plain": "CREATEDB"}
PASSWORD = "hunter2"
EXAMPLES = Path(__file__).parents[2] / "examples"

ISOLATED_SPEC = """\
colonnade: 1
name: notes
identity: {user: local, entity: User}
isolation: {by: user, mode: rls}
entities:
  User:
    fields:
      email: email!
  Note:
    owner: user
    fields:
      body: text(1..200)!
access:
  - {list: Note, page: cursor(20)}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A server of somebody else's, as its superuser sees it."""

    superuser: Dsn
    superuser_server: Server

    def url(self, kind: str) -> str:
        """Return the URL of a role of a kind."""
        dsn = self.superuser
        parts = Dsn(
            host=dsn.host,
            port=dsn.port,
            user=f"given_{kind}",
            password=PASSWORD,
            database=dsn.database,
            options=dsn.options,
        )
        return parts.url

    def left_behind(self) -> set[str]:
        """Return what no run may leave: scratch databases, and roles other than the three."""
        return left_behind(self.superuser_server) - {f"given_{kind}" for kind in ROLES}


@contextmanager
def with_roles(superuser: Dsn) -> Iterator[Given]:
    """Give the server with its three roles, which are gone afterwards."""
    server = Server.at(superuser)
    with server.session() as session:
        for kind, powers in ROLES.items():
            session.execute(f"CREATE ROLE given_{kind} LOGIN {powers} PASSWORD '{PASSWORD}'")
    try:
        yield Given(superuser=superuser, superuser_server=server)
    finally:
        with server.session() as session:
            for kind in ROLES:
                session.execute(f"DROP ROLE given_{kind}")


@contextmanager
def debian_cluster(initdb: Path) -> Iterator[Dsn]:
    """Start a throw-away cluster of an installed Postgres, which asks for passwords; it is stopped and deleted."""
    account = server_account()
    with tempfile.TemporaryDirectory(prefix="colonnade-given-", dir="/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        password = folder / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        for path in (folder, password):
            account.own(path)
        data = folder / "data"
        account.run(
            [initdb, "-D", data, "--username=postgres", "--auth=scram-sha-256", f"--pwfile={password}", "--no-sync"],
            cwd=folder,
        )
        port = _free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": str(folder),
            "fsync": "off",
        }
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        control: list[str | Path] = [initdb.parent / "pg_ctl", "-D", data, "-w"]
        account.run([*control, "-l", folder / "log", "-o", options, "start"], cwd=folder)
        try:
            yield Dsn(host="127.0.0.1", port=str(port), user="postgres", password=PASSWORD, database="postgres")
        finally:
            if (data / "postmaster.pid").exists():
                account.run([*control, "-m", "immediate", "stop"], cwd=folder)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def design(given: Given, kind: str, specs: list[Path], out: Path) -> Proof:
    """Design and prove on the server as a role of a kind; nothing may be left behind."""
    before = given.left_behind()
    result = api.design(specs, out=out, postgres_url=given.url(kind))
    assert result.proof is not None
    assert given.left_behind() == before
    return result.proof


def check_design(given: Given, kind: str, tmp_path: Path) -> None:
    """Check that everything is proved of an isolated design that the role can be let try."""
    spec = Path(written(tmp_path, "notes.spec.yaml", ISOLATED_SPEC))
    proof = design(given, kind, [spec], tmp_path / "out")
    assert proof.refuted == ()
    untried = {each.claim.kind for each in proof.evidence if each.verdict == "not_run"}
    isolated = [each for each in proof.evidence if each.claim.kind == "isolation" and each.verdict == "proved"]
    assert any(each.claim.kind == "maps" and each.verdict == "proved" for each in proof.evidence)
    assert "invariant" not in untried
    if kind == "plain":
        assert untried == {"builds", "isolation", "access pattern", "index"}
        assert any("CREATEROLE" in each.observed for each in proof.evidence)
    else:
        assert untried == {"access pattern", "index"}
        assert len(isolated) > 15


def check_examples(given: Given, kind: str, tmp_path: Path) -> None:
    """Check that both examples are designed and nothing of them is refuted."""
    for name in ("taskboard", "library"):
        specs = sorted((EXAMPLES / name).glob("*.yaml"))
        proof = design(given, kind, specs, tmp_path / name)
        assert proof.refuted == ()
        assert proof.count("proved") > 200


def check_script_and_models(given: Given, kind: str, tmp_path: Path) -> None:
    """Check that a script and models are proved, and that their roles go with them."""
    before = given.left_behind()
    models = api.prove(written(tmp_path, "heroes.py", HEROES), postgres_url=given.url(kind)).proof
    assert any(each.claim.id == "maps/hero/insert" and each.verdict == "proved" for each in models.evidence)
    if kind != "plain":  # the script makes a role
        script = api.prove(written(tmp_path, "shop.sql", SHOP_SCRIPT), postgres_url=given.url(kind)).proof
        held = {each.claim.id: each.verdict for each in script.evidence}
        assert held["isolation/orders/select/other"] == "proved"
        assert held["isolation/orders/insert/other"] == "proved"
    assert given.left_behind() == before


def check_folder(given: Given, kind: str, tmp_path: Path) -> None:
    """Check that a folder made by design is proved again."""
    spec = Path(written(tmp_path, "notes.spec.yaml", ISOLATED_SPEC))
    api.design([spec], out=tmp_path / "out", prove=False)
    proof = api.prove(str(tmp_path / "out"), postgres_url=given.url(kind)).proof
    assert proof.refuted == ()
    assert given.left_behind() == set()


def start(url: str, spec: Path, out: Path) -> subprocess.Popen[str]:
    """Start the command line on the server at the URL."""
    return subprocess.Popen(
        [sys.executable, "-m", "colonnade.cli", "design", str(spec), "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLONNADE_POSTGRES_URL": url},
    )


def check_two_at_once(given: Given, kind: str, tmp_path: Path) -> None:
    """Check that two runs, which want the same role, both succeed."""
    spec = Path(written(tmp_path, "notes.spec.yaml", ISOLATED_SPEC))
    runs = [start(given.url(kind), spec, tmp_path / f"out{number}") for number in range(2)]
    for run in runs:
        _, errors = run.communicate(timeout=120)
        assert run.returncode == 0, errors
    assert given.left_behind() == set()


def scratch_sessions(session: Session) -> int:
    """Return how many connections there are to scratch databases."""
    return int(session.value("SELECT count(*) FROM pg_stat_activity WHERE datname LIKE 'colonnade_scratch%'"))


def wait_for_work(server: Server, run: subprocess.Popen[str]) -> None:
    """Wait until the run has begun to make databases."""
    deadline = time.monotonic() + 30
    with server.session() as session:
        while run.poll() is None and time.monotonic() < deadline:
            if session.value("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE DATABASE colonnade%'"):
                return
            time.sleep(0.001)


def check_interrupt(given: Given, kind: str, tmp_path: Path, *, number: signal.Signals, after: float) -> None:
    """Check that a signal in the middle ends the run with code 2 and leaves nothing."""
    spec = Path(written(tmp_path, "notes.spec.yaml", ISOLATED_SPEC))
    run = start(given.url(kind), spec, tmp_path / "out")
    with given.superuser_server.session() as session:
        wait_for_work(given.superuser_server, run)
        time.sleep(after)
        run.send_signal(number)
        _, errors = run.communicate(timeout=60)
        assert scratch_sessions(session) == 0
    assert run.returncode in ({2} if after == 0 else {0, 2}), errors
    assert "Traceback" not in errors
    assert given.left_behind() == set()
    check_whole(tmp_path / "out", expected=run.returncode == 0)


def check_whole(out: Path, *, expected: bool) -> None:
    """Check that all files are there, or none of them unless they are expected."""
    if expected or out.exists():
        files = json.loads((out / MANIFEST).read_text(encoding="utf-8"))["files"]
        assert len(files) > 5
        assert all((out / name).is_file() for name in files)
