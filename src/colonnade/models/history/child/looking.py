"""What a history says without being run: at which revisions a database stands, and the way between two as SQL."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from colonnade.models.history.child.recording import Recording
from colonnade.models.history.messages import RanStatement, RunRequest


def current_revisions(configuration: Config, scripts: ScriptDirectory) -> tuple[str, ...]:
    """Return at which revisions the database stands, as env.py has it; nothing is written."""
    found: list[str] = []

    def look(revisions: Any, _: Any) -> list[Any]:
        found.extend(revisions)
        return []

    with EnvironmentContext(configuration, scripts, fn=look, dont_mutate=True):
        scripts.run_env()
    return tuple(sorted(found))


def printed(configuration: Config, request: RunRequest) -> Iterator[RanStatement]:
    """Let Alembic print the way between two revisions, and yield its statements, each with its place."""
    recording = Recording()
    recording.install()
    recording.print_only()
    run = command.upgrade if request.forwards else command.downgrade
    run(configuration, f"{request.start}:{request.target}" if request.start else request.target, sql=True)
    for problem in (recording.unprintable or {}).values():
        raise problem
    for way in recording.order:
        path = recording.paths[way[0]]
        for each in recording.statements[way]:
            yield RanStatement(sql=each.sql, revision=way[0], path=path, line=each.line, elapsed_ms=0.0)


def printed_text(configuration: Config) -> str:
    """Return what Alembic has printed."""
    buffer = configuration.output_buffer
    return buffer.getvalue() if isinstance(buffer, io.StringIO) else ""
