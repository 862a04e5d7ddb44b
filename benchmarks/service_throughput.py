"""The example's service with `colonnade.runtime`, and the same over plain SQLAlchemy: how many requests in a second?

`python benchmarks/service_throughput.py [--pairs 10] [--users 8] [--requests 60] [--pooled]` serves both from processes
of their own over one database, lets the users of `examples/taskboard/load.py` work on either in turns, the same work in
the same order, and prints the median of the pairs' ratios: of the throughput, and of the processor time that a request
takes in the service, which other work on the machine disturbs less. By hand a transaction takes on its role and its
user with a `set_config` of its own; handlers, pool and driver are the same.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import random
import socket
import statistics
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psutil
import sqlalchemy as sa
import uvicorn
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "examples" / "taskboard")]

from colonnade.dsn import Dsn
from colonnade.postgres import Server
from colonnade.runtime import Compute
from load import Visitor, arrive_all, client, work
from pooling import PROGRAM, Pooler
from runtime_support import SERVICE
from service.app import create_app
from service.database import APPLICATION, GATE, Database, Transactions
from service.preparation import prepare

POOL = Compute().pool_options()
BIND = sa.text("SELECT set_config('role', :role, true), set_config('colonnade.user_id', :user, true)")
READ_ONLY = {"postgresql_readonly": True}


class ByHand:
    """The transactions of the service as one would write them without the runtime."""

    def __init__(self, dsn: Dsn, *, pooled: bool) -> None:
        """Make the engine; nothing connects yet."""
        host: dict[str, Any] = {"host": dsn.host, **({"port": dsn.port} if dsn.port else {})}
        url = sa.URL.create("postgresql+psycopg", username=dsn.user, database=dsn.database, query=host)
        arguments = {"prepare_threshold": None} if pooled else {}
        self._engine = create_async_engine(url, connect_args=arguments, **POOL)
        self._sessions = async_sessionmaker(self._engine, class_=AsyncSession, expire_on_commit=False)

    @asynccontextmanager
    async def _open(self, role: str, user: str, *, read_only: bool) -> AsyncIterator[AsyncSession]:
        async with self._sessions() as session, session.begin():
            connection = await session.connection(execution_options=READ_ONLY if read_only else None)
            await connection.execute(BIND, {"role": role, "user": user})
            yield session

    @asynccontextmanager
    async def of(self, user_id: UUID, *, read_only: bool = False) -> AsyncIterator[AsyncSession]:
        """Give a session in a transaction of a user."""
        async with self._open(APPLICATION, str(user_id), read_only=read_only) as session:
            yield session

    @asynccontextmanager
    async def at_the_gate(self) -> AsyncIterator[AsyncSession]:
        """Give a session in a transaction that may only find out who it is."""
        async with self._open(GATE, "", read_only=True) as session:
            yield session

    async def ready(self) -> None:
        """Ask nothing."""

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()


def serve(dsn: Dsn, port: int, *, ours: bool, pooled: bool) -> None:
    """Serve until the process is ended."""
    found: Transactions = Database(dsn.url, through_pooler=pooled) if ours else ByHand(dsn, pooled=pooled)
    uvicorn.run(create_app(found), port=port, log_level="warning", access_log=False)


@dataclass(frozen=True)
class Place:
    """Where a service answers, and its process."""

    url: str
    process: psutil.Process

    @property
    def processor_seconds(self) -> float:
        """What the process has taken so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


@contextmanager
def served(dsn: Dsn, *, ours: bool, pooled: bool) -> Iterator[Place]:
    """Give where a service answers, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=serve, args=(dsn, port), kwargs={"ours": ours, "pooled": pooled}, daemon=True)
    process.start()
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url)
        yield Place(url, psutil.Process(process.pid))
    finally:
        process.terminate()
        process.join()


def _wait(url: str) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            httpx.get(f"{url}/openapi.json")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    sys.exit(f"{url} does not answer")


async def burst(place: Place, visitors: list[Visitor], requests: int, seed: int) -> tuple[float, float]:
    """Let all users do so many things; return requests in a second, and the service's processor time for one."""
    for number, visitor in enumerate(visitors):
        visitor.chance = random.Random(seed * 1000 + number)
    async with client(place.url, len(visitors)) as web:
        before = place.processor_seconds
        figures, seconds = await work(web, visitors, lambda done: done >= requests)
    if figures.errors or figures.foreign:
        sys.exit(f"errors {dict(figures.errors)}, foreign rows {figures.foreign}")
    return figures.requests / seconds, (place.processor_seconds - before) / figures.requests


async def measure(ours: Place, theirs: Place, given: argparse.Namespace) -> None:
    """Measure in pairs, who is first taking turns, and print."""
    async with client(ours.url, given.users) as web:
        visitors = await arrive_all(web, given.users, seed=1)
    for place in (ours, theirs):
        await burst(place, visitors, given.requests, 0)
    pairs = []
    for number in range(1, given.pairs + 1):
        order = (ours, theirs) if number % 2 else (theirs, ours)
        found = {place.url: await burst(place, visitors, given.requests, number) for place in order}
        pairs.append((found[ours.url], found[theirs.url]))
    rates = [statistics.median(part) for part in zip(*((mine[0], other[0]) for mine, other in pairs), strict=True)]
    costs = [statistics.median(part) for part in zip(*((mine[1], other[1]) for mine, other in pairs), strict=True)]
    throughput = statistics.median(mine[0] / other[0] for mine, other in pairs)
    processor = statistics.median(other[1] / mine[1] for mine, other in pairs)
    print(f"runtime {rates[0]:.0f} requests/s, by hand {rates[1]:.0f}, ratio {throughput:.3f} (median of {len(pairs)})")
    print(f"processor {costs[0] * 1000:.2f} ms a request, by hand {costs[1] * 1000:.2f} ms, ratio {processor:.3f}")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--users", type=int, default=8)
    parser.add_argument("--requests", type=int, default=60, help="of each user in one turn")
    parser.add_argument("--pooled", action="store_true", help="behind PgBouncer in transaction mode")
    given = parser.parse_args()
    if given.pooled and PROGRAM is None:
        sys.exit("PgBouncer is not installed")
    os.environ["PYTHONHASHSEED"] = "0"  # else two processes of the same program differ by some percent already
    with Server.start() as server, server.scratch_database() as session:
        dsn = prepare(session.dsn, replace(session.dsn, user=SERVICE))
        pooler = Pooler(server.dsn.host, users=("postgres", SERVICE), pool_size=10) if given.pooled else None
        place = replace(dsn, host=pooler.host, port="6432") if pooler else dsn
        with (
            served(place, ours=True, pooled=given.pooled) as ours,
            served(place, ours=False, pooled=given.pooled) as theirs,
        ):
            asyncio.run(measure(ours, theirs, given))
        if pooler:
            pooler.close()


if __name__ == "__main__":
    main()
