"""Roles that a run makes: they belong to the whole server, so runs take turns, and each drops its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from colonnade.errors import DatabaseError, StatementError
from colonnade.postgres.session import Session
from colonnade.sql.identifier import quote
from colonnade.sql.literal import literal

_LOCK = 0x636F6C6F6E6E  # "colonn": the advisory lock of whoever makes roles
LOCK_WAIT = "10min"
_END_MS = 5_000
_NOTE = "colonnade made roles: "
_LOCK_TIMEOUT = "55P03"
_STILL_USED = "2BP01"


def lock_roles(guard: Session) -> None:
    """Wait for our turn to make roles; raises DatabaseError when it does not come."""
    guard.execute("SELECT set_config('lock_timeout', %s, false)", (LOCK_WAIT,))
    try:
        guard.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
    except StatementError as problem:
        if problem.sqlstate != _LOCK_TIMEOUT:
            raise
        raise DatabaseError(
            "another run is making roles on this server",
            detail=f"It has held the lock for over {LOCK_WAIT}.",
            hint="Wait for it to end, or use the embedded server.",
            sqlstate=problem.sqlstate,
        ) from problem


def role_names(session: Session) -> frozenset[str]:
    """Return the names of all roles."""
    return frozenset(name for (name,) in session.execute("SELECT rolname FROM pg_roles"))


def users_of(session: Session, database: str) -> frozenset[str]:
    """End our connections to a database, and return the roles that own something in it or were granted something."""
    session.execute(
        "SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity WHERE datname = %s AND usename = current_user",
        (_END_MS, database),
    )
    found = session.execute(
        "SELECT DISTINCT r.rolname FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid"
        " JOIN pg_roles r ON r.oid = s.refobjid WHERE s.refclassid = 'pg_authid'::regclass AND d.datname = %s",
        (database,),
    )
    return frozenset(name for (name,) in found)


def note_roles(session: Session, database: str, roles: Sequence[str]) -> None:
    """Write down at a scratch database which roles a run will make that were not there before.

    Should the run be killed, whoever drops the database drops them, too.
    """
    session.execute(f"COMMENT ON DATABASE {quote(database)} IS {literal(_NOTE + json.dumps(list(roles)))}")


def drop_noted(session: Session, note: str) -> None:
    """Drop the roles of a note, but for those that somebody uses by now: to log in, or in another database."""
    if not note.startswith(_NOTE):
        return
    for role in json.loads(note.removeprefix(_NOTE)):
        if session.value("SELECT NOT rolcanlogin FROM pg_roles WHERE rolname = %s", (role,)):
            try:
                session.execute(f"DROP ROLE IF EXISTS {quote(role)}")
            except StatementError:
                continue  # it owns something, was granted something, or is another's


def drop_roles(guard: Session, roles: Sequence[str], *, connect: Callable[[str], Session] | None) -> None:
    """Drop roles, first what they own or were granted in each database that `connect` may enter.

    Without `connect` a role that somebody has begun to use elsewhere stays: it is no longer ours alone.
    """
    if connect is not None:
        for database, role in _dependents(guard, roles):
            with connect(database) as session:
                session.execute(f"DROP OWNED BY {quote(role)} CASCADE")
    for role in roles:
        try:
            if connect is not None:
                guard.execute(f"DROP OWNED BY {quote(role)} CASCADE")
            guard.execute(f"DROP ROLE IF EXISTS {quote(role)}")
        except StatementError as problem:
            if connect is not None or problem.sqlstate != _STILL_USED:
                raise


def _dependents(guard: Session, roles: Sequence[str]) -> list[tuple[str, str]]:
    """Return the databases in which the roles own something or were granted something."""
    return [
        (database, role)
        for database, role in guard.execute(
            "SELECT DISTINCT d.datname, r.rolname FROM pg_shdepend s"
            " JOIN pg_database d ON d.oid = s.dbid JOIN pg_roles r ON r.oid = s.refobjid"
            " WHERE s.refclassid = 'pg_authid'::regclass AND r.rolname = ANY(%s) ORDER BY 1, 2",
            (list(roles),),
        )
    ]
