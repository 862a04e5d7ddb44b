"""Migrations that people give us: files read, in the order of their history."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from colonnade.api.files import read_text
from colonnade.errors import InputError

_NUMBERED = re.compile(r"[Vv]?\d")
_DOWN = re.compile(r"\.down\.sql$|[._-]down\.sql$|^U\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptFile:
    """A file of a history of SQL files; those that are not `reviewed` only build what the others meet."""

    path: Path
    text: str
    reviewed: bool


def script_histories(paths: Sequence[Path], *, changed: frozenset[Path] | None) -> tuple[tuple[ScriptFile, ...], ...]:
    """Return the histories that the paths lead to, each in order.

    A folder is the history of its `.sql` files by name, down-files left out. A single file comes after the numbered
    ones of its folder, if it has a number itself. `changed` bounds what is reviewed. Raises InputError for what is no
    migration.
    """
    by_folder: dict[Path, list[Path]] = {}
    for path in paths:
        if path.is_dir():
            files = sorted(each for each in path.glob("*.sql") if not _DOWN.search(each.name))
            if not files:
                raise InputError(f'"{path}" has no migration', hint="Name a folder with .sql files or revisions.")
            by_folder.setdefault(path, []).extend(files)
        elif path.is_file() and path.suffix == ".sql":
            by_folder.setdefault(path.parent, []).append(path)
        elif not path.exists():
            raise InputError(f'there is no "{path}"', hint="Check the spelling and the current folder.")
        else:
            raise InputError(f'"{path}" is no migration', hint="Name .sql files or a folder of them.")
    return tuple(_history(folder, named, changed) for folder, named in by_folder.items())


def _history(folder: Path, named: Iterable[Path], changed: frozenset[Path] | None) -> tuple[ScriptFile, ...]:
    reviewed = [path for path in dict.fromkeys(named) if changed is None or path.resolve() in changed]
    last = max((path.name for path in reviewed), default="")
    asked_for = {*reviewed}
    numbered = all(_NUMBERED.match(path.name) for path in reviewed)
    siblings = [
        path
        for path in folder.glob("*.sql")
        if numbered and _NUMBERED.match(path.name) and not _DOWN.search(path.name) and path.name < last
    ]
    return tuple(
        ScriptFile(path=path, text=read_text(path), reviewed=path in asked_for)
        for path in sorted({*asked_for, *siblings}, key=lambda each: each.name)
    )
