"""Relation files that look their size: the true number of blocks, almost all of them holes."""

from __future__ import annotations

import os
from pathlib import Path

from colonnade.errors import DatabaseError
from colonnade.postgres.scale.pages import BLOCK_BYTES, Pages, with_checksum

SEGMENT_BLOCKS = 131072
"""RELSEG_SIZE: a relation continues in another file after 1 GiB."""


class RelationFile:
    """The main fork of one relation; no server process may have it open while it is written."""

    def __init__(self, path: Path, *, checksums: bool) -> None:
        """Keep what the file holds now: the few real pages of an empty relation."""
        self.base = path.read_bytes()
        self._path = str(path)
        self._checksums = checksums
        self._owner = path.stat()
        self._blocks = len(self.base) // BLOCK_BYTES
        self._pages: Pages = {}

    def write(self, *, blocks: int, pages: Pages | None = None) -> None:
        """Make the file its first contents with `pages` over them, then holes up to `blocks`.

        The result does not depend on what was written before, so sizes may also shrink.
        """
        pages = pages or {}
        blocks = max(blocks, len(self.base) // BLOCK_BYTES, *(block + 1 for block in pages), 0)
        if (blocks, pages) == (self._blocks, self._pages) and self._is_whole():
            return
        try:
            if pages or self._pages or not self._is_whole():
                self._write_pages(pages)
            self._set_length(blocks)
        except OSError as problem:
            raise DatabaseError(
                "a file of the embedded Postgres cannot be written",
                detail=str(problem),
                hint="Free some space in the temporary folder, or plan for fewer rows.",
            ) from problem
        self._blocks, self._pages = blocks, pages

    def _write_pages(self, pages: Pages) -> None:
        """Write the real pages and cut off all others."""
        with open(self._path, "r+b") as file:  # noqa: PTH123 - thousands of files: strings are faster
            file.write(self.base)
            file.truncate()
            for block, page in pages.items():
                file.seek(block * BLOCK_BYTES)
                file.write(with_checksum(page, block) if self._checksums else page)

    def _is_whole(self) -> bool:
        """Whether nobody has cut the file since, as VACUUM does."""
        return os.stat(self._path).st_size == min(self._blocks, SEGMENT_BLOCKS) * BLOCK_BYTES  # noqa: PTH116

    def _set_length(self, blocks: int) -> None:
        """Cut or extend the segments to the length, without writing anything."""
        last, last_before = _last_segment(blocks), _last_segment(self._blocks)
        os.truncate(self._path, min(blocks, SEGMENT_BLOCKS) * BLOCK_BYTES)
        for segment in range(max(1, min(last, last_before)), last + 1):
            length = min(blocks - segment * SEGMENT_BLOCKS, SEGMENT_BLOCKS)
            self._make_segment(segment, length * BLOCK_BYTES)
        for segment in range(last + 1, last_before + 1):
            os.unlink(f"{self._path}.{segment}")  # noqa: PTH108

    def _make_segment(self, segment: int, length: int) -> None:
        """Make a further segment of this many bytes, or give an existing one this length."""
        file = os.open(f"{self._path}.{segment}", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.fchown(file, self._owner.st_uid, self._owner.st_gid)
            os.ftruncate(file, length)
        finally:
            os.close(file)


def _last_segment(blocks: int) -> int:
    """Return the number of the last file of so many blocks; the first is there even when it is empty."""
    return max(0, blocks - 1) // SEGMENT_BLOCKS
