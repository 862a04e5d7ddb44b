"""A folder of numbered SQL files, as it is run on a database that matters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from colonnade.api.applying.runnable import NOTHING, Around, Printed
from colonnade.api.texts import read_text
from colonnade.dsn import Dsn
from colonnade.errors import InputError
from colonnade.migrate.files import KIND, SqlFile, run_file, source, standing
from colonnade.migrate.runs.record import Run
from colonnade.migrate.runs.way import Route, Step
from colonnade.models.history import RanStatement, RunReport
from colonnade.span import Span
from colonnade.sql.psql import server_statements


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptHistory:
    """The files, one after the other."""

    route: Route
    kind: str = KIND

    def current(self, dsn: Dsn, runs: Sequence[Run]) -> tuple[str, ...]:  # noqa: ARG002 - the runs say it
        """Return the last file that the recorded runs have come past."""
        return (standing(self.route, runs),)

    def source(self, step: Step, *, forwards: bool) -> Path:
        """Return the file of the way."""
        return source(step, forwards=forwards)

    def printed(self, start: str, target: str, *, forwards: bool) -> Printed:
        """Return the files as they are, those of the way back from the last one on."""
        steps = self.route.between([start if forwards else target], target if forwards else start)
        texts: list[str] = []
        statements: list[RanStatement] = []
        for step in steps if forwards else reversed(steps):
            path = self.source(step, forwards=forwards)
            text = read_text(path)
            texts.append(f"-- {path.name}\n{text}")
            statements += (
                RanStatement(sql=each.text, revision=step.revision, path=str(path), line=each.line, elapsed_ms=0.0)
                for each in server_statements(text, path=str(path))
            )
        return Printed(text="\n".join(texts), statements=tuple(statements))

    def run(self, dsn: Dsn, step: Step, target: str, *, forwards: bool, around: Around = NOTHING) -> RunReport:  # noqa: ARG002 - the file says it
        """Run one file."""
        path = self.source(step, forwards=forwards)
        file = SqlFile(revision=step.revision, path=str(path), text=read_text(path))
        return run_file(dsn, file, opening=around.opening, closing=around.closing)

    def replay(self, dsn: Dsn, start: str, target: str) -> None:
        """Run the files on a scratch database."""
        for step in self.route.between([start], target):
            report = self.run(dsn, step, step.revision, forwards=True)
            if report.failure is not None:
                raise InputError(
                    f"the files cannot be run on an empty database: {report.failure.message}",
                    at=Span(path=report.failure.path, line=report.failure.line),
                    detail=report.failure.detail,
                    sqlstate=report.failure.sqlstate,
                )
