"""A history run for real, once for each request, each time in a copy of this process that may be killed."""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, BinaryIO

import sqlalchemy as sa
from alembic import command
from alembic.script import Script, ScriptDirectory
from pydantic import TypeAdapter
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from colonnade.models.history.child.answering import configured, failure_of
from colonnade.models.history.child.engines import lead_engines_to
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
_REPORT = TypeAdapter(RunReport)
_OURS = "colonnade_own"
_WAIT_SECONDS = 10.0
_PAUSE_SECONDS = 0.02
_WAITS = re.compile(r"\bCONCURRENTLY\b", re.IGNORECASE)
_LOCK_ALL = """
    DO $$ DECLARE each regclass; BEGIN
    FOR each IN SELECT oid FROM pg_class WHERE relkind IN ('r', 'p')
        AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    LOOP EXECUTE format('LOCK TABLE ONLY %s IN ACCESS SHARE MODE', each); END LOOP; END $$
"""


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer each line: what is imported by now is shared by all runs."""
    sa.create_engine("postgresql+psycopg://")  # imports the driver, which else each run would do again
    for line in requests:
        request = _REQUEST.validate_json(line)
        child = os.fork()
        if child == 0:
            _answer(request, answers)
        _, status = os.waitpid(child, 0)
        if status:
            code = os.waitstatus_to_exitcode(status)
            answers.write(_REPORT.dump_json(RunReport(ended=f"it ended with status {code}")) + b"\n")
            answers.flush()


def _answer(request: RunRequest, answers: BinaryIO) -> None:
    """Run, answer and end; the copied process must never come back to the loop."""
    status = 1
    threading.Thread(target=_end_with_reader, daemon=True).start()
    try:
        answers.write(_REPORT.dump_json(_report(request)) + b"\n")
        answers.flush()
        status = 0
    finally:
        os._exit(status)


def _end_with_reader() -> None:
    """End all runs when whoever asks for them is gone: nobody would know any more what they do."""
    lifeline = select.poll()
    lifeline.register(0, 0)  # a pipe that has been hung up is told always
    lifeline.poll()
    os.killpg(os.getpgrp(), signal.SIGKILL)  # the process that serves leads a group of its own


def _report(request: RunRequest) -> RunReport:
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
        return not self._recording.order or _OURS in connection.get_execution_options()

    def _before(self, connection: Connection, cursor: Any, sql: str, *_: Any) -> None:
        if self._is_ours(connection):
            return
        stop = self._stop
        if stop and stop.during and stop.statement == len(self.statements) + 1 and _WAITS.search(sql):
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
            self._waiting = _terminate_when_waiting(connection.engine.url, pid)
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
            with socket.socket(fileno=os.dup(driver.fileno())) as end:  # type: ignore[union-attr] # psycopg's
                end.shutdown(socket.SHUT_RDWR)
        case "backend terminated":
            with suppress(Exception):  # the answer is that the connection is gone
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def _terminate_when_waiting(url: sa.URL, pid: int) -> threading.Thread:
    """Make a concurrent build wait for a transaction of ours, and end its backend when it does."""
    engine = sa.create_engine(url).execution_options(**{_OURS: True})
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
