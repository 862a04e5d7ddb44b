"""A revision added to an environment by Alembic itself: one request on stdin, one answer on the original stdout."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from alembic import util
from alembic.config import Config
from alembic.script import ScriptDirectory, write_hooks
from alembic.util import CommandError
from pydantic import TypeAdapter

from colonnade.migrate.history.messages import HistoryFailure, NewRevision, WrittenRevision


class MissingPlaceError(Exception):
    """A template of revisions that leaves out what a revision needs."""


def main() -> None:
    """Answer the request."""
    request, out = sys.stdin.buffer.read(), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what Alembic and the formatters print must not get into the answer
    wanted = TypeAdapter(NewRevision).validate_json(request)
    try:
        written = WrittenRevision(path=_write(wanted))
    except (CommandError, MissingPlaceError, OSError) as problem:
        written = WrittenRevision(failure=_failure(problem))
    out.write(TypeAdapter(WrittenRevision).dump_json(written))
    out.flush()


def _write(wanted: NewRevision) -> str:
    """Add a revision by the environment's own template, with our helpers at its end; all of it or nothing."""
    configuration = Config(wanted.configuration or None)
    if not wanted.configuration:
        configuration.set_main_option("script_location", wanted.scripts.replace("%", "%%"))
    scripts = ScriptDirectory.from_config(configuration)
    hooks, scripts.hooks = scripts.hooks, []
    script = scripts.generate_revision(
        util.rev_id(),
        wanted.message,
        imports=wanted.imports,
        upgrades=wanted.upgrades,
        downgrades=wanted.downgrades,
    )
    assert script is not None  # noqa: S101 - only for a file that is no revision
    path = Path(script.path)
    try:
        text = path.read_text(encoding="utf-8")
        needed = (wanted.imports, wanted.upgrades, wanted.downgrades, "import sqlalchemy as sa")
        if missing := [part for part in needed if part not in text]:
            raise MissingPlaceError(missing[0].splitlines()[0])
        path.write_text(f"{text.rstrip()}\n\n\n{wanted.helpers}", encoding="utf-8")
        if hooks:
            write_hooks._run_hooks(path, hooks)  # noqa: SLF001 - as Alembic does when the file is whole
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return str(path)


def _failure(problem: Exception) -> HistoryFailure:
    if isinstance(problem, MissingPlaceError):
        return HistoryFailure(
            message="the template of revisions has no place for everything",
            detail=f"A revision made by script.py.mako is without «{problem}».",
        )
    return HistoryFailure(message=str(problem).strip().split("\n")[0] or type(problem).__name__)


if __name__ == "__main__":
    main()
