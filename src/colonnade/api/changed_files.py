"""Which files differ from a revision of the version control."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from colonnade.errors import InputError

_SECONDS = 30


def changed_since(revision: str, paths: Sequence[Path]) -> frozenset[Path]:
    """Return the files at the paths that are new or other than in a git revision; raises InputError without git."""
    if revision.startswith("-"):
        raise InputError(f'"{revision}" is no git revision')
    found: set[Path] = set()
    for path in paths:
        folder = path if path.is_dir() else path.parent
        root = Path(_git(folder, "rev-parse", "--show-toplevel").strip())
        changed = _git(folder, "diff", "--name-only", "-z", "--diff-filter=d", revision, "--", ".")
        new = _git(folder, "ls-files", "--others", "--exclude-standard", "--full-name", "-z")
        found |= {(root / name).resolve() for name in (changed + new).split("\0") if name}
    return frozenset(found)


def content_at(revision: str, path: Path) -> str | None:
    """Return the text of a file at a git revision, None where it was not there."""
    root = Path(_git(path.parent, "rev-parse", "--show-toplevel").strip())
    name = path.resolve().relative_to(root.resolve()).as_posix()
    if not _git(root, "ls-tree", "--name-only", revision, "--", name).strip():
        return None
    return _git(root, "show", f"{revision}:{name}")


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and the revision is no option
            ["git", *arguments],  # noqa: S607 - the user's own git
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise InputError("git cannot be run", detail=f"{problem}.", hint="Leave --since out.") from problem
    if done.returncode:
        raise InputError(
            "git cannot say what has changed",
            detail=done.stderr.strip(),
            hint="Name a revision that git knows, such as origin/main.",
        )
    return done.stdout
