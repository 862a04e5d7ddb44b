"""A history run for real, in a process that may be killed, and watched as it sends its statements."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from alembic import command
from alembic.script import Script, ScriptDirectory
from pydantic import TypeAdapter
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import Engine

from colonnade.models.history.child.answering import configured, failure_of
from colonnade.models.history.child.engines import lead_engines_to
from colonnade.models.history.child.interrupting import OURS, cut, terminate_when_waiting
from colonnade.models.history.child.looking import current_revisions, printed, printed_text
from colonnade.models.history.child.recording import Recording, line_of
from colonnade.models.history.messages import (
    HistoryFailure,
    RanStatement,
    RevisionPlace,
    RunReport,
    RunRequest,
    Stop,
)

_REQUEST = TypeAdapter(RunRequest)
_WAITS = re.compile(r"\bCONCURRENTLY\b", re.IGNORECASE)


def prepare() -> None:
    """Import the driver, which else each run would do again."""
    create_engine("postgresql+psycopg://")


def report(line: bytes) -> RunReport:
    """Return what came of a request for a run."""
    request = _REQUEST.validate_json(line)
    configuration = configured(request.configuration, request.scripts, request.url)
    failure: HistoryFailure | None = None
    watch = _Watch(request.stop)
    revisions: tuple[RevisionPlace, ...] = ()
    heads: tuple[str, ...] = ()
    current: tuple[str, ...] = ()
    try:
        scripts = ScriptDirectory.from_config(configuration)
        heads = tuple(scripts.get_heads())
        revisions = tuple(_place(each) for each in reversed(list(scripts.walk_revisions())))
        if request.url:
            os.environ.setdefault("DATABASE_URL", request.url)  # an env.py that asks for it need not be given one
            lead_engines_to(request.url, opening=request.opening)
        if request.target and request.url:
            watch.install()
            run = command.upgrade if request.forwards else command.downgrade
            run(configuration, request.target)
        elif request.target:
            watch.statements += printed(configuration, request)
        elif request.url:
            current = current_revisions(configuration, scripts)
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - whatever a revision raises is reported, not hidden
        failure = failure_of(problem, scripts=request.scripts)
    return RunReport(
        statements=tuple(watch.statements),
        revisions=revisions,
        heads=heads,
        failure=failure,
        current=current,
        printed=printed_text(configuration),
    )


def _place(script: Script) -> RevisionPlace:
    return RevisionPlace(
        revision=script.revision,
        down_revisions=_names(script.down_revision),
        path=script.path,
        labels=tuple(sorted(script.branch_labels)),
        needs=_names(script._resolved_dependencies),  # noqa: SLF001 - what is written may be a label
        message=script.doc,
    )


def _names(given: str | Iterable[str] | None) -> tuple[str, ...]:
    return () if given is None else (given,) if isinstance(given, str) else tuple(given)


class _Watch:
    """The statements from the first revision on, and what stops the run among them."""

    def __init__(self, stop: Stop | None) -> None:
        self.statements: list[RanStatement] = []
        self._stop = stop
        self._recording = Recording()
        self._started = 0.0
        self._waiting: threading.Thread | None = None

    def install(self) -> None:
        """Watch every engine from now on."""
        self._recording.install()
        event.listen(Engine, "before_cursor_execute", self._before)
        event.listen(Engine, "after_cursor_execute", self._after)

    def _is_ours(self, connection: Connection) -> bool:
        return not self._recording.order or OURS in connection.get_execution_options()

    def _before(self, connection: Connection, cursor: Any, sql: str, *_: Any) -> None:
        if self._is_ours(connection):
            return
        stop = self._stop
        if stop and stop.during and stop.statement == len(self.statements) + 1 and _WAITS.search(sql):
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
            self._waiting = terminate_when_waiting(connection.engine.url, pid)
        self._started = time.perf_counter()

    def _after(self, connection: Connection, cursor: Any, sql: str, *_: Any) -> None:
        if self._is_ours(connection):
            return
        way = self._recording.current
        path = self._recording.paths[way[0]] if way else ""
        self.statements.append(
            RanStatement(
                sql=sql,
                revision=(way or self._recording.order[-1])[0],
                path=path,
                line=line_of(path) if path else 0,
                elapsed_ms=(time.perf_counter() - self._started) * 1000,
            )
        )
        if self._stop and not self._stop.during and self._stop.statement == len(self.statements):
            _end(self._stop, connection, cursor)


def _end(stop: Stop, connection: Connection, cursor: Any) -> None:
    """End the run as the stop says."""
    match stop.kind:
        case "process killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "connection cut":
            raw = connection.connection.dbapi_connection
            driver = getattr(raw, "driver_connection", raw)
            cut(driver.fileno())  # type: ignore[union-attr] # psycopg's
        case "backend terminated":
            with suppress(Exception):  # the answer is that the connection is gone
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
