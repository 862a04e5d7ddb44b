"""A history run as Alembic runs it, by the user's own env.py."""

from __future__ import annotations

import io
import linecache
import os
import traceback
from collections.abc import Iterator, Mapping
from configparser import InterpolationError
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import Script, ScriptDirectory
from pydantic import TypeAdapter
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from colonnade.models.history.child.recording import Recording, stands_aside
from colonnade.models.history.child.sources import RevisionSource, read_source
from colonnade.models.history.messages import (
    HistoryFailure,
    HistoryRequest,
    HistoryRevision,
    RecordedHistory,
)


def answer(request: bytes) -> bytes:
    """Return the recorded history as JSON."""
    return TypeAdapter(RecordedHistory).dump_json(_record(TypeAdapter(HistoryRequest).validate_json(request)))


def _record(request: HistoryRequest) -> RecordedHistory:
    os.environ.setdefault("DATABASE_URL", request.url)  # an env.py that asks for it need not be given one
    recording = Recording()
    configuration = configured(request.configuration, request.scripts, request.url)
    try:
        scripts = ScriptDirectory.from_config(configuration)
        heads = tuple(each for each in scripts.get_heads() if not _script(scripts, each).branch_labels)
        if request.url:
            # Printing needs no engine, nor the half of SQLAlchemy that makes them.
            from colonnade.models.history.child.engines import lead_engines_to

            lead_engines_to(request.url)
        recording.install()
        failure = _forwards(configuration, scripts, request, recording)
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - whatever env.py raises is reported, not hidden
        return RecordedHistory(failure=failure_of(problem, scripts=request.scripts))
    backwards = None
    first = next((each for each, _ in recording.order if recording.paths[each] in request.ways_back), None)
    if failure is None and request.url and first is not None:
        backwards = _backwards(configuration, scripts, first)
    failures = {name: failure_of(each, scripts=request.scripts) for name, each in (recording.unprintable or {}).items()}
    if failure is not None and recording.current is not None:
        failures[recording.current[0]] = failure
    found = tuple(_revisions(recording, scripts, failures, backwards))
    stray = failure if recording.current is None else None
    return RecordedHistory(revisions=found, heads=heads, prelude=tuple(recording.prelude), failure=stray)


def configured(file: str, scripts: str, url: str) -> Config:
    """Return Alembic's configuration for a history, which prints nowhere."""
    configuration = Config(file or None, output_buffer=io.StringIO(), stdout=io.StringIO())
    if not file:
        configuration.set_main_option("script_location", scripts.replace("%", "%%"))
    if url:
        configuration.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    elif not _names_a_dialect(configuration):
        configuration.set_main_option("sqlalchemy.url", "postgresql+psycopg://")
    return configuration


def _names_a_dialect(configuration: Config) -> bool:
    """Tell whether there is an address; one that cannot be read is none here, where nothing connects to it."""
    try:
        return bool(configuration.get_main_option("sqlalchemy.url"))
    except InterpolationError:
        return False


def _script(scripts: ScriptDirectory, revision: str) -> Script:
    found = scripts.get_revision(revision)
    assert isinstance(found, Script)  # noqa: S101 - it was just named by the same directory
    return found


def _forwards(
    configuration: Config, scripts: ScriptDirectory, request: HistoryRequest, recording: Recording
) -> HistoryFailure | None:
    """Run everything forwards; return what ended it before its end."""
    as_sql = not request.url
    if as_sql:
        recording.print_only()

    def steps(revision: Any, _: Any) -> Any:
        return scripts._upgrade_revs("heads", revision)  # noqa: SLF001 - as alembic.command does

    try:
        with EnvironmentContext(configuration, scripts, fn=steps, as_sql=as_sql, destination_rev="heads"):
            scripts.run_env()
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - whatever a revision raises is reported, not hidden
        return failure_of(problem, scripts=request.scripts)
    return None


def _backwards(configuration: Config, scripts: ScriptDirectory, first: str) -> BaseException | None:
    """Run everything back to before a revision; return what ended it before its end."""
    down = _script(scripts, first).down_revision
    goal = down if isinstance(down, str) else "base"

    def steps(revision: Any, _: Any) -> Any:
        return scripts._downgrade_revs(goal, revision)  # noqa: SLF001 - as alembic.command does

    try:
        with EnvironmentContext(configuration, scripts, fn=steps, destination_rev=goal):
            scripts.run_env()
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - whatever a revision raises is reported, not hidden
        return problem
    return None


def _revisions(
    recording: Recording,
    scripts: ScriptDirectory,
    failures: Mapping[str, HistoryFailure],
    backwards: BaseException | None,
) -> Iterator[HistoryRevision]:
    """Yield the revisions in the order in which they were run forwards."""
    ways = set(recording.order)
    folder = Path(scripts.dir).resolve()
    for revision, up in recording.order:
        if not up:
            continue
        path = recording.paths[revision]
        source: RevisionSource = read_source(path, scripts=folder)
        stopped = (revision, False) == recording.current and backwards is not None
        # A downgrade that raises this says by itself that there is none; whatever else it raises is a fault.
        said = str(backwards) if stopped and isinstance(backwards, NotImplementedError) else ""
        tried = (revision, False) in ways and not stopped
        yield HistoryRevision(
            revision=revision,
            path=path,
            line=source.upgrade_line,
            downgrade_line=source.downgrade_line,
            up=tuple(recording.statements[revision, True]),
            down=tuple(recording.statements[revision, False]) if tried or (stopped and not said) else None,
            imports=source.imports,
            irreversible=source.irreversible or said,
            failure=failures.get(revision),
        )


def failure_of(problem: BaseException, *, scripts: str) -> HistoryFailure:
    """Return what is told of an exception, with the innermost place in the user's files."""
    while isinstance(problem, PendingRollbackError) and problem.__context__ is not None:
        problem = problem.__context__  # a block that was left through another exception could not be closed
    original = problem.orig if isinstance(problem, DBAPIError) and problem.orig is not None else problem
    places = [
        (frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(problem.__traceback__)
        if frame.f_code.co_filename.startswith(scripts) and not stands_aside(frame)
    ]
    if isinstance(problem, SyntaxError) and problem.filename:
        path, line = problem.filename, problem.lineno or 1
    else:
        path, line = places[-1] if places else ("", 0)
    return HistoryFailure(
        message=str(original).strip().split("\n")[0] or type(original).__name__,
        detail=f"{type(original).__name__} at: {linecache.getline(path, line).strip()}" if path else "",
        path=path,
        line=line,
        sqlstate=getattr(original, "sqlstate", None) or "",
    )
