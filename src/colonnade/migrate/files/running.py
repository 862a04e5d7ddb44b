"""One file of SQL run on a database."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from colonnade.dsn import Dsn
from colonnade.errors import DatabaseError
from colonnade.migrate.psql import run_psql_script
from colonnade.models.history import HistoryFailure, RanStatement, RunReport
from colonnade.postgres import Session
from colonnade.sql.script import ScriptStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlFile:
    """A file that a step runs, one way."""

    revision: str
    path: str
    text: str


Watching = Callable[[Session, ScriptStatement], AbstractContextManager[object]]
"""Takes a statement with the session that runs it, and returns what it is run within."""


def run_file(
    dsn: Dsn,
    file: SqlFile,
    *,
    opening: Iterable[str] = (),
    closing: str = "",
    watching: Watching = lambda *_: nullcontext(),
) -> RunReport:
    """Run a file on a connection of its own that begins with `opening`.

    Plain SQL that a transaction takes is run in one, and `closing` with it; else that comes at the end. The report
    tells the stages, and what ended the run.
    """
    stages: list[RanStatement] = []

    def note(line: int, sql: str, elapsed_ms: float) -> None:
        stages.append(RanStatement(sql=sql, revision=file.revision, path=file.path, line=line, elapsed_ms=elapsed_ms))

    failure: HistoryFailure | None = None
    try:
        with Session(dsn) as session:
            for statement in opening:
                session.execute(statement)
            run_psql_script(
                session,
                file.text,
                path=file.path,
                note=note,
                closing=closing,
                around=lambda each: watching(session, each),
            )
    except DatabaseError as problem:
        failure = HistoryFailure(
            message=problem.message,
            detail=problem.detail,
            path=file.path,
            line=problem.at.line if problem.at else 1,
            sqlstate=problem.sqlstate,
        )
    return RunReport(statements=tuple(stages), failure=failure)
