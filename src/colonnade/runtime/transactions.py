"""`transaction(session)` and `tenant(session, …)`, for sessions of threads and of asyncio."""

from __future__ import annotations

import inspect
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Unpack, overload
from uuid import UUID

from sqlalchemy.orm import Session

from colonnade.errors import InputError
from colonnade.runtime.binding import PREFIX
from colonnade.runtime.session_factory import policy_of
from colonnade.runtime.terms import Terms, TermsGiven
from colonnade.runtime.unit import Unit, commit_unit, open_unit, roll_back_unit

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


@overload
def transaction(session: Session, **terms: Unpack[TermsGiven]) -> UnitOfWork: ...
@overload
def transaction(session: AsyncSession, **terms: Unpack[TermsGiven]) -> AsyncUnitOfWork: ...
def transaction(session: Session | AsyncSession, **terms: Unpack[TermsGiven]) -> UnitOfWork | AsyncUnitOfWork:
    """Return a transaction to enter: committed at the end of the block, rolled back when it raises.

    Within another one it is a savepoint. A block cannot be repeated: where conflicts are to be tried again, hand the
    work to `run` or `run_async`. Raises UnknownOutcomeError when the answer to COMMIT is lost.
    """
    return _work(session, Terms(**terms))


@overload
def tenant(
    session: Session,
    *,
    user_id: UUID | int | str | None = None,
    tenant_id: UUID | int | str | None = None,
    **terms: Unpack[TermsGiven],
) -> UnitOfWork: ...
@overload
def tenant(
    session: AsyncSession,
    *,
    user_id: UUID | int | str | None = None,
    tenant_id: UUID | int | str | None = None,
    **terms: Unpack[TermsGiven],
) -> AsyncUnitOfWork: ...
def tenant(
    session: Session | AsyncSession,
    *,
    user_id: UUID | int | str | None = None,
    tenant_id: UUID | int | str | None = None,
    **terms: Unpack[TermsGiven],
) -> UnitOfWork | AsyncUnitOfWork:
    """Return a transaction for one user or tenant: policies read who it is, and forget it when the transaction ends.

    Raises IsolationError when row-level security does not hold for the role, InputError when nobody is named.
    """
    return _work(session, Terms(identity=identity(user_id=user_id, tenant_id=tenant_id), **terms))


def identity(**named: UUID | int | str | None) -> dict[str, str]:
    """Return the settings that name somebody; nobody, or an empty name, would see what has no owner."""
    found = {f"{PREFIX}{key}": str(value) for key, value in named.items() if value is not None}
    if not found or not all(found.values()):
        raise InputError("nobody is named", hint="Give user_id= or tenant_id= a value that is not empty.")
    return found


def _work(session: Session | AsyncSession, terms: Terms) -> UnitOfWork | AsyncUnitOfWork:
    if isinstance(session, Session):
        return UnitOfWork(session, terms)
    return AsyncUnitOfWork(session, terms)


@dataclass
class UnitOfWork:
    """A transaction of a session; a context manager that gives the open `Unit`."""

    session: Session
    terms: Terms
    _units: list[tuple[Unit, AbstractContextManager[object]]] = field(default_factory=list)

    def __enter__(self) -> Unit:
        """Begin."""
        span = _observed(self.session, self.terms)
        try:
            unit = open_unit(self.session, self.terms)
        except BaseException as problem:
            span.__exit__(type(problem), problem, problem.__traceback__)
            raise
        self._units.append((unit, span))
        return unit

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit, or roll back."""
        unit, span = self._units.pop()
        try:
            if problem is not None:
                roll_back_unit(unit)
            else:
                self._commit(unit)
        except BaseException as own:
            span.__exit__(type(own), own, own.__traceback__)
            raise
        span.__exit__(kind, problem, trace)
        if problem is None and not unit.nested:
            for hook in unit.after:
                _forbid_awaitable(hook())

    @staticmethod
    def _commit(unit: Unit) -> None:
        if unit.before and not unit.nested:
            try:
                for hook in unit.before:
                    _forbid_awaitable(hook())
            except BaseException:
                roll_back_unit(unit)
                raise
        commit_unit(unit)


@dataclass
class AsyncUnitOfWork:
    """A transaction of a session for asyncio; hooks may be coroutine functions."""

    session: AsyncSession
    terms: Terms
    _units: list[tuple[Unit, AbstractContextManager[object]]] = field(default_factory=list)

    async def __aenter__(self) -> Unit:
        """Begin."""
        span = _observed(self.session.sync_session, self.terms)
        try:
            unit = await self.session.run_sync(open_unit, self.terms)
        except BaseException as problem:
            span.__exit__(type(problem), problem, problem.__traceback__)
            raise
        self._units.append((unit, span))
        return unit

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit, or roll back."""
        unit, span = self._units.pop()
        try:
            if problem is not None:
                await self.session.run_sync(lambda _: roll_back_unit(unit))
            else:
                await self._commit(unit)
        except BaseException as own:
            span.__exit__(type(own), own, own.__traceback__)
            raise
        span.__exit__(kind, problem, trace)
        if problem is None and not unit.nested:
            for hook in unit.after:
                await _awaited(hook())

    async def _commit(self, unit: Unit) -> None:
        if unit.before and not unit.nested:
            try:
                for hook in unit.before:
                    await _awaited(hook())
            except BaseException:
                await self.session.run_sync(lambda _: roll_back_unit(unit))
                raise
        await self.session.run_sync(lambda _: commit_unit(unit))


def _observed(session: Session, terms: Terms) -> AbstractContextManager[object]:
    """Enter what the observer has for the time of a transaction, and return it to be left."""
    attributes = {"read_only": terms.read_only, "isolation": terms.isolation or "", "tenant": bool(terms.identity)}
    span = policy_of(session).observer.transaction(attributes)
    span.__enter__()
    return span


async def _awaited(value: Any) -> None:
    if inspect.isawaitable(value):
        await value


def _forbid_awaitable(value: Any) -> None:
    if inspect.isawaitable(value):
        if inspect.iscoroutine(value):
            value.close()
        raise InputError("a hook of a session of threads returned an awaitable", hint="Use an AsyncSession for it.")
