"""Poolers are told from servers, with a real one where it is installed."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from colonnade.api.applying.database import direct_session, reached
from colonnade.dsn import Dsn
from colonnade.errors import DatabaseError, InputError
from colonnade.postgres import Server, Session
from colonnade.postgres.exclusive import has_lock, lock_exclusively, lock_holders, unlock
from colonnade.postgres.pooling import is_pooled_by_transaction

POOLER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
SETTINGS = """
[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
listen_port = {own}
auth_type = any
pool_mode = {mode}
default_pool_size = {size}
server_round_robin = {robin}
"""


@contextmanager
def pooler(server: Server, database: str, folder: Path, *, mode: str, size: int = 3, robin: int = 0) -> Iterator[Dsn]:
    """Run a pooler before the server, and give the way through it."""
    assert POOLER is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        own = str(free.getsockname()[1])
    dsn = server.dsn
    settings = folder / "pgbouncer.ini"
    places = {"host": dsn.host, "port": dsn.port or "5432", "user": dsn.user, "folder": folder, "own": own}
    text = SETTINGS.format(**places, mode=mode, size=size, robin=robin)
    settings.write_text(text, encoding="utf-8")
    folder.chmod(0o777)
    owner = pwd.getpwuid(Path(dsn.host).stat().st_uid).pw_name  # only they may come to the server's socket
    user = ["-u", owner] if os.geteuid() == 0 else []  # it refuses to run as root
    process = subprocess.Popen([POOLER, "-q", *user, str(settings)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    through = replace(dsn, host=str(folder), port=own, database=database)
    try:
        deadline = time.monotonic() + 10
        while True:
            try:
                Session(through).close()
                break
            except DatabaseError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        yield through
    finally:
        process.terminate()
        process.communicate()


def test_server_itself_is_no_pooler(database: Session) -> None:
    assert not is_pooled_by_transaction(database)


@pytest.mark.skipif(POOLER is None, reason="pgbouncer is not installed")
@pytest.mark.parametrize(
    ("mode", "size", "robin", "expected"),
    [("transaction", 3, 0, True), ("transaction", 3, 1, True), ("transaction", 1, 0, True), ("session", 5, 0, False)],
)
def test_pooler_by_transaction_is_told(
    server: Server, database: Session, mode: str, size: int, robin: int, expected: bool
) -> None:
    folder = Path(tempfile.mkdtemp(prefix="pgb"))  # the path of a socket is short
    try:
        with (
            pooler(server, database.dsn.database, folder, mode=mode, size=size, robin=robin) as through,
            Session(through) as session,
        ):
            assert is_pooled_by_transaction(session) is expected
            assert not session.in_transaction
            refused = pytest.raises(InputError, match="a pooler stands before") if expected else nullcontext()
            with refused, direct_session(through) as direct:
                assert direct.value("SELECT 1") == 1
    finally:
        shutil.rmtree(folder)


def test_lock_is_had_by_one_and_names_its_holder(server: Server, database: Session) -> None:
    with server.session(database.dsn.database) as other:
        other.execute("SET application_name = 'the other one'")
        assert lock_exclusively(database, 7, wait_seconds=0)
        assert not lock_exclusively(other, 7, wait_seconds=0)
        assert not lock_exclusively(other, 7, wait_seconds=0.3)
        (holder,) = lock_holders(other, 7)
        assert (holder.pid, holder.application) == (database.backend_pid, "colonnade")
        assert holder.since is not None
        assert has_lock(database, 7)
        unlock(database, 7)
        assert not has_lock(database, 7)
        assert lock_exclusively(other, 7, wait_seconds=0)
        assert "the other one" in str(lock_holders(database, 7)[0])


def test_poolers_of_others_are_not_taken_for_neons() -> None:
    for host in ("app-pooler.internal", "ep-x-pooler", "db.ep-x-pooler.neon.tech"):
        assert not Dsn(host=host).pooled
    both = Dsn(host="ep-a-1-pooler.c-2.eu.aws.neon.tech,ep-b-2-pooler.eu.aws.neon.tech")
    assert both.pooled
    direct, notes = reached(both)
    assert (direct, len(notes)) == (both.direct(), 1)
    assert reached(direct) == (direct, ())
    assert both.direct().host == "ep-a-1.c-2.eu.aws.neon.tech,ep-b-2.eu.aws.neon.tech"
