"""What a failure means: by SQLSTATE, and while connecting by its text, since Neon's proxy gives every error `XX000`."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a failure means for whoever may try again."""

    unavailable = "unavailable"
    """No connection now; soon there may be one."""
    perhaps_unavailable = "perhaps_unavailable"
    """No connection, which may be maintenance or for good: worth few attempts."""
    refused = "refused"
    """No connection, and none by trying again."""
    lost = "lost"
    """The connection is gone, with whatever was not committed."""
    conflict = "conflict"
    """The server has rolled back because of others at the same time."""
    stale_statement = "stale_statement"
    """A prepared statement that DDL or a pooler has made useless; the transaction is rolled back."""
    statement = "statement"
    """The server refused a statement."""


@dataclass(frozen=True, slots=True)
class Text:
    """Words of a message while connecting, and what they mean."""

    words: str
    kind: Kind
    of: str


# The first one that occurs decides. Source: neondatabase/neon proxy/src/control_plane, compute, auth; PgBouncer and
# libpq as named.
CONNECT_TEXTS: tuple[Text, ...] = (
    Text("endpoint is disabled", Kind.refused, "Neon"),
    Text("endpoint cannot be found", Kind.refused, "Neon"),
    Text("password authentication failed", Kind.refused, "Postgres"),
    Text("no password supplied", Kind.refused, "libpq"),
    Text("is not allowed to connect to this endpoint", Kind.refused, "Neon"),
    Text("endpoint id is not specified", Kind.refused, "Neon"),
    Text("inconsistent project name", Kind.refused, "Neon"),
    Text("unsupported startup parameter", Kind.refused, "PgBouncer"),
    Text("connection is insecure", Kind.refused, "Neon"),
    Text("no such user", Kind.refused, "PgBouncer"),
    Text("no such database", Kind.refused, "PgBouncer"),
    Text("no pg_hba.conf entry", Kind.refused, "Postgres"),
    Text("sasl authentication failed", Kind.refused, "PgBouncer"),
    Text("certificate verify failed", Kind.refused, "libpq"),
    Text("endpoint is temporarily unavailable", Kind.perhaps_unavailable, "Neon"),
    Text("failed to resolve host", Kind.perhaps_unavailable, "psycopg"),
    Text("could not translate host name", Kind.perhaps_unavailable, "libpq"),
    Text("couldn't connect to compute node", Kind.unavailable, "Neon"),
    Text("control plane request failed", Kind.unavailable, "Neon"),
    Text("too many connections to this endpoint", Kind.unavailable, "Neon"),
    Text("failed to acquire permit to connect", Kind.unavailable, "Neon"),
    Text("authentication timed out", Kind.unavailable, "Neon"),
    Text("too many clients already", Kind.unavailable, "Postgres"),
    Text("too many connections for", Kind.unavailable, "Postgres"),
    Text("remaining connection slots are reserved", Kind.unavailable, "Postgres"),
    Text("the database system is starting up", Kind.unavailable, "Postgres"),
    Text("the database system is shutting down", Kind.unavailable, "Postgres"),
    Text("the database system is in recovery mode", Kind.unavailable, "Postgres"),
    Text("the database system is not yet accepting connections", Kind.unavailable, "Postgres"),
    Text("no more connections allowed", Kind.unavailable, "PgBouncer"),
    Text("query_wait_timeout", Kind.unavailable, "PgBouncer"),
    Text("client_login_timeout", Kind.unavailable, "PgBouncer"),
    Text("server_login_retry", Kind.unavailable, "PgBouncer"),
    Text("server login has been failing", Kind.unavailable, "PgBouncer"),
    Text("server login failed", Kind.unavailable, "PgBouncer"),
    Text("pgbouncer cannot connect to server", Kind.unavailable, "PgBouncer"),
    Text("pgbouncer is shutting down", Kind.unavailable, "PgBouncer"),
    Text("the pooler is shut down", Kind.unavailable, "PgBouncer"),
    Text("terminating connection due to", Kind.unavailable, "Postgres"),
    Text("connection refused", Kind.unavailable, "libpq"),
    Text("connection reset by peer", Kind.unavailable, "libpq"),
    Text("connection timeout expired", Kind.unavailable, "psycopg"),
    Text("timeout expired", Kind.unavailable, "libpq"),
    Text("server closed the connection unexpectedly", Kind.unavailable, "libpq"),
    Text("connection closed unexpectedly", Kind.unavailable, "libpq"),
    Text("unexpected connection_lost", Kind.unavailable, "asyncpg"),
    Text("connection was closed in the middle of", Kind.unavailable, "asyncpg"),
    Text("ssl connection has been closed unexpectedly", Kind.unavailable, "libpq"),
    Text("eof detected", Kind.unavailable, "libpq"),
    Text("network is unreachable", Kind.unavailable, "libpq"),
    Text("no route to host", Kind.unavailable, "libpq"),
    Text("is the server running locally and accepting connections on that socket", Kind.unavailable, "libpq"),
)

_NOTE = "colonnade: {}, given up after "
_SAYS_NOTHING = frozenset({"XX000", "08P01"})
"""The states of Neon's proxy and of PgBouncer whatever is the matter; beside any other the text may hold data."""

_CONNECT_STATES = {
    "53300": Kind.unavailable,
    "57P01": Kind.unavailable,
    "57P02": Kind.unavailable,
    "57P03": Kind.unavailable,
    "08000": Kind.unavailable,
    "08001": Kind.unavailable,
    "08003": Kind.unavailable,
    "08006": Kind.unavailable,
}
_STATES = {
    **dict.fromkeys(
        ("57P01", "57P02", "57P03", "57P05", "25P03", "08000", "08001", "08003", "08004", "08006"), Kind.lost
    ),
    "08P01": Kind.lost,
    "40001": Kind.conflict,
    "40P01": Kind.conflict,
    "26000": Kind.stale_statement,
    "42P05": Kind.stale_statement,
}
_UNSUPPORTED = "0A000"
_CHANGED_RESULT = "cached plan must not change result type"
_CHANGED_SCHEMA = "cached statement plan is invalid"  # asyncpg says so before it asks the server
_LOST_TEXTS = (
    *("connection is closed", "the connection is lost", "server closed the connection", "consuming input failed"),
    *("connection has been closed", "connection was closed", "eof detected", "connection reset by peer"),
    *("sending query failed", "connection not open", "broken pipe", "connection does not exist"),
    *(
        "underlying connection is closed",
        "cannot call transaction",
        "connection timed out",
        "no connection to the server",
    ),
)


def while_connecting(error: BaseException) -> Kind:
    """Return what a failure to connect means; what nobody knows is not tried again."""
    state = sqlstate(error)
    if state and state not in _SAYS_NOTHING:
        return _CONNECT_STATES.get(state, Kind.refused)
    text = _text(error)
    for known in CONNECT_TEXTS:
        if known.words in text:
            return known.kind
    kinds = [_of_the_system(each) for each in _causes(error)]
    return next((kind for kind in kinds if kind), Kind.refused)


def in_transaction(error: BaseException) -> Kind:
    """Return what a failure means that a statement or a COMMIT met with."""
    text, state = _text(error), sqlstate(error)
    if state in {"", _UNSUPPORTED} and (_CHANGED_RESULT in text or _CHANGED_SCHEMA in text):
        return Kind.stale_statement
    if state:
        return _STATES.get(state, Kind.statement)
    invalidated = any(getattr(each, "connection_invalidated", False) for each in _causes(error))
    system = any(isinstance(each, OSError) for each in _causes(error))
    return Kind.lost if invalidated or system or any(words in text for words in _LOST_TEXTS) else Kind.statement


def given_up(kind: Kind, attempts: int) -> str:
    """Return the note on an error that no connection was made after."""
    return f"{_NOTE.format(kind)}{attempts} attempt{'s' if attempts > 1 else ''}"


def refused(error: BaseException) -> bool:
    """Whether a connection was refused for good, which the driver may tell like the loss of one that there was."""
    notes = [note for each in _causes(error) for note in getattr(each, "__notes__", ())]
    return any(note.startswith(_NOTE.format(Kind.refused)) for note in notes)


def sqlstate(error: BaseException) -> str:
    """Return the SQLSTATE that the server sent, "" where the error is the driver's own."""
    for each in _causes(error):
        state = getattr(each, "sqlstate", None) or getattr(each, "pgcode", None)
        if isinstance(state, str) and state:
            return state
    return ""


def said(error: BaseException) -> str:
    """Return what the driver said, in a line without the statement, its values and the details: fit for a log."""
    own = [str(each) for each in _causes(error) if not hasattr(each, "orig")]
    return next((text.strip().split("\n", 1)[0] for text in own if text.strip()), type(error).__name__)


def _text(error: BaseException) -> str:
    """Return what the driver said; SQLAlchemy adds the statement and its values, which may say anything."""
    return " ".join(str(each) for each in _causes(error) if not hasattr(each, "orig")).casefold()


def _of_the_system(error: BaseException) -> Kind | None:
    if isinstance(error, socket.gaierror):
        return Kind.perhaps_unavailable
    unreachable = (ConnectionError, TimeoutError, FileNotFoundError)
    return Kind.unavailable if isinstance(error, unreachable) else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error, what SQLAlchemy has wrapped in it, and what the driver had raised."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = getattr(current, "orig", None) or current.__cause__
