"""The files of a database, written behind the server's back while nobody looks."""

from __future__ import annotations

import os
from pathlib import Path

from colonnade.errors import InputError
from colonnade.postgres.scale.files import RelationFile
from colonnade.postgres.scale.hypothetical import EMPTY_FILE_NUMBER
from colonnade.postgres.scale.pages import BLOCK_BYTES
from colonnade.postgres.session import Session

_LARGEST_EMPTY_RELATION = 256 * BLOCK_BYTES
_EXTENSION_LOCK = 0x636F6C6F6E65  # "colone": two runs may want the extension at the same time


class Storage:
    """Relation files by their path below the data folder.

    `keeper` is a session on another database, whose extension lets the server forget its cached pages:
    so the user's database holds nothing that the user did not put there.
    """

    def __init__(self, data_folder: Path, keeper: Session) -> None:
        """Use the files of this data folder."""
        self._data_folder = data_folder
        self._keeper = keeper
        self._prepared = False
        self._checksums = keeper.value("SHOW data_checksums") == "on"
        self._files: dict[str, RelationFile] = {}

    def close(self) -> None:
        """End the keeper's session."""
        self._keeper.close()

    def forget(self) -> None:
        """Forget all files: they have been replaced by new ones."""
        self._files.clear()

    def settle(self) -> None:
        """Have the server write its cached pages down and forget them."""
        if not self._prepared:
            with self._keeper.transaction():
                self._keeper.execute("SELECT pg_advisory_xact_lock(%s)", (_EXTENSION_LOCK,))
                self._keeper.execute("CREATE EXTENSION IF NOT EXISTS pg_buffercache")
            self._prepared = True
        self._keeper.execute("SELECT pg_buffercache_evict_all()")

    def file(self, path: str) -> RelationFile:
        """Return the file of a relation; raises InputError for one that has rows in it."""
        if path not in self._files:
            self._files[path] = self.new_file(path)
        return self._files[path]

    def new_file(self, path: str) -> RelationFile:
        """Return a file that nobody has sized yet, and do not keep it."""
        absolute = self._data_folder / path
        size = absolute.stat().st_size
        if size > _LARGEST_EMPTY_RELATION:
            raise InputError(
                "a table to be planned at scale has rows in it",
                detail=f'The file "{path}" holds {size} bytes.',
                hint="Use a new database with the schema only.",
            )
        return RelationFile(absolute, checksums=self._checksums)

    def make_empty_file(self, beside: str) -> None:
        """Make the file that stands in for those of tables in the same folder."""
        table = self._data_folder / beside
        path = table.with_name(str(EMPTY_FILE_NUMBER))
        if not path.exists():
            path.touch(mode=0o600)
            owner = table.stat()
            os.chown(path, owner.st_uid, owner.st_gid)
