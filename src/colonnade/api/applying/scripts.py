"""A folder of numbered SQL files, run as psql would; where a database stands is told by the runs recorded in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from colonnade.api.applying.runnable import NOTHING, Around, Printed
from colonnade.api.files import read_text
from colonnade.dsn import Dsn
from colonnade.errors import DatabaseError, InputError
from colonnade.migrate.psql import run_psql_script
from colonnade.migrate.runs.record import Run
from colonnade.migrate.runs.way import BACKWARDS, BASE, FORWARDS, Route, Step
from colonnade.models.history import HistoryFailure, RanStatement, RunReport
from colonnade.postgres import Session
from colonnade.span import Span
from colonnade.sql.psql import server_statements

KIND = "sql"
_FILE = re.compile(rf"((\d+)_(.*)){re.escape(FORWARDS)}\Z")


def script_steps(folder: Path) -> tuple[Step, ...]:
    """Return the files of a folder as steps, by their numbers; raises InputError for a number that comes twice."""
    found = sorted(
        (int(match[2]), match[1], match[3], path)
        for path in folder.glob(f"*{FORWARDS}")
        if (match := _FILE.match(path.name))
    )
    steps: list[Step] = []
    for place, (number, name, message, path) in enumerate(found):
        if place and found[place - 1][0] == number:
            raise InputError(
                f"two files have the number {number}",
                at=Span(path=str(path)),
                detail=f"The other one is {found[place - 1][3].name}.",
                hint="Give the later one the next number.",
            )
        after = (steps[-1].revision,) if steps else ()
        steps.append(Step(revision=name, after=after, path=str(path), message=message.replace("_", " ")))
    return tuple(steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptHistory:
    """The files, one after the other."""

    route: Route
    kind: str = KIND

    def current(self, dsn: Dsn, runs: Sequence[Run]) -> tuple[str, ...]:  # noqa: ARG002 - the runs say it
        """Return the last file that the recorded runs have come past."""
        place = BASE
        for run in runs:
            if run.history == KIND:
                ran = [each.revision for each in run.revisions]
                if run.direction == "up":
                    place = ran[-1] if ran else place
                elif ran:
                    place = self._before(ran[-1])
        return (place,)

    def source(self, step: Step, *, forwards: bool) -> Path:
        """Return the file of the way."""
        if forwards:
            return Path(step.path)
        path = Path(step.path.removesuffix(FORWARDS) + BACKWARDS)
        if not path.is_file():
            raise InputError(f'there is no way back from "{step.revision}"', hint=f"Write it as {path.name}.")
        return path

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
        """Run one file; plain SQL that a transaction takes is run in one."""
        path = self.source(step, forwards=forwards)
        text = read_text(path)
        stages: list[RanStatement] = []

        def note(line: int, sql: str, elapsed_ms: float) -> None:
            stages.append(
                RanStatement(sql=sql, revision=step.revision, path=str(path), line=line, elapsed_ms=elapsed_ms)
            )

        failure: HistoryFailure | None = None
        try:
            with Session(dsn) as session:
                for statement in around.opening:
                    session.execute(statement)
                run_psql_script(session, text, path=str(path), note=note, closing=around.closing)
        except DatabaseError as problem:
            failure = HistoryFailure(
                message=problem.message,
                detail=problem.detail,
                path=str(path),
                line=problem.at.line if problem.at else 1,
                sqlstate=problem.sqlstate,
            )
        return RunReport(statements=tuple(stages), failure=failure)

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

    def _before(self, revision: str) -> str:
        """Return the file before; one that is gone is itself what is told as unknown."""
        step = self.route.by_name.get(revision)
        return revision if step is None else step.after[0] if step.after else BASE
