"""What a unit of work must know of its connection: whether its transaction has failed, and whether COMMIT was sent."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection, ExceptionContext

from colonnade.errors import TransactionError
from colonnade.runtime.failures import sqlstate

_KEY = "colonnade_state"
STRICT = "colonnade_strict"
_READ_ONLY_TRANSACTION = "25006"


@dataclass(slots=True)
class State:
    """Of the latest transaction on a connection: `failed` until rolled back, `commit_sent` from COMMIT on."""

    failed: bool = False
    commit_sent: bool = False


def state_of(connection: Connection) -> State:
    """Return the state of a connection's transaction."""
    found = connection.info.get(_KEY)
    if not isinstance(found, State):
        found = connection.info[_KEY] = State()
    return found


def track(engine: Engine) -> None:
    """Follow the transactions of an engine; once is enough, and again does nothing."""
    if event.contains(engine, "begin", _begin):
        return
    event.listen(engine, "begin", _begin)
    event.listen(engine, "commit", _commit)
    event.listen(engine, "rollback_savepoint", _rollback_savepoint)
    event.listen(engine, "handle_error", _handle_error)


def _begin(connection: Connection) -> None:
    state = state_of(connection)
    state.failed = state.commit_sent = False


def _commit(connection: Connection) -> None:
    state_of(connection).commit_sent = True


def _rollback_savepoint(connection: Connection, name: str, context: None) -> None:
    del name, context
    state_of(connection).failed = False


def _handle_error(context: ExceptionContext) -> None:
    connection = context.connection
    if connection is None or context.is_disconnect or connection.closed or not connection.in_transaction():
        return
    state_of(connection).failed = True
    strict = connection.get_execution_options().get(STRICT)
    if strict and context.sqlalchemy_exception and sqlstate(context.sqlalchemy_exception) == _READ_ONLY_TRANSACTION:
        raise TransactionError(
            "a write outside a transaction",
            detail="This session is strict: whatever writes does so within transaction(session).",
            hint="Wrap it: with transaction(session): …",
        ) from context.original_exception
