"""Runs of a folder of SQL files on databases, which may be stopped in the middle."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydantic import TypeAdapter

from colonnade.dsn import Dsn
from colonnade.migrate.files.folder import KIND, source, standing
from colonnade.migrate.files.messages import FileOrder, FilesRequest
from colonnade.migrate.files.running import SqlFile
from colonnade.migrate.runs.record import NewRun, RanRevision
from colonnade.migrate.runs.table import RunTable
from colonnade.migrate.runs.way import BASE, Route, Step, plan_digest
from colonnade.models.closing import Closing
from colonnade.models.history import HistoryFailure, RunReport, Stop
from colonnade.models.history.process import DEFAULT_MEMORY_BYTES, DEFAULT_SECONDS
from colonnade.models.history.run_process import RunProcess, WhereToLook
from colonnade.postgres import Session

_REQUEST = TypeAdapter(FilesRequest)
_LOOK = WhereToLook(
    waits="Look for a statement that waits or sleeps, and for one that reads more than it has to.",
    ends="Look for what has killed it: the memory of the machine may be used up.",
)


class FileRunner(Closing):
    """A process that runs the files of one folder; a context manager."""

    def __init__(
        self,
        route: Route,
        *,
        read: Callable[[Path], str],
        timeout_seconds: float | None = DEFAULT_SECONDS,
        memory_bytes: int = DEFAULT_MEMORY_BYTES,
    ) -> None:
        """Start the process; `read` returns the text of a file, `timeout_seconds` bounds each run."""
        self._route = route
        self._read = read
        self._process = RunProcess(
            "colonnade.migrate.files.child",
            str(memory_bytes),
            timeout_seconds=timeout_seconds,
            look=_LOOK,
        )

    def run(self, *, dsn: Dsn, target: str = "", forwards: bool = True, stop: Stop | None = None) -> RunReport:
        """Run the files between where the database stands and the target, as `HistoryRunner.run` does revisions.

        Each is recorded as `migrate apply` does, so that a run that was stopped is gone on with at the file that it had
        not come past, from its beginning. Raises DatabaseError where that cannot be recorded, and InputError for a way
        back that is not written and a file that cannot be read.
        """
        with Session(dsn) as session:
            table = RunTable(session)
            current = standing(self._route, table.runs())
            if not target:
                return RunReport(current=(current,))
            if current != BASE and current not in self._route.by_name:
                message = f'the database stands at "{current}", which is not in this folder'
                return RunReport(failure=HistoryFailure(message=message))
            ends = (current, target) if forwards else (target, current)
            steps = self._route.between([ends[0]], ends[1])
            orders = self._begun(table, steps, current, target, forwards=forwards) if steps else ()
        request = FilesRequest(url=dsn.url, orders=orders, stop=stop)
        return self._process.ask(_REQUEST.dump_json(request), stops=stop is not None)

    def close(self) -> None:
        """End the process; idempotent."""
        self._process.close()

    def _begun(
        self, table: RunTable, steps: tuple[Step, ...], current: str, target: str, *, forwards: bool
    ) -> tuple[FileOrder, ...]:
        """Record that a run begins, and return the files that it consists of, in the order in which they run."""
        files = {
            step: SqlFile(revision=step.revision, path=str(path), text=self._read(path))
            for step in (steps if forwards else reversed(steps))
            for path in (source(step, forwards=forwards),)
        }
        table.prepare()
        number = table.begin(
            NewRun(
                history=KIND,
                direction="up" if forwards else "down",
                start=current,
                target=target,
                plan=plan_digest(steps),
                rehearsal="",
                before="",
                environment="",
                applied_by="",
                approved_by="",
            )
        )
        return tuple(
            FileOrder(
                file=file, closing=table.passing(number, [RanRevision(revision=step.revision, digest=step.digest)])
            )
            for step, file in files.items()
        )
