"""`init`: the files that a repository needs to work with us."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from shlex import quote

from colonnade import __version__
from colonnade.api import output_folder
from colonnade.api.project import project_settings
from colonnade.emit.github_workflow import workflow
from colonnade.errors import InputError, OutputError
from colonnade.migrate.files import file_steps
from colonnade.models.history import history_site

WORKFLOW = Path(".github/workflows/database-branch.yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class InitResult:
    """The files of the repository, and those of them that were written anew."""

    files: tuple[Path, ...]
    changed: tuple[Path, ...]


def init(folder: str | Path = ".", *, github: bool = False, force: bool = False) -> InitResult:
    """Write the workflow that gives each pull request a branch, where `github` asks for it.

    Raises InputError where nothing is asked for, OutputError for a file that is there and differs, unless `force`.
    """
    root = Path(folder)
    if not github:
        raise InputError("nothing to write", hint="colonnade init --github writes a workflow for GitHub.")
    if not root.is_dir():
        raise InputError(f'"{folder}" is no folder', hint="Name the folder of the repository.")
    path = root / WORKFLOW
    history = _history(root)
    files = history.is_dir() and history_site(history) is None
    text = workflow(
        version=__version__,
        history=quote(Path(os.path.relpath(history, root)).as_posix()),
        kind="files" if files else "alembic",
        install=_install(root, files=files),
    )
    before = path.read_text(encoding="utf-8") if path.exists() else None
    if before == text:
        return InitResult(files=(path,), changed=())
    if before is not None and not force:
        raise OutputError(f'"{path}" is there and differs', hint="Write over it with --force.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f'cannot make "{path.parent}"', detail=str(error)) from error
    output_folder.write_file(path, text)
    return InitResult(files=(path,), changed=(path,))


def _history(root: Path) -> Path:
    """Return what the project names, else the alembic.ini nearest to the root, else the folder of SQL files."""
    if named := project_settings(root).migrations:
        return Path(named)
    shown = "[!.]*"  # what is hidden, such as an environment of Python, is not the project's own
    patterns = (shown, f"{shown}/{shown}", f"{shown}/{shown}/{shown}")
    within = sorted((each for pattern in patterns for each in root.glob(pattern)), key=_depth)
    return next(
        chain(
            (each for each in within if each.name == "alembic.ini"),
            (each for each in within if each.is_dir() and file_steps(each)),
        ),
        root / "alembic.ini",
    )


def _depth(path: Path) -> tuple[int, str]:
    return len(path.parts), str(path)


def _install(root: Path, *, files: bool) -> str:
    """Return what pip installs so that env.py can be imported; SQL files need nothing."""
    if files:
        return ""
    if (root / "requirements.txt").is_file():
        return "-r requirements.txt"
    return "-e ." if (root / "pyproject.toml").is_file() else "sqlmodel"
