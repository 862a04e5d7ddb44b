"""Connections ended on purpose, as networks and people end them by accident."""

from __future__ import annotations

import os
import socket
import threading
import time

from colonnade.dsn import Dsn
from colonnade.postgres.session import Session

_WAIT_SECONDS = 10.0
_PAUSE_SECONDS = 0.02
_LOCK_ALL = """
    DO $$ DECLARE each regclass; BEGIN
    FOR each IN SELECT oid FROM pg_class WHERE relkind IN ('r', 'p')
        AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    LOOP EXECUTE format('LOCK TABLE ONLY %s IN ACCESS SHARE MODE', each); END LOOP; END $$
"""


def cut(descriptor: int) -> None:
    """Cut the connection behind a file descriptor; who uses it finds out when it is next used."""
    with socket.socket(fileno=os.dup(descriptor)) as end:
        end.shutdown(socket.SHUT_RDWR)


def terminate_when_waiting(dsn: Dsn, pid: int) -> threading.Thread:
    """Make what a backend builds concurrently next wait for a transaction of ours, and end the backend when it does."""
    holder = Session(dsn)
    holder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    holder.execute(_LOCK_ALL)

    def end() -> None:
        deadline = time.monotonic() + _WAIT_SECONDS
        with holder, Session(dsn) as other:
            query = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s"
            while not other.value(query, (pid,)) and time.monotonic() < deadline:
                time.sleep(_PAUSE_SECONDS)
            other.execute("SELECT pg_terminate_backend(%s, 10000)", (pid,))

    thread = threading.Thread(target=end, daemon=True)
    thread.start()
    return thread
