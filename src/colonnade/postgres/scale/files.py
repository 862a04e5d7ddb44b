"""Relation files that look their size: the true number of blocks, almost all of them holes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from colonnade.postgres.scale.pages import BLOCK_BYTES, Pages, with_checksum

SEGMENT_BLOCKS = 131072
"""RELSEG_SIZE: a relation continues in another file after 1 GiB."""


class RelationFile:
    """The main fork of one relation; no server process may have it open while it is written."""

    def __init__(self, path: Path, *, checksums: bool) -> None:
        """Keep what the file holds now: the few real pages of an empty relation."""
        self.path = path
        self.base = path.read_bytes()
        self._checksums = checksums

    def write(self, *, blocks: int, pages: Pages | None = None) -> None:
        """Make the file its first contents with `pages` over them, then holes up to `blocks`.

        The result does not depend on what was written before, so sizes may also shrink.
        """
        pages = pages or {}
        own_blocks = max(len(self.base) // BLOCK_BYTES, *(block + 1 for block in pages), 0)
        with self.path.open("r+b") as file:
            file.write(self.base)
            for block, page in pages.items():
                file.seek(block * BLOCK_BYTES)
                file.write(with_checksum(page, block) if self._checksums else page)
        self._set_length(max(blocks, own_blocks))

    def _set_length(self, blocks: int) -> None:
        """Cut or extend the segments to the length, without writing anything."""
        owner = self.path.stat()
        segment = 0
        for segment, length in enumerate(_segment_lengths(blocks)):
            path = self._segment(segment)
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                if segment:
                    os.fchown(file, owner.st_uid, owner.st_gid)
                os.ftruncate(file, length * BLOCK_BYTES)
            finally:
                os.close(file)
        while (surplus := self._segment(segment + 1)).exists():
            surplus.unlink()
            segment += 1

    def _segment(self, number: int) -> Path:
        """Return the file of one segment."""
        return self.path if number == 0 else self.path.with_name(f"{self.path.name}.{number}")


def _segment_lengths(blocks: int) -> Iterator[int]:
    """Give the blocks of each segment; the first exists even when it is empty."""
    yield min(blocks, SEGMENT_BLOCKS)
    for start in range(SEGMENT_BLOCKS, blocks, SEGMENT_BLOCKS):
        yield min(blocks - start, SEGMENT_BLOCKS)
