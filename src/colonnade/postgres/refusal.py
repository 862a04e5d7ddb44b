"""What a server refused, as our own errors."""

from __future__ import annotations

import re

import psycopg

from colonnade.errors import DatabaseError, StatementError
from colonnade.span import Span

_GONE = "08", "57P"
_EXHAUSTED = "53100", "53200", "53300"  # no disk, no memory, no connection left: about the world, not the statement

_NEEDS_ICU = re.compile(r'ICU is not supported|collation "[^"]*-x-icu" for encoding')
_WITHOUT_ICU = "The server is built without ICU, as the embedded one is: set COLONNADE_POSTGRES_URL to one that has it."


def database_error(problem: psycopg.Error, *, statement: str = "", at: Span | None = None) -> DatabaseError:
    """Return the error to raise for one of psycopg's."""
    state = problem.sqlstate or ""
    diagnostic = problem.diag
    lost = not state and isinstance(problem, psycopg.OperationalError | psycopg.InterfaceError)
    if lost or state.startswith(_GONE):
        return DatabaseError(
            "the connection to the server was lost",
            detail=str(problem).strip(),
            hint="Look whether the server was stopped or ran out of memory, then run again.",
            sqlstate=state,
        )
    if state.startswith(_EXHAUSTED):
        return DatabaseError(
            "the server has run out of something",
            detail=f"{diagnostic.message_primary or str(problem).strip()}.",
            hint="Free disk space where its data is (TMPDIR for the embedded one), memory or connections; run again.",
            sqlstate=state,
        )
    message = diagnostic.message_primary or str(problem).strip()
    return StatementError(
        message,
        sqlstate=state,
        statement=statement,
        constraint=diagnostic.constraint_name or "",
        detail=diagnostic.message_detail or "",
        hint=_WITHOUT_ICU if lacks_icu(message) else diagnostic.message_hint or "",
        at=at,
    )


def connection_error(problem: psycopg.Error, *, server: str) -> DatabaseError:
    """Return the error for a server that cannot be reached; `server` is a masked URL."""
    return DatabaseError(
        f'cannot connect to "{server}"',
        detail=str(problem).strip(),
        hint="Check host, port, user and password, and that the server accepts connections.",
        sqlstate=problem.sqlstate or "",
    )


def lacks_icu(message: str) -> bool:
    """Tell whether a server says that it has no such collation because it is built without ICU."""
    return _NEEDS_ICU.match(message) is not None
