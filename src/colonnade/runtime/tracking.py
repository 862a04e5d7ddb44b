"""What a unit of work must know of its connection: whether a statement has failed on it, and whether COMMIT was sent.

An engine with listeners makes every one of its connections join them, which costs a short transaction a tenth of its
time. So nothing listens to what goes well: the dialect tells of errors, and marks the connection around COMMIT.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection, Dialect, ExceptionContext
from sqlalchemy.pool import PoolProxiedConnection

from colonnade.errors import TransactionError
from colonnade.runtime.failures import sqlstate

_STATE = "colonnade_state"
STRICT = "colonnade_strict"
_READ_ONLY_TRANSACTION = "25006"


@dataclass(slots=True)
class State:
    """Of one transaction: whether a statement of it `failed`, which a savepoint may have mended, and of its COMMIT."""

    failed: bool = False
    commit_sent: bool = False
    committed: bool = False


def follow(connection: Connection) -> State:
    """Return the state of the transaction that has just begun on a connection of an engine that is tracked."""
    state = connection.info[_STATE] = State()
    return state


def track(engine: Engine) -> None:
    """Follow the transactions of an engine; once is enough, and again does nothing."""
    dialect = engine.dialect
    if not isinstance(vars(dialect).get("do_commit"), _Commit):
        dialect.do_commit = _Commit(dialect)  # type: ignore[method-assign] # of this engine's dialect alone
        event.listen(engine, "handle_error", _handle_error)


class _Commit:
    """Sends COMMIT as a dialect does, and marks the connection before and after."""

    def __init__(self, dialect: Dialect) -> None:
        self._send = dialect.do_commit

    def __call__(self, dbapi_connection: PoolProxiedConnection) -> None:
        state = _state(dbapi_connection) or State()
        state.commit_sent = True
        self._send(dbapi_connection)
        state.committed = True


def _state(connection: Connection | PoolProxiedConnection) -> State | None:
    found: Any = connection.info.get(_STATE)
    return found if isinstance(found, State) else None


def _handle_error(context: ExceptionContext) -> None:
    connection = context.connection
    if connection is None or context.is_disconnect or connection.closed or not connection.in_transaction():
        return
    if state := _state(connection):
        state.failed = True
    strict = connection.get_execution_options().get(STRICT)
    if strict and context.sqlalchemy_exception and sqlstate(context.sqlalchemy_exception) == _READ_ONLY_TRANSACTION:
        raise TransactionError(
            "a write outside a transaction",
            detail="This session is strict: whatever writes does so within transaction(session).",
            hint="Wrap it: with transaction(session): …",
        ) from context.original_exception
