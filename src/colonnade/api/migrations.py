"""Migrations that people give us: files read, in the order of their history."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from colonnade.api.texts import read_text
from colonnade.errors import InputError

_NUMBERED = re.compile(r"[Vv]?\d")
_NUMBER = re.compile(r"[UVuv]?(\d+)")
_DOWN = re.compile(r"[._-]down\.sql$|^U\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptFile:
    """A file of a history of SQL files; those that are not `reviewed` only build what the others meet."""

    path: Path
    text: str
    reviewed: bool


def script_histories(paths: Sequence[Path], *, changed: frozenset[Path] | None) -> tuple[tuple[ScriptFile, ...], ...]:
    """Return the histories that the paths lead to, each in order.

    A folder is the history of its `.sql` files by name, down-files left out. A single file comes after the numbered
    ones of its folder, if it has a number itself; a down-file after the one that it takes back, in a history of its
    own. `changed` bounds what is reviewed. Raises InputError for what is no migration.
    """
    by_folder: dict[Path, list[Path]] = {}
    ways_back: list[Path] = []
    for path in paths:
        if path.is_dir():
            files = sorted(each for each in path.glob("*.sql") if not _DOWN.search(each.name))
            if not files:
                raise InputError(f'"{path}" has no migration', hint="Name a folder with .sql files or revisions.")
            by_folder.setdefault(path, []).extend(files)
        elif path.is_file() and path.suffix == ".sql" and _DOWN.search(path.name):
            ways_back.append(path)
        elif path.is_file() and path.suffix == ".sql":
            by_folder.setdefault(path.parent, []).append(path)
        elif not path.exists():
            raise InputError(f'there is no "{path}"', hint="Check the spelling and the current folder.")
        else:
            raise InputError(f'"{path}" is no migration', hint="Name .sql files or a folder of them.")
    return (
        *(_history(folder, named, changed) for folder, named in by_folder.items()),
        *(_way_back(path, changed) for path in dict.fromkeys(ways_back)),
    )


def _history(folder: Path, named: Iterable[Path], changed: frozenset[Path] | None) -> tuple[ScriptFile, ...]:
    reviewed = [path for path in dict.fromkeys(named) if changed is None or path.resolve() in changed]
    last = max((path.name for path in reviewed), default="")
    asked_for = {*reviewed}
    numbered = all(_NUMBERED.match(path.name) for path in reviewed)
    siblings = [path for path in _numbered(folder) if numbered and path.name < last]
    return tuple(
        ScriptFile(path=path, text=read_text(path), reviewed=path in asked_for)
        for path in sorted({*asked_for, *siblings}, key=lambda each: each.name)
    )


def _way_back(path: Path, changed: frozenset[Path] | None) -> tuple[ScriptFile, ...]:
    """Return a down-file after the numbered ones up to its own number."""
    own = _number(path)
    before = [each for each in _numbered(path.parent) if own is not None and (_number(each) or 0) <= own]
    reviewed = changed is None or path.resolve() in changed
    return (
        *(ScriptFile(path=each, text=read_text(each), reviewed=False) for each in before),
        ScriptFile(path=path, text=read_text(path), reviewed=reviewed),
    )


def _numbered(folder: Path) -> list[Path]:
    """Return the files of a folder that have a number and lead forwards, by their names."""
    found = (path for path in folder.glob("*.sql") if _NUMBERED.match(path.name) and not _DOWN.search(path.name))
    return sorted(found, key=lambda each: each.name)


def _number(path: Path) -> int | None:
    found = _NUMBER.match(path.name)
    return int(found[1]) if found else None
