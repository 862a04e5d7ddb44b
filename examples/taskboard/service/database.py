"""The one place where the service opens transactions, and as whom.

The role that logs in may do nothing by itself (NOINHERIT): each transaction takes on one of the roles of the design.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol
from uuid import UUID

from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

import generated.models  # noqa: F401 - the tables that are to be isolated
from colonnade.runtime import Compute, Connecting, async_engine, async_sessions, tenant, transaction
from colonnade.runtime.fastapi import ready

APPLICATION = "taskboard_app"
"""Sees the rows of the user whom the transaction is for, and of nobody else."""
GATE = "taskboard_service"
"""Reads accounts and sign-ins of everybody, nothing else, and writes nothing: for who is not known yet."""


class Transactions(Protocol):
    """What the endpoints ask of a database."""

    def of(self, user_id: UUID, *, read_only: bool = False) -> AbstractAsyncContextManager[AsyncSession]:
        """Give a session in a transaction of a user, committed at its end."""
        ...

    def at_the_gate(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Give a session in a transaction that may only find out who it is."""
        ...

    async def ready(self) -> None:
        """Raise where rows of one user would not be kept from another."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class Database:
    """The database through `colonnade.runtime`.

    asyncio, since a request waits for the database most of its time; over psycopg, which behind a pooler sends a
    statement in one round trip, where asyncpg without prepared statements needs two.
    """

    def __init__(self, url: str, *, through_pooler: bool | None = None, processes: int = 1) -> None:
        """Make the engine, with a pool that leaves room for the other processes; nothing connects yet."""
        connecting = Connecting(through_pooler=through_pooler, compute=Compute(processes=processes))
        self._engine = async_engine(url, connecting=connecting)
        self._sessions = async_sessions(self._engine)

    @asynccontextmanager
    async def of(self, user_id: UUID, *, read_only: bool = False) -> AsyncIterator[AsyncSession]:
        """Give a session in a transaction of a user, committed at its end."""
        async with (
            self._sessions() as session,
            tenant(session, user_id=user_id, role=APPLICATION, read_only=read_only),
        ):
            yield session

    @asynccontextmanager
    async def at_the_gate(self) -> AsyncIterator[AsyncSession]:
        """Give a session in a transaction that may only find out who it is."""
        async with self._sessions() as session, transaction(session, role=GATE, read_only=True):
            yield session

    async def ready(self) -> None:
        """Raise where rows of one user would not be kept from another."""
        await ready(self._engine, SQLModel.metadata, role=APPLICATION)

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()
