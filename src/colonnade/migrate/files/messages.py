"""What is said between us and the process that runs files of SQL."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.migrate.files.running import SqlFile
from colonnade.models.history import Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOrder:
    """A file, and the statement that records that it has run."""

    file: SqlFile
    closing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesRequest:
    """Run files one after the other on the database at a `url`, and stop in the middle."""

    url: str
    orders: tuple[FileOrder, ...]
    stop: Stop | None = None
