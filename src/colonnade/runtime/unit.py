"""The unit of work: one transaction of a session, opened on its terms, and closed with a known outcome or said so."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, SessionTransaction

from colonnade.errors import AbortedTransactionError, TransactionError, UnknownOutcomeError, UnsupportedError
from colonnade.runtime.binding import set_locally
from colonnade.runtime.failures import Kind, in_transaction, said, sqlstate
from colonnade.runtime.observing import Event
from colonnade.runtime.readiness import require_isolation
from colonnade.runtime.replicas import note_position, replica_for
from colonnade.runtime.session_factory import is_ours, policy_of, route, unroute
from colonnade.runtime.terms import Terms
from colonnade.runtime.tracking import State, follow, track

Hook = Callable[[], Any]
_UNIT = "colonnade_unit"
_IDENTITY = "colonnade_identity"
# The number of a transaction is used again after a crash when no record of it had reached the disk: the message is one.
_XID = text("SELECT pg_current_xact_id()::text, pg_logical_emit_message(false, 'colonnade', '', true)")
_TRACEABLE_FROM = (17,)
_ALIVE = text("SELECT 1")
_IN_FAILED_TRANSACTION = "25P02"


@dataclass(slots=True)
class Unit:
    """An open transaction, or a savepoint in one; what hooks are registered here run when the whole is committed."""

    session: Session
    terms: Terms
    outer: Unit | None = None
    before: list[Hook] = field(default_factory=list)
    after: list[Hook] = field(default_factory=list)
    position: str = ""
    transaction_id: str = ""
    committed: bool = False
    savepoint: SessionTransaction | None = None
    state: State = field(default_factory=State)

    def before_commit(self, hook: Hook) -> None:
        """Run a function in the transaction right before COMMIT, as an outbox is written; its failure rolls back."""
        self.before.append(hook)

    def after_commit(self, hook: Hook) -> None:
        """Run a function once COMMIT is acknowledged; never when it is not, or its outcome is unknown."""
        self.after.append(hook)

    @property
    def nested(self) -> bool:
        """Whether it is a savepoint."""
        return self.outer is not None


def open_unit(session: Session, terms: Terms) -> Unit:
    """Begin a transaction on its terms, or a savepoint where one is open; raises TransactionError when they differ."""
    outer = session.info.get(_UNIT)
    unit = _savepoint(session, terms, outer) if isinstance(outer, Unit) else _root(session, terms)
    session.info[_UNIT] = unit
    return unit


def commit_unit(unit: Unit) -> None:
    """Write what is pending and commit, or roll back what cannot be committed.

    Raises UnknownOutcomeError when COMMIT was sent and the answer did not come.
    """
    try:
        _prepare(unit)
    except BaseException:
        roll_back_unit(unit)
        raise
    _commit(unit)


def roll_back_unit(unit: Unit) -> None:
    """Undo it; a connection that is lost has done so already."""
    if unit.savepoint is not None and unit.outer is not None:
        unit.session.info[_UNIT] = unit.outer
        with suppress(DBAPIError, OSError):  # a lost connection: whoever has the whole transaction will meet it
            unit.savepoint.rollback()
        return
    _close(unit, failed=True)


def _prepare(unit: Unit) -> None:
    """Write what is pending; raises AbortedTransactionError when the server would answer COMMIT with ROLLBACK.

    Postgres reports no error for a COMMIT of a failed transaction: a caught exception would lose the write silently.
    """
    unit.session.flush()
    if unit.state.failed and not _mended(unit):
        raise AbortedTransactionError(
            "the transaction has failed and cannot be committed",
            detail="An error of the database was caught within it; everything in it is rolled back.",
            hint="Wrap what may fail in a nested transaction(session), which is a savepoint.",
        )


def _mended(unit: Unit) -> bool:
    """Whether a transaction in which a statement has failed can go on: a savepoint was rolled back, which we ask for.

    Asking costs a round trip, which only who has caught an error pays.
    """
    if not unit.session.is_active:  # a flush has failed and rolled it all back
        return False
    try:
        unit.session.connection().execute(_ALIVE)
    except DBAPIError as problem:
        if sqlstate(problem) == _IN_FAILED_TRANSACTION:
            return False
        raise
    unit.state.failed = False
    return True


def _commit(unit: Unit) -> None:
    """Commit; raises UnknownOutcomeError when COMMIT was sent and the answer did not come."""
    session, terms = unit.session, unit.terms
    if unit.savepoint is not None and unit.outer is not None:
        unit.savepoint.commit()
        unit.outer.before += unit.before
        unit.outer.after += unit.after
        session.info[_UNIT] = unit.outer
        return
    try:
        if terms.traceable and not terms.read_only:
            unit.transaction_id = str(session.connection().execute(_XID).one()[0])
        session.commit()
    except BaseException as problem:
        unit.committed = unit.state.committed  # a listener of SQLAlchemy's may have failed after it
        _close(unit, failed=True)
        if unit.state.commit_sent and not unit.committed and not terms.read_only:
            if not isinstance(problem, (DBAPIError, OSError)):  # a cancelled task, Ctrl-C
                problem.add_note("colonnade: COMMIT was sent; whether it was applied is unknown")
            elif in_transaction(problem) is Kind.lost:
                raise _unknown(unit, problem) from problem
        raise
    unit.committed = True
    _close(unit, failed=False)
    if not terms.read_only:
        unit.position = note_position(session)


def _savepoint(session: Session, terms: Terms, outer: Unit) -> Unit:
    """Begin a savepoint; what belongs to the whole transaction cannot be asked for in the middle of it."""
    changed = {key: value for key, value in terms.local.items() if outer.terms.local.get(key) != value}
    options = {key: value for key, value in terms.options.items() if outer.terms.options.get(key) != value}
    if changed or options:
        raise TransactionError(
            "a transaction on other terms is open",
            detail=f"It would have to change: {', '.join(sorted([*changed, *options]))}.",
            hint="End it first, or open the outer one on these terms.",
        )
    unit = Unit(session, outer.terms, outer=outer)
    unit.state = outer.state
    unit.savepoint = session.begin_nested()
    return unit


def _root(session: Session, terms: Terms) -> Unit:
    """Begin a transaction of its own."""
    policy = policy_of(session)
    if session.in_transaction():
        if not policy.strict:
            raise TransactionError(
                "the session is in a transaction that it has begun by itself",
                detail="A statement before this one was run outside of transaction(session).",
                hint="Commit or roll back first, or put that statement into the transaction.",
            )
        session.commit()  # it was READ ONLY: nothing is decided by ending it
    if terms.identity != session.info.get(_IDENTITY, terms.identity):
        session.expunge_all()  # what was loaded for somebody else is not there for this one
    session.info[_IDENTITY] = terms.identity
    route(session, replica_for(session, terms))
    unit = Unit(session, terms)
    try:
        session.begin()
        options = terms.options
        connection = session.connection(execution_options=options) if options else session.connection()
        _require_version(connection, terms)
        if not is_ours(session):
            track(connection.engine)
        unit.state = follow(connection)
        _bind(connection, terms)
    except BaseException:
        _close(unit, failed=True)
        raise
    return unit


def _require_version(connection: Connection, terms: Terms) -> None:
    if terms.traceable and (connection.dialect.server_version_info or ()) < _TRACEABLE_FROM:
        raise UnsupportedError(
            "a traceable transaction needs Postgres 17",
            detail="Before, a number that a crash has made free again would be taken for the transaction's.",
            hint="Write a key of your own in the transaction, and look for it.",
        )


def _bind(connection: Connection, terms: Terms) -> None:
    """Make the settings of the transaction in one round trip, and see that the policies hold for whom it then runs."""
    local = terms.local
    if local:
        set_locally(connection, local)
    if terms.identity:
        require_isolation(connection, terms.role)


def _close(unit: Unit, *, failed: bool) -> None:
    """Leave the session as it was before; what was wrong stays what is reported."""
    session = unit.session
    session.info.pop(_UNIT, None)
    try:
        if unit.committed and failed:
            session.close()  # SQLAlchemy rolls back no session that it holds for committed
        elif failed:
            session.rollback()
    except (DBAPIError, OSError):
        session.invalidate()  # the connection is gone, and the transaction with it
    finally:
        unroute(session)


def _unknown(unit: Unit, problem: BaseException) -> UnknownOutcomeError:
    policy_of(unit.session).observer.event(Event(name="unknown_outcome", reason=said(problem), kind=Kind.lost))
    traceable = bool(unit.transaction_id)
    return UnknownOutcomeError(
        "the outcome of a transaction is unknown",
        detail="COMMIT was sent and the connection was lost before the answer: it may have been applied or not.",
        hint="Ask with colonnade.runtime.outcome(engine, error)."
        if traceable
        else "Look for what it should have written before doing it again; traceable=True lets the server be asked.",
        transaction_id=unit.transaction_id,
    )
