"""Files of SQL run for real, in a process that may be killed, and watched as their statements are sent."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from pydantic import TypeAdapter

from colonnade.dsn import Dsn
from colonnade.migrate.files.messages import FileOrder, FilesRequest
from colonnade.migrate.files.running import SqlFile, run_file
from colonnade.migrate.psql import is_repeatable
from colonnade.migrate.runs.patience import lock_timeout, patiently
from colonnade.models.history import RanStatement, RunReport, Stop
from colonnade.models.history.child.interrupting import cut, terminate_when_waiting
from colonnade.models.history.child.serving import bound, serve, streams
from colonnade.postgres import Session
from colonnade.sql.script import ScriptStatement

_REQUEST = TypeAdapter(FilesRequest)
_WAITS = re.compile(r"\bCONCURRENTLY\b", re.IGNORECASE)
_NAME = "SET application_name = 'colonnade migrate'"  # what waits for it is told apart from what looks on
_WAIT_SECONDS = 60.0


def main() -> None:
    """Answer requests until whoever asks is gone."""
    bound(int(sys.argv[1]))
    serve(*streams(), report)


def report(line: bytes) -> RunReport:
    """Return what came of a request."""
    request = _REQUEST.validate_json(line)
    watch = _Watch(request.stop)
    for order in request.orders:
        found = _run(Dsn.parse(request.url), order, watch)
        if found.failure is not None:
            return RunReport(statements=tuple(watch.statements), failure=found.failure)
    return RunReport(statements=tuple(watch.statements))


def _run(dsn: Dsn, order: FileOrder, watch: _Watch) -> RunReport:
    """Run a file as `migrate apply` does, which asks again for a lock that did not come."""
    file, opening = order.file, (_NAME, lock_timeout(order.file.text))

    def watching(session: Session, statement: ScriptStatement) -> AbstractContextManager[None]:
        return watch.watched(session, statement, file)

    return patiently(
        lambda: run_file(dsn, file, opening=opening, closing=order.closing, watching=watching),
        repeatable=lambda: is_repeatable(file.text, path=file.path),
        wait_seconds=_WAIT_SECONDS,
    )


class _Watch:
    """The statements so far, of all files, and what stops the run among them."""

    def __init__(self, stop: Stop | None) -> None:
        self.statements: list[RanStatement] = []
        self._stop = stop

    @contextmanager
    def watched(self, session: Session, statement: ScriptStatement, file: SqlFile) -> Iterator[None]:
        """Note a statement that runs, and end the run during or after it where that is wanted."""
        stop = self._stop
        if stop and stop.during and stop.statement == len(self.statements) + 1 and _WAITS.search(statement.text):
            terminate_when_waiting(session.dsn.sqlalchemy_url(), session.backend_pid)
        started = time.perf_counter()
        yield
        elapsed_ms = (time.perf_counter() - started) * 1000
        own = not statement.line  # what records that the file has run
        self.statements.append(
            RanStatement(
                sql=statement.text,
                revision=file.revision,
                path="" if own else file.path,
                line=0 if own else statement.line,
                elapsed_ms=elapsed_ms,
            )
        )
        if stop and not stop.during and stop.statement == len(self.statements):
            _end(stop, session)


def _end(stop: Stop, session: Session) -> None:
    """End the run as the stop says; raises DatabaseError, as the next statement would, where the connection is gone."""
    match stop.kind:
        case "process killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "connection cut":
            cut(session.descriptor)
            session.execute("SELECT 1")
        case "backend terminated":
            session.execute("SELECT pg_terminate_backend(pg_backend_pid())")


if __name__ == "__main__":
    main()
