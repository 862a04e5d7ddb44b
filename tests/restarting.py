"""An embedded server that is stopped as an administrator stops it, and started again."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from colonnade.postgres import Server
from colonnade.postgres.embedded import installation, server_account
from colonnade.postgres.postmaster import Postmaster
from colonnade.postgres.server import _SCRATCH_SETTINGS, _wait_until_ready

SETTINGS = {"synchronous_commit": "on", "max_connections": "20"}
"""What a server keeps to, so that it keeps what it has committed."""


def stop(server: Server) -> None:
    """Stop the server as `pg_ctl stop -m fast` does: every connection is told, nothing is lost."""
    postmaster = server._postmaster
    assert postmaster is not None
    os.kill(postmaster.pid, signal.SIGINT)
    postmaster._process.wait(20)
    assert not postmaster.running()


def start(server: Server) -> None:
    """Start a server again that was started with `SETTINGS`."""
    assert server.data_folder is not None
    assert server._watchdog is not None
    folder, account = Path(server.dsn.host), server_account()
    server._postmaster = Postmaster(
        data=server.data_folder,
        log=folder / "log",
        binaries=installation(account, folder),
        account=account,
        settings={**_SCRATCH_SETTINGS, "unix_socket_directories": str(folder), **SETTINGS},
        watchdog=server._watchdog,
    )
    _wait_until_ready(server.dsn, server._postmaster)


def restart(server: Server) -> None:
    """Stop the server and start it again."""
    stop(server)
    start(server)
