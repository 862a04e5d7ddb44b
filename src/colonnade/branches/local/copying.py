"""Copies of databases on one server, each file as it is."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.branches.branch import BranchError
from colonnade.branches.local.catalog import StoredDatabase
from colonnade.errors import DatabaseError, StatementError
from colonnade.postgres import Session
from colonnade.sql.identifier import quote

_IN_USE = "55006"
_UNKNOWN_SETTING = "42704", "22023"
_END_MS = 5000
_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody who is connected to a database."""

    pid: int
    role: str
    application: str
    state: str

    def __str__(self) -> str:
        """Return who it is, for a message."""
        name = f", {self.application}" if self.application else ""
        return f"{self.role or 'the server'} (process {self.pid}{name}, {self.state or 'at work'})"


def copy(session: Session, source: StoredDatabase, target: str, *, force: bool) -> None:
    """Copy a database of the server; nothing is left of a copy that fails.

    The server waits a few seconds for others to leave the source. Raises BranchError with who did not, unless `force`
    says to end their connections, and DatabaseError when the disk is full.
    """
    _prefer_clones(session)
    statement = (
        f"CREATE DATABASE {quote(target)} TEMPLATE {quote(source.stored_as)}"
        f" OWNER {quote(source.owner)} STRATEGY file_copy"
    )
    for _ in range(_TRIES):
        if force:
            end_visits(session, source.stored_as)
        try:
            session.execute(statement)
        except StatementError as problem:
            if problem.sqlstate != _IN_USE:
                raise
            if not force:
                raise _in_use(session, source) from problem
        except DatabaseError as problem:
            problem.hint = "Free space where the branches are, or delete some; the unfinished copy is gone."
            raise
        else:
            return
    raise _in_use(session, source)


def drop(session: Session, stored_as: str) -> None:
    """Drop a database, whoever is connected."""
    session.execute(f"DROP DATABASE IF EXISTS {quote(stored_as)} WITH (FORCE)")


def swap(session: Session, database: StoredDatabase) -> None:
    """Put the replacement of a database in its place; it can be repeated from wherever it stopped."""
    if database.replacement is not None and _exists(session, database.replacement):
        if database.kept_as is None:
            drop(session, database.stored_as)
        elif not _exists(session, database.kept_as):
            end_visits(session, database.stored_as)
            session.execute(f"ALTER DATABASE {quote(database.stored_as)} RENAME TO {quote(database.kept_as)}")
        session.execute(f"ALTER DATABASE {quote(database.replacement)} RENAME TO {quote(database.stored_as)}")
    session.execute(
        "UPDATE branch_database SET replacement = NULL, kept_as = NULL WHERE stored_as = %s", (database.stored_as,)
    )


def end_visits(session: Session, stored_as: str) -> None:
    """End every connection to a database, and wait until they are gone."""
    session.execute(
        "SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
        (_END_MS, stored_as),
    )


def visitors(session: Session, stored_as: str) -> tuple[Visitor, ...]:
    """Return who is connected to a database."""
    rows = session.rows(
        "SELECT pid, coalesce(usename, '') AS role, application_name AS application, coalesce(state, '') AS state"
        " FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend' ORDER BY pid",
        (stored_as,),
    )
    return tuple(Visitor(**row) for row in rows)


def _exists(session: Session, stored_as: str) -> bool:
    return bool(session.value("SELECT 1 FROM pg_database WHERE datname = %s", (stored_as,)))


def _prefer_clones(session: Session) -> None:
    """Let the kernel copy: on a file system that can, two files then share their blocks until one is written."""
    try:
        session.execute("SET file_copy_method = clone")
    except StatementError as problem:
        if problem.sqlstate not in _UNKNOWN_SETTING:
            raise


def _in_use(session: Session, source: StoredDatabase) -> BranchError:
    who = ", ".join(map(str, visitors(session, source.stored_as))) or "somebody who has left since"
    return BranchError(
        f'the database "{source.name}" that is to be copied is in use',
        detail=f"Connected: {who}.",
        hint="Let them disconnect, or end their connections with --force.",
    )
