"""What the runtime costs: session, tenant and one indexed SELECT, beside the same written by hand over SQLAlchemy.

`python benchmarks/runtime_overhead.py [--pairs 4000]` runs both in turns on one connection each and prints the median
time of either and the median of the ratios of the pairs. By hand the tenant is bound by a `set_config` of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import sessionmaker
from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession

from colonnade.dsn import Dsn
from colonnade.postgres import Server
from colonnade.runtime import async_engine, async_sessions, engine, sessions, tenant

ROOT = Path(__file__).resolve().parent.parent
USER = UUID(int=1)
BIND = sa.text("SELECT set_config('colonnade.user_id', :user, true)")
SELECT = sa.text("SELECT id, title FROM tasks WHERE id = :id")
VALUES = {"id": USER}


def report(name: str, pairs: Sequence[tuple[float, float]]) -> None:
    """Print the figures of one way."""
    ours, theirs = (statistics.median(part) * 1e6 for part in zip(*pairs, strict=True))
    ratio = statistics.median(mine / other for mine, other in pairs)
    print(f"{name:16} runtime {ours:7.0f} µs, by hand {theirs:7.0f} µs, ratio {ratio:.3f}")


def in_threads(dsn: Dsn, pairs: int) -> None:
    """Measure psycopg without asyncio."""
    plain = sa.create_engine(dsn.sqlalchemy_url(), pool_pre_ping=True)
    theirs_make = sessionmaker(plain, class_=Session)
    made = engine(dsn)
    make = sessions(made)

    def ours() -> None:
        with make() as session, tenant(session, user_id=USER, read_only=False):
            session.connection().execute(SELECT, VALUES).one()

    def theirs() -> None:
        with theirs_make() as session, session.begin():
            session.connection().execute(BIND, {"user": str(USER)})
            session.connection().execute(SELECT, VALUES).one()

    report("psycopg", [(_timed(ours), _timed(theirs)) for _ in range(pairs)][pairs // 10 :])
    plain.dispose()
    made.dispose()


async def in_asyncio(dsn: Dsn, pairs: int, driver: Any) -> None:
    """Measure a driver with asyncio."""
    query: dict[str, Any] = {"host": dsn.host}
    url = sa.URL.create(f"postgresql+{driver}", username=dsn.user, database=dsn.database, query=query)
    plain = create_async_engine(url, pool_pre_ping=True)
    theirs_make = async_sessionmaker(plain, class_=AsyncSession, expire_on_commit=False)
    made = async_engine(dsn, driver=driver)
    make = async_sessions(made)

    async def ours() -> None:
        async with make() as session, tenant(session, user_id=USER):
            (await (await session.connection()).execute(SELECT, VALUES)).one()

    async def theirs() -> None:
        async with theirs_make() as session, session.begin():
            await (await session.connection()).execute(BIND, {"user": str(USER)})
            (await (await session.connection()).execute(SELECT, VALUES)).one()

    measured = [(await _timed_async(ours), await _timed_async(theirs)) for _ in range(pairs)]
    report(f"{driver}, asyncio", measured[pairs // 10 :])
    await plain.dispose()
    await made.dispose()


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


async def _timed_async(work: Callable[[], Awaitable[None]]) -> float:
    started = time.perf_counter()
    await work()
    return time.perf_counter() - started


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=4000)
    given = parser.parse_args()
    with Server.start() as server, server.scratch_database() as session:
        session.script((ROOT / "examples/taskboard/generated/schema.sql").read_text(encoding="utf-8"))
        session.execute("CREATE ROLE overhead LOGIN IN ROLE taskboard_app")
        session.execute(
            "INSERT INTO users (id, email, password_hash, display_name) VALUES (%s, 'a@example.org', 'x', 'u')", (USER,)
        )
        session.execute("INSERT INTO tasks (id, user_id, title) VALUES (%s, %s, 't')", (USER, USER))
        session.execute("INSERT INTO tasks (user_id, title) SELECT %s, 't' FROM generate_series(1, 10000)", (USER,))
        session.execute("ANALYZE")
        dsn = replace(session.dsn, user="overhead")
        in_threads(dsn, given.pairs)
        for driver in ("psycopg", "asyncpg"):
            asyncio.run(in_asyncio(dsn, given.pairs, driver))


if __name__ == "__main__":
    main()
