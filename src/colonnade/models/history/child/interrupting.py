"""Connections ended on purpose, as networks and people end them by accident."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

OURS = "colonnade_own"
"""The execution option by which connections of this module are told apart from those of a history."""

_WAIT_SECONDS = 10.0
_PAUSE_SECONDS = 0.02
_LOCK_ALL = """
    DO $$ DECLARE each regclass; BEGIN
    FOR each IN SELECT oid FROM pg_class WHERE relkind IN ('r', 'p')
        AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    LOOP EXECUTE format('LOCK TABLE ONLY %s IN ACCESS SHARE MODE', each); END LOOP; END $$
"""


def cut(descriptor: int) -> None:
    """Cut the connection behind a file descriptor; whoever uses it finds out when it is next used."""
    with socket.socket(fileno=os.dup(descriptor)) as end:
        end.shutdown(socket.SHUT_RDWR)


def terminate_when_waiting(url: sa.URL | str, pid: int) -> threading.Thread:
    """Make a concurrent build wait for a transaction of ours, and end its backend when it does."""
    engine = sa.create_engine(url).execution_options(**{OURS: True})
    holder = engine.connect().execution_options(isolation_level="REPEATABLE READ")
    holder.execute(sa.text(_LOCK_ALL))

    def end() -> None:
        deadline = time.monotonic() + _WAIT_SECONDS
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as other:
            query = sa.text("SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = :pid")
            while not other.execute(query, {"pid": pid}).scalar() and time.monotonic() < deadline:
                time.sleep(_PAUSE_SECONDS)
            with suppress(SQLAlchemyError):
                other.execute(sa.text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": pid})
        holder.close()

    thread = threading.Thread(target=end, daemon=True)
    thread.start()
    return thread
