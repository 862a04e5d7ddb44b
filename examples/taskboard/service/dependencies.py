"""What endpoints ask for: who is calling, and a session in a transaction of theirs."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from generated.models.session import Session as SignIn
from generated.models.user import User
from service.database import Transactions
from service.passwords import Passwords
from service.problems import ProblemError
from service.settings import Settings

_bearer = HTTPBearer(auto_error=False)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, and by which sign-in."""

    user_id: UUID
    session_id: UUID


def token_hash(token: str) -> str:
    """Return what is stored of a token; it is random, so that a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def _transactions(request: Request) -> Transactions:
    found: Transactions = request.app.state.transactions
    return found


def _passwords(request: Request) -> Passwords:
    found: Passwords = request.app.state.passwords
    return found


def _settings(request: Request) -> Settings:
    found: Settings = request.app.state.settings
    return found


AnyTransactions = Annotated[Transactions, Depends(_transactions)]
AnyPasswords = Annotated[Passwords, Depends(_passwords)]
AnySettings = Annotated[Settings, Depends(_settings)]


async def _caller(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)], transactions: AnyTransactions
) -> Caller:
    """Return who is calling; the server's clock says whether the sign-in still holds."""
    if credentials is not None:
        statement = (
            select(SignIn.user_id, SignIn.id)
            .join(User, col(User.id) == SignIn.user_id)
            .where(
                SignIn.token_hash == token_hash(credentials.credentials),
                col(SignIn.expires_at) > func.now(),
                col(User.is_active),
            )
        )
        async with transactions.at_the_gate() as session:
            found = (await session.exec(statement)).first()
        if found is not None and found[1] is not None:
            return Caller(found[0], found[1])
    raise ProblemError(401, "signed-out", "Sign in first.", headers={"WWW-Authenticate": "Bearer"})


Signed = Annotated[Caller, Depends(_caller)]


async def _mine(caller: Signed, transactions: AnyTransactions) -> AsyncIterator[AsyncSession]:
    async with transactions.of(caller.user_id) as session:
        yield session


async def _mine_to_read(caller: Signed, transactions: AnyTransactions) -> AsyncIterator[AsyncSession]:
    async with transactions.of(caller.user_id, read_only=True) as session:
        yield session


# scope="function": the transaction is committed when the endpoint has returned and before its answer is sent.
Mine = Annotated[AsyncSession, Depends(_mine, scope="function")]
MineToRead = Annotated[AsyncSession, Depends(_mine_to_read, scope="function")]
