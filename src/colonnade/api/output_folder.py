"""A folder of generated files: written whole or not at all, and never over somebody's edits."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from colonnade.errors import InputError, OutputError

_FILE_MODE = 0o644  # as a newly made file of the user; a temporary one is private
MANIFEST = ".colonnade.json"
"""Lists the files that were written, with the SHA-256 of each: how an edit is told from our own text."""


def check_writable(folder: Path) -> None:
    """Raise InputError if the folder cannot be made or written, before any work is done for it."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f'"{folder}" is not a folder', hint="Name a folder, or a path that does not exist yet.")
    nearest = folder
    while not nearest.exists() and nearest != nearest.parent:
        nearest = nearest.parent
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        raise InputError(
            f'cannot write to "{folder}"',
            detail=f"{error.strerror or error}: {nearest}",
            hint="Name another folder with --out, or mend its permissions or free space.",
        ) from error


def edited(folder: Path) -> tuple[str, ...]:
    """Return the generated files that are no longer as they were written, sorted.

    A folder without a manifest was not written by us: each file in it counts as edited.
    """
    if not folder.is_dir():
        return ()
    manifest = _read_manifest(folder)
    if manifest is None:
        return tuple(sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()))
    return tuple(sorted(name for name, digest in manifest.items() if _digest_of(folder / name) not in (digest, "")))


def check_unedited(folder: Path, files: Mapping[str, str]) -> None:
    """Raise OutputError if writing the files would lose an edit; an edit that is what we would write loses nothing."""
    ours = (_read_manifest(folder) or {}) if folder.is_dir() else {}
    lost = [
        name
        for name in edited(folder)
        if (name in files or name in ours)
        and (folder / name).exists()
        and _digest_of(folder / name) != _digest(files.get(name))
    ]
    if lost:
        raise OutputError(
            f'"{folder / lost[0]}" was edited since it was generated',
            detail="Edited: " + ", ".join(lost[:8]) + (" …" if len(lost) > 8 else "") + ".",
            hint="Keep your copy elsewhere, or write over it with --force.",
        )


def write(folder: Path, files: Mapping[str, str], *, force: bool = False) -> tuple[str, ...]:
    """Write the files (relative path to text) and return the paths that changed, sorted.

    All texts are on the disk before the first old file is touched, and what was replaced is put back when
    anything fails, so that the folder holds either the old files or the new ones. Files of an earlier run that
    are no longer generated are removed; other people's files are left alone. Raises OutputError for edited files,
    unless `force`, and when the disk refuses.
    """
    if not force:
        check_unedited(folder, files)
    try:
        return _replace(folder, files)
    except OSError as error:
        raise OutputError(
            f'cannot write to "{folder}"',
            detail=f"{error.strerror or error}. Nothing was changed there.",
            hint="Free some space or mend the permissions, then run again.",
        ) from error


def check_file_writable(path: Path) -> None:
    """Raise InputError if a single file cannot be written there, before any work is done for it."""
    if path.is_dir():
        raise InputError(f'"{path}" is a folder', hint="Name a file, such as report.html.")
    if not path.parent.is_dir():
        raise InputError(f'there is no folder "{path.parent}"', hint="Make it first, or name another place.")
    check_writable(path.parent)


def write_file(path: Path, text: str) -> None:
    """Write a single file whole or not at all; raises OutputError when the disk refuses."""
    try:
        with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8", delete=False) as file:
            staged = Path(file.name)
            try:
                file.write(text)
                file.flush()
                staged.chmod(_FILE_MODE)
                staged.replace(path)
            except BaseException:
                staged.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise OutputError(
            f'cannot write "{path}"',
            detail=f"{error.strerror or error}. Nothing was changed there.",
            hint="Free some space or mend the permissions, then run again.",
        ) from error


def _replace(folder: Path, files: Mapping[str, str]) -> tuple[str, ...]:
    manifest = {name: _digest(text) for name, text in sorted(files.items())}
    texts = {**files, MANIFEST: json.dumps({"files": manifest}, indent=1) + "\n"}
    stale = set(_read_manifest(folder) or {}) - set(files)
    changed = {name for name, text in texts.items() if _digest_of(folder / name) != _digest(text)}
    if not changed and not stale:
        return ()
    with _staging(folder) as (staged, replaced):
        for name in changed:
            target = staged / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(texts[name], encoding="utf-8")
        _swap(folder, staged, replaced, changed, {name for name in stale if (folder / name).exists()})
    return tuple(sorted((changed | stale) - {MANIFEST}))


@contextlib.contextmanager
def _staging(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Lend two empty folders on the same file system, gone afterwards; so is a folder made for nothing."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    finished = False
    work = Path(tempfile.mkdtemp(prefix=".colonnade-", dir=folder))
    try:
        staged, replaced = work / "new", work / "old"
        staged.mkdir()
        replaced.mkdir()
        yield staged, replaced
        finished = True
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if not finished:
            for path in made:
                shutil.rmtree(path, ignore_errors=True)


def _swap(folder: Path, staged: Path, replaced: Path, changed: set[str], stale: set[str]) -> None:
    """Move the old files away and the new ones in; undo every move if one fails."""
    begun: list[tuple[Path, Path]] = []

    def move(source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        begun.append((source, target))  # before it is done: a signal may come at any time
        source.replace(target)

    try:
        for name in sorted(changed | stale):
            if (folder / name).exists():
                move(folder / name, replaced / name)
        for name in sorted(changed):
            move(staged / name, folder / name)
    except BaseException:
        for source, target in reversed(begun):
            if not source.exists():
                target.replace(source)
        raise
    for name in stale:
        with contextlib.suppress(OSError):  # not empty: somebody else's files stand there
            (folder / name).parent.rmdir()


def _read_manifest(folder: Path) -> dict[str, str] | None:
    path = folder / MANIFEST
    if not path.exists():
        return None
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {str(name): str(digest) for name, digest in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise OutputError(
            f'"{path}" is not a manifest', detail=str(error), hint="Delete the folder, or name another with --out."
        ) from error


def _digest(text: str | None) -> str:
    return "" if text is None else hashlib.sha256(text.encode()).hexdigest()


def _digest_of(path: Path) -> str:
    """Return the digest of a file's bytes, "" if there is no such file."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
