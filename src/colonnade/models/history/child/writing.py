"""A revision added to an environment by Alembic itself: one request on stdin, one answer on the original stdout."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from alembic import util
from alembic.config import Config
from alembic.script import ScriptDirectory, write_hooks
from pydantic import TypeAdapter

from colonnade.models.history.messages import HistoryFailure, NewRevision, WrittenRevision


class RefusedError(Exception):
    """What keeps a revision from being written: the fact, where, and the way out."""

    def __init__(self, message: str, *, path: str, detail: str, hint: str) -> None:
        """Keep the parts apart."""
        super().__init__(message)
        self.answer = WrittenRevision(failure=HistoryFailure(message=message, path=path, detail=detail), hint=hint)


def main() -> None:
    """Answer the request."""
    request, out = sys.stdin.buffer.read(), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what Alembic and the formatters print must not get into the answer
    wanted = TypeAdapter(NewRevision).validate_json(request)
    try:
        written = WrittenRevision(path=_write(wanted))
    except RefusedError as problem:
        written = problem.answer
    out.write(TypeAdapter(WrittenRevision).dump_json(written))
    out.flush()


def _write(wanted: NewRevision) -> str:
    """Add a revision by the environment's own template, with our helpers at its end; all of it or nothing."""
    configuration = Config(wanted.configuration or None)
    if not wanted.configuration:
        configuration.set_main_option("script_location", wanted.scripts.replace("%", "%%"))
    scripts = ScriptDirectory.from_config(configuration)
    if len(heads := scripts.get_heads()) > 1:
        raise RefusedError(
            "the history has several heads",
            path=wanted.configuration or wanted.scripts,
            detail=f"They are {', '.join(sorted(heads))}.",
            hint="Merge them first: alembic merge heads -m merge",
        )
    hooks, scripts.hooks = scripts.hooks, []
    before = _files(scripts)
    try:
        path = _generated(scripts, wanted)
        if path in before:
            raise _no_template(wanted, f"It would write over {path.name}: let file_template have %(rev)s.")
        if hooks:
            write_hooks._run_hooks(path, hooks)  # noqa: SLF001 - as Alembic does when the file is whole
    except BaseException:
        _restore(scripts, before)
        raise
    return str(path)


def _generated(scripts: ScriptDirectory, wanted: NewRevision) -> Path:
    """Write the file, and see that everything is in it."""
    try:
        script = scripts.generate_revision(
            util.rev_id(),
            wanted.message,
            imports=wanted.imports,
            upgrades=wanted.upgrades,
            downgrades=wanted.downgrades,
        )
    except Exception as problem:  # whatever the template leads to is reported
        raise _no_template(wanted, f"{type(problem).__name__}: {problem}") from problem
    path = Path(script.path) if script is not None else Path()
    text = path.read_text(encoding="utf-8") if script is not None else ""
    for part in (wanted.imports, wanted.upgrades, wanted.downgrades, "import sqlalchemy as sa"):
        if part not in text:
            raise _no_template(wanted, f"A revision made by it is without «{part.splitlines()[0]}».")
    path.write_text(f"{text.rstrip()}\n\n\n{wanted.helpers}", encoding="utf-8")
    return path


def _files(scripts: ScriptDirectory) -> dict[Path, bytes]:
    """Return the revisions that are there."""
    folders = (Path(folder) for folder in scripts._version_locations)  # noqa: SLF001 - in every version of Alembic
    return {path: path.read_bytes() for folder in folders for path in folder.rglob("*.py")}


def _restore(scripts: ScriptDirectory, before: dict[Path, bytes]) -> None:
    for path, text in _files(scripts).items():
        if path not in before:
            path.unlink()
        elif before[path] != text:
            path.write_bytes(before[path])


def _no_template(wanted: NewRevision, detail: str) -> RefusedError:
    return RefusedError(
        "no revision can be made by the template",
        path=str(Path(wanted.scripts) / "script.py.mako"),
        detail=detail,
        hint="Let it have places for imports, upgrades and downgrades, as the one that alembic init makes.",
    )


if __name__ == "__main__":
    main()
