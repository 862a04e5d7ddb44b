"""Opening an account, signing in and out, and who one is.

Before somebody has signed in nobody is known, and no policy could show them a row. Two ways lead through:
an account is opened in the transaction of the user who is about to be (their key is chosen here, and the policy lets a
user insert themselves); a sign-in is looked up at the gate, a role that reads accounts and sign-ins and nothing else.
"""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Header
from sqlalchemy import delete, func, insert, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from generated.models.session import Session as SignIn
from generated.models.user import User, UserCreate, UserPublic
from service.dependencies import AnyPasswords, AnySettings, AnyTransactions, Mine, MineToRead, Signed, token_hash
from service.problems import ProblemError
from service.schemas import Credentials, Token

router = APIRouter(tags=["accounts"])
_LONGEST_USER_AGENT = 400


@router.post("/auth/register", status_code=201, operation_id="register")
async def register(given: UserCreate, transactions: AnyTransactions, passwords: AnyPasswords) -> UserPublic:
    """Open an account; 409 where the address is taken."""
    stored = await passwords.hash(given.password)  # before the transaction: a connection waits for nobody
    user_id = uuid4()
    async with transactions.of(user_id) as session:
        user = User(id=user_id, email=given.email, display_name=given.display_name, password_hash=stored)
        session.add(user)
        await session.flush()
        return UserPublic.model_validate(user)


@router.post("/auth/login", operation_id="login")
async def login(
    given: Credentials,
    transactions: AnyTransactions,
    passwords: AnyPasswords,
    settings: AnySettings,
    user_agent: Annotated[str, Header()] = "",
) -> Token:
    """Sign in; who is unknown, inactive or has another password is told the same, after the same time."""
    async with transactions.at_the_gate() as session:
        statement = select(User).where(func.lower(col(User.email)) == func.lower(given.email))
        user = (await session.exec(statement)).first()
    right = await passwords.verify(user.password_hash if user else None, given.password)
    if user is None or user.id is None or not right or not user.is_active:
        raise ProblemError(401, "wrong-credentials", "E-mail address and password do not belong together.")
    renewed = await passwords.hash(given.password) if passwords.outdated(user.password_hash) else None
    async with transactions.of(user.id) as session:
        if renewed:
            await session.exec(update(User).where(col(User.id) == user.id).values(password_hash=renewed))
        return await _signed_in(session, user.id, user_agent, settings.session_lifetime)


@router.post("/auth/logout", status_code=204, operation_id="logout")
async def logout(caller: Signed, session: Mine) -> None:
    """End the sign-in that the request came with."""
    await session.exec(delete(SignIn).where(col(SignIn.id) == caller.session_id))


@router.get("/users/me", operation_id="readMe")
async def read_me(caller: Signed, session: MineToRead) -> UserPublic:
    """Return who is signed in."""
    return UserPublic.model_validate(await session.get_one(User, caller.user_id))


async def _signed_in(session: AsyncSession, user_id: UUID, user_agent: str, lifetime: dt.timedelta) -> Token:
    """Store a sign-in by the server's clock, which also ends it, and sweep away the user's own that have ended."""
    token = secrets.token_urlsafe(32)
    await session.exec(delete(SignIn).where(col(SignIn.expires_at) < func.now()))
    stored = insert(SignIn).values(
        user_id=user_id,
        token_hash=token_hash(token),
        user_agent=user_agent[:_LONGEST_USER_AGENT] or None,
        expires_at=func.now() + lifetime,
    )
    await session.exec(stored)
    return Token(access_token=token)
