"""FastAPI: a transaction for each request, answers for failures, a start that refuses where isolation would not hold.

Needs `colonnade[fastapi]`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any, Unpack

from fastapi import Depends, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from sqlalchemy import MetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker
from sqlalchemy.orm import sessionmaker
from sqlalchemy.util import greenlet_spawn
from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession

from colonnade.errors import UnknownOutcomeError
from colonnade.runtime.failures import Kind, in_transaction, while_connecting
from colonnade.runtime.readiness import check_isolation
from colonnade.runtime.terms import Terms, TermsGiven
from colonnade.runtime.transactions import AsyncUnitOfWork, UnitOfWork, identity

if TYPE_CHECKING:
    from sqlalchemy import Engine

Asked = Callable[[Any, Any], Terms]
_AWAY = frozenset({Kind.unavailable, Kind.perhaps_unavailable})


def unit_of_work(
    sessions: sessionmaker[Session] | async_sessionmaker[AsyncSession],
    *,
    user_id: Callable[..., Any] | None = None,
    tenant_id: Callable[..., Any] | None = None,
    **terms: Unpack[TermsGiven],
) -> Any:
    """Return a dependency that gives a session in a transaction: `Annotated[AsyncSession, unit_of_work(…)]`.

    It is committed when the endpoint has returned and before the answer is sent. `user_id` and `tenant_id` are
    dependencies of yours that say who is signed in; without one it is a plain transaction.
    """
    who = Depends(user_id or _nobody)
    whose = Depends(tenant_id or _nobody)
    named = user_id is not None or tenant_id is not None

    def asked(user: Any, tenant: Any) -> Terms:
        return Terms(identity=identity(user_id=user, tenant_id=tenant), **terms) if named else Terms(**terms)

    if isinstance(sessions, async_sessionmaker):
        return Depends(_of_asyncio(sessions, asked, who, whose), scope="function")
    return Depends(_of_threads(sessions, asked, who, whose), scope="function")


def _of_asyncio(sessions: async_sessionmaker[AsyncSession], asked: Asked, who: Any, whose: Any) -> Callable[..., Any]:
    async def opened(user: Any = who, tenant: Any = whose) -> AsyncIterator[AsyncSession]:
        async with sessions() as session, AsyncUnitOfWork(session, asked(user, tenant)):
            yield session

    return opened


def _of_threads(sessions: sessionmaker[Session], asked: Asked, who: Any, whose: Any) -> Callable[..., Any]:
    def opened(user: Any = who, tenant: Any = whose) -> Iterator[Session]:
        with sessions() as session, UnitOfWork(session, asked(user, tenant)):
            yield session

    return opened


async def ready(engine: Engine | AsyncEngine, metadata: MetaData | None = None, *, role: str = "") -> None:
    """Raise IsolationError where row-level security would not hold; to be awaited in the application's lifespan."""
    if isinstance(engine, AsyncEngine):
        await greenlet_spawn(check_isolation, engine.sync_engine, metadata, role=role)
    else:
        await run_in_threadpool(check_isolation, engine, metadata, role=role)


def error_responses(app: FastAPI) -> None:
    """Answer failures of the database as what they are: 503 where later may be better, 409 for a conflict.

    An unknown outcome is a 503 without Retry-After: the client must look before it does it again. Other errors of the
    database stay what they were.
    """
    app.add_exception_handler(UnknownOutcomeError, _unknown)
    app.add_exception_handler(DBAPIError, _failure)
    app.add_exception_handler(PoolTimeoutError, _busy)


def _nobody() -> None:
    """Say that nobody is signed in."""


def _unknown(request: Request, problem: Exception) -> JSONResponse:
    del request, problem
    return JSONResponse({"detail": "It is unknown whether this was stored."}, status_code=503)


def _busy(request: Request, problem: Exception) -> JSONResponse:
    del request, problem
    return JSONResponse({"detail": "The database is busy."}, status_code=503, headers={"Retry-After": "1"})


def _failure(request: Request, problem: Exception) -> JSONResponse:
    """Answer what passes by itself; raises the rest."""
    kind = in_transaction(problem)
    if kind in {Kind.conflict, Kind.stale_statement}:
        return JSONResponse({"detail": "Somebody else changed this at the same time."}, status_code=409)
    if kind is Kind.lost or while_connecting(problem) in _AWAY:
        return _busy(request, problem)
    raise problem
