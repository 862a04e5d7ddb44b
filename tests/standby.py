"""A streaming standby of an embedded server."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from colonnade.dsn import Dsn
from colonnade.errors import DatabaseError
from colonnade.postgres import Server, Session
from colonnade.postgres.embedded import installation, new_folder, server_account
from colonnade.postgres.postmaster import Postmaster
from colonnade.postgres.server import _SCRATCH_SETTINGS
from colonnade.postgres.watchdog import Watchdog

PRIMARY_SETTINGS = {"wal_level": "replica", "max_wal_senders": "4", "synchronous_commit": "on"}


@contextmanager
def standby_of(primary: Server) -> Iterator[Dsn]:
    """Give where a standby is that follows the primary."""
    account = server_account()
    folder = new_folder(account)
    watchdog = Watchdog(folder)
    postmaster: Postmaster | None = None
    try:
        binaries = installation(account, folder)
        data = folder / "data"
        subprocess.run(
            [
                *(str(binaries / "pg_basebackup"), "--pgdata", str(data), "--host", primary.dsn.host),
                *("--username", "postgres", "--write-recovery-conf", "--wal-method", "stream", "--checkpoint", "fast"),
                "--no-sync",
            ],
            user=account.user_id,
            group=account.group_id,
            check=True,
            capture_output=True,
        )
        settings = {**_SCRATCH_SETTINGS, **PRIMARY_SETTINGS, "unix_socket_directories": str(folder)}
        postmaster = Postmaster(
            data=data, log=folder / "log", binaries=binaries, account=account, settings=settings, watchdog=watchdog
        )
        dsn = replace(primary.dsn, host=str(folder))
        _wait(dsn, postmaster)
        yield dsn
    finally:
        if postmaster is not None:
            postmaster.stop()
        watchdog.close()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(dsn: Dsn, postmaster: Postmaster) -> None:
    end = time.monotonic() + 20
    while True:
        try:
            Session(dsn).close()
        except DatabaseError:
            assert postmaster.running(), postmaster.log_tail()
            assert time.monotonic() < end, postmaster.log_tail()
            time.sleep(0.02)
        else:
            return
