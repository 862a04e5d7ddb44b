"""The files that a server which died has forgotten."""

from __future__ import annotations

import shutil
from pathlib import Path

from colonnade.postgres import Session


def remove_orphans(session: Session, data_folder: Path) -> tuple[str, ...]:
    """Delete the files of databases that were being copied when the server died, and return their folders' names.

    The server forgets such a database but not its files. A folder that is younger than the server may belong to a
    database that is being made right now.
    """
    folders = {each.name: each for each in (data_folder / "base").iterdir() if each.name.isdigit()}
    born = float(session.value("SELECT extract(epoch FROM pg_postmaster_start_time())"))
    old = {name: each for name, each in folders.items() if each.stat().st_mtime < born}
    known = {str(oid) for (oid,) in session.execute("SELECT oid FROM pg_database")}
    orphans = sorted(old.keys() - known)
    for name in orphans:
        shutil.rmtree(old[name])
    return tuple(orphans)
