"""Work that may be done again: a function, since a `with` block cannot be."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, Unpack
from uuid import UUID

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from colonnade.errors import InputError, UnknownOutcomeError
from colonnade.runtime.failures import Kind, in_transaction, refused, said, while_connecting
from colonnade.runtime.observing import OBSERVER, Event, EventName, Observer
from colonnade.runtime.retry import CONFLICT_RETRY, Attempts, Retry
from colonnade.runtime.session_factory import policy_of
from colonnade.runtime.terms import Terms, TermsGiven
from colonnade.runtime.transactions import AsyncUnitOfWork, UnitOfWork, identity
from colonnade.runtime.unit import Unit

if TYPE_CHECKING:
    from sqlmodel.ext.asyncio.session import AsyncSession

Result = TypeVar("Result")
_ROLLED_BACK = frozenset({Kind.conflict, Kind.stale_statement})
_STATUS = text("SELECT pg_xact_status(CAST(CAST(:id AS text) AS xid8))")


class Sessions(Protocol):
    """What makes sessions: what `sessions` returns."""

    def __call__(self) -> AbstractContextManager[Session]:
        """Return a new session."""
        ...


class AsyncSessions(Protocol):
    """What makes sessions for asyncio: what `async_sessions` returns."""

    def __call__(self) -> AsyncSession:
        """Return a new session."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """When work is done again.

    The server has rolled back after a conflict or a stale statement: then always, at `conflicts`' pace. After a lost
    connection only work that is read-only or `idempotent`, at `retry`'s pace. Never after COMMIT was sent.
    """

    idempotent: bool = False
    conflicts: Retry = CONFLICT_RETRY
    retry: Retry = field(default_factory=Retry)


_REPLAY = Replay()


def run(
    sessions: Sessions,
    work: Callable[[Session], Result],
    *,
    replay: Replay = _REPLAY,
    user_id: UUID | int | str | None = None,
    tenant_id: UUID | int | str | None = None,
    **terms: Unpack[TermsGiven],
) -> Result:
    """Do work in a transaction of a new session, and again where that is right; return what it returns.

    The work is called anew with a new session: it must read again what it decides upon, and touch nothing but the
    database before it returns: use `after_commit` for the rest.
    """
    asked = _terms(terms, user_id, tenant_id)
    loop = _Loop(replay, asked)
    while True:
        with sessions() as session:
            loop.observer = policy_of(session).observer
            unit: Unit | None = None
            try:
                with UnitOfWork(session, asked) as unit:
                    return work(session)
            except (DBAPIError, OSError) as problem:
                delay = loop.after(problem, unit)
        time.sleep(delay)


async def run_async(
    sessions: AsyncSessions,
    work: Callable[[AsyncSession], Awaitable[Result]],
    *,
    replay: Replay = _REPLAY,
    user_id: UUID | int | str | None = None,
    tenant_id: UUID | int | str | None = None,
    **terms: Unpack[TermsGiven],
) -> Result:
    """Do work as `run` does, for asyncio."""
    import asyncio

    asked = _terms(terms, user_id, tenant_id)
    loop = _Loop(replay, asked)
    while True:
        async with sessions() as session:
            loop.observer = policy_of(session.sync_session).observer
            unit: Unit | None = None
            try:
                async with AsyncUnitOfWork(session, asked) as unit:
                    return await work(session)
            except (DBAPIError, OSError) as problem:
                delay = loop.after(problem, unit)
        await asyncio.sleep(delay)


def outcome(engine: Engine, error: UnknownOutcomeError) -> str:
    """Return what became of a traceable transaction: `committed`, `aborted`, or `in progress`.

    Raises InputError for one that was not traceable or that the server has forgotten.
    """
    with engine.connect() as connection:
        return _known(error, connection.execute(_STATUS, {"id": _id(error)}).scalar_one())


async def outcome_async(engine: Any, error: UnknownOutcomeError) -> str:
    """Return what `outcome` does, over an `AsyncEngine`."""
    async with engine.connect() as connection:
        found = await connection.execute(_STATUS, {"id": _id(error)})
        return _known(error, found.scalar_one())


def _id(error: UnknownOutcomeError) -> str:
    if not error.transaction_id:
        raise InputError("the transaction was not traceable", hint="Open it with traceable=True.")
    return error.transaction_id


def _known(error: UnknownOutcomeError, status: object) -> str:
    if not isinstance(status, str):
        raise InputError(f"the server has forgotten transaction {error.transaction_id}", hint="Ask sooner.")
    return status


def _terms(given: TermsGiven, user_id: UUID | int | str | None, tenant_id: UUID | int | str | None) -> Terms:
    if user_id is None and tenant_id is None:
        return Terms(**given)
    return Terms(identity=identity(user_id=user_id, tenant_id=tenant_id), **given)


class _Loop:
    """The attempts at one piece of work."""

    def __init__(self, replay: Replay, terms: Terms) -> None:
        self.observer: Observer = OBSERVER
        self._replayable = replay.idempotent or terms.read_only
        self._conflicts = Attempts.of(replay.conflicts)
        self._losses = Attempts.of(replay.retry)
        self._attempt = 1

    def after(self, problem: DBAPIError | OSError, unit: Unit | None) -> float:
        """Return the pause before the work is done again; raises the problem where it is not."""
        if unit is not None and unit.committed:  # a hook has failed, and what is committed must not be done again
            raise problem
        kind = Kind.statement if refused(problem) else in_transaction(problem)
        if kind is Kind.statement and while_connecting(problem) is not Kind.refused:
            kind = Kind.lost  # the pool's connection could not be replaced
        attempts = self._conflicts if kind in _ROLLED_BACK else self._losses
        delay = attempts.after(kind, may=kind in _ROLLED_BACK or (kind is Kind.lost and self._replayable))
        told: EventName = "transaction_given_up" if delay is None else "transaction_replay"
        if delay is not None or kind is not Kind.statement:
            self.observer.event(
                Event(name=told, attempt=self._attempt, delay_seconds=delay or 0.0, reason=said(problem), kind=kind)
            )
        if delay is None:
            raise problem
        self._attempt += 1
        return delay
