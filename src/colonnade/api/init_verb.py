"""`init`: the files that a repository needs to work with us."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from colonnade import __version__
from colonnade.api import output_folder
from colonnade.emit.github_workflow import workflow
from colonnade.errors import InputError, OutputError

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
    text = workflow(version=__version__, alembic=quote(_alembic(root)), install=_install(root))
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


def _alembic(root: Path) -> str:
    """Return where the history's alembic.ini is, the one nearest to the root."""
    found = sorted((*root.glob("alembic.ini"), *root.glob("*/alembic.ini"), *root.glob("*/*/alembic.ini")), key=_depth)
    return found[0].relative_to(root).as_posix() if found else "alembic.ini"


def _depth(path: Path) -> tuple[int, str]:
    return len(path.parts), str(path)


def _install(root: Path) -> str:
    """Return what pip installs so that env.py can be imported."""
    if (root / "requirements.txt").is_file():
        return "-r requirements.txt"
    return "-e ." if (root / "pyproject.toml").is_file() else "sqlmodel"
