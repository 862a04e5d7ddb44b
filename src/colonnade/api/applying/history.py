"""Histories as they are run on a database that matters: Alembic's by its own environment, and files of SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from colonnade.api.applying.runnable import NOTHING, Around, Printed, RunnableHistory
from colonnade.api.applying.scripts import ScriptHistory
from colonnade.api.texts import shown_path
from colonnade.dsn import Dsn
from colonnade.errors import DatabaseError, InputError
from colonnade.migrate.files import file_route
from colonnade.migrate.runs.record import Run
from colonnade.migrate.runs.way import BASE, Route, Step
from colonnade.models.history import HistoryFailure, HistoryRunner, RunReport, history_site
from colonnade.span import Span

_READ_ONLY = "SET default_transaction_read_only = on"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlembicRuns:
    """The history of an Alembic environment."""

    runner: HistoryRunner
    route: Route
    kind: str = "alembic"

    def current(self, dsn: Dsn, runs: Sequence[Run]) -> tuple[str, ...]:  # noqa: ARG002 - Alembic keeps it itself
        """Ask the environment; raises InputError for one that cannot say it without writing."""
        report = self.runner.run(dsn=dsn, opening=(_READ_ONLY,))
        if report.failure is not None:
            raise failed("it cannot be told where the database stands", report.failure)
        return report.current or (BASE,)

    def source(self, step: Step, *, forwards: bool) -> Path:  # noqa: ARG002 - one file holds both ways
        """Return the revision's file."""
        return Path(step.path)

    def printed(self, start: str, target: str, *, forwards: bool) -> Printed:
        """Let Alembic print it."""
        report = self.runner.printed(start="" if start == BASE else start, target=target, forwards=forwards)
        if report.failure is not None:
            place = f"{shown_path(report.failure.path)}:{report.failure.line}: " if report.failure.path else ""
            return Printed(reason=place + report.failure.message)
        return Printed(text=report.printed, statements=report.statements)

    def run(self, dsn: Dsn, step: Step, target: str, *, forwards: bool, around: Around = NOTHING) -> RunReport:  # noqa: ARG002 - the target says it
        """Let the environment run it."""
        return self.runner.run(dsn=dsn, target=target, forwards=forwards, opening=around.opening)

    def replay(self, dsn: Dsn, start: str, target: str) -> None:  # noqa: ARG002 - Alembic knows where it stands
        """Let the environment run it."""
        report = self.runner.run(dsn=dsn, target=target)
        if report.failure is not None:
            raise failed("the history cannot be run on an empty database", report.failure)


@contextmanager
def runnable_history(place: Path) -> Iterator[RunnableHistory]:
    """Lend the history at a place: an Alembic environment, or a folder of SQL files; raises InputError for neither."""
    site = history_site(place)
    if site is None:
        yield ScriptHistory(route=file_route(place))
        return
    with HistoryRunner(site, timeout_seconds=None) as runner:
        report = runner.run()
        if report.failure is not None:
            raise failed("the migrations cannot be read", report.failure)
        yield AlembicRuns(runner=runner, route=route_of(report))


def route_of(report: RunReport) -> Route:
    """Return the revisions of an Alembic history."""
    return Route(
        steps=tuple(
            Step(
                revision=each.revision,
                after=each.down_revisions,
                path=each.path,
                message=re.split(r"\n|\. ", each.message, maxsplit=1)[0],
                labels=each.labels,
                needs=each.needs,
            )
            for each in report.revisions
        ),
        heads=report.heads,
    )


def failed(what: str, failure: HistoryFailure) -> DatabaseError | InputError:
    """Return the error for what an environment or a revision raised."""
    kind = DatabaseError if failure.sqlstate else InputError
    return kind(
        f"{what}: {failure.message}",
        at=Span(path=shown_path(failure.path), line=failure.line) if failure.path else None,
        detail=failure.detail,
        hint="Look at what env.py and the revision do there.",
        sqlstate=failure.sqlstate,
    )
