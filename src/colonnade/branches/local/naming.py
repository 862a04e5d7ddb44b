"""What databases of branches are called: by people, and on the server that holds them all."""

from __future__ import annotations

import re
from collections.abc import Sequence

from colonnade.branches.local.catalog import DATABASE, StoredDatabase
from colonnade.errors import InputError

_SLUG_LENGTH = 20


def find_database(databases: Sequence[StoredDatabase], name: str | None) -> StoredDatabase:
    """Return a database of a branch by either of its names, the only or the usual one without any."""
    for database in databases:
        if name in (database.name, database.stored_as) or (name is None and database.name == DATABASE):
            return database
    if name is None and databases:
        return databases[0]
    known = ", ".join(each.name for each in databases)
    raise InputError(f'the branch has no database "{name or DATABASE}"', detail=f"It has {known or 'none'}.")


def stored_name(database: str, branch: str, identity: str) -> str:
    """Return what the server calls a database of a branch: told by people, unique by the end of the branch's id."""
    slug = re.sub(r"[^a-z0-9]+", "_", branch.lower()).strip("_")[:_SLUG_LENGTH]
    return "_".join(part for part in (database[:_SLUG_LENGTH], slug, identity.rpartition("-")[2]) if part)
