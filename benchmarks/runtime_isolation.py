"""Many users over few connections behind a pooler: does anybody ever see a foreign row?

`python benchmarks/runtime_isolation.py [--statements 100000] [--users 50] [--connections 5]` lets the users of the
example's task board read and write through PgBouncer in transaction mode, over psycopg with asyncio and asyncpg, in an
order that is nobody's, some without saying who they are. It prints the foreign rows, and leaves with 1 for one.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlmodel.ext.asyncio.session import AsyncSession

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from colonnade.dsn import Dsn
from colonnade.postgres import Server
from colonnade.runtime import Connecting, async_engine, async_sessions, tenant, transaction
from colonnade.runtime.arguments import Driver
from pooling import PROGRAM, Pooler
from runtime_support import SERVICE

READ = sa.text("SELECT DISTINCT user_id FROM tasks")
CHANGE = sa.text("UPDATE tasks SET title = title RETURNING user_id")
STEAL = sa.text("SELECT user_id FROM tasks WHERE user_id <> :me")


async def serve(
    user: UUID, make: async_sessionmaker[AsyncSession], statements: int, chance: random.Random
) -> tuple[int, int]:
    """Act as a user; return how many statements ran, and how many foreign rows were seen."""
    ran = foreign = 0
    while ran < statements:
        async with make() as session:
            if chance.random() < 0.1:
                async with transaction(session):
                    foreign += len((await (await session.connection()).execute(READ)).all())
                ran += 1
                continue
            async with tenant(session, user_id=user):
                connection = await session.connection()
                for _ in range(chance.randint(1, 4)):
                    statement = chance.choice((READ, CHANGE, STEAL))
                    values = {"me": user} if statement is STEAL else {}
                    owners = (await connection.execute(statement, values)).scalars().all()
                    foreign += sum(owner != user for owner in owners)
                    foreign += statement is not STEAL and not owners  # one's own must be there
                    ran += 1
    return ran, foreign


async def measure(dsn: Dsn, driver: Driver, users: list[UUID], statements: int, connections: int) -> int:
    """Serve all users at the same time; return the foreign rows."""
    started = time.perf_counter()
    connecting = Connecting(through_pooler=True)
    engine = async_engine(
        dsn, driver=driver, connecting=connecting, pool_size=connections, max_overflow=0, pool_timeout=600
    )
    make = async_sessions(engine)
    chance = random.Random(1)
    each = statements // len(users)
    found = await asyncio.gather(*(serve(user, make, each, chance) for user in users))
    await engine.dispose()
    ran, foreign = (sum(part) for part in zip(*found, strict=True))
    seconds = time.perf_counter() - started
    print(f"{driver:8} {len(users)} users, {connections} connections: {ran} statements in {seconds:.1f} s,", end=" ")
    print(f"{foreign} foreign rows")
    return int(foreign)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--statements", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--connections", type=int, default=5)
    given = parser.parse_args()
    if PROGRAM is None:
        sys.exit("PgBouncer is not installed")
    users = [UUID(int=number) for number in range(1, given.users + 1)]
    with Server.start() as server, server.scratch_database() as session:
        session.script((ROOT / "examples/taskboard/generated/schema.sql").read_text(encoding="utf-8"))
        session.execute(f"CREATE ROLE {SERVICE} LOGIN IN ROLE taskboard_app")
        for user in users:
            session.execute(
                "INSERT INTO users (id, email, password_hash, display_name) VALUES (%s, %s, 'x', 'u')",
                (user, f"{user}@example.org"),
            )
            session.execute("INSERT INTO tasks (user_id, title) SELECT %s, 't' FROM generate_series(1, 3)", (user,))
        pooler = Pooler(server.dsn.host, users=("postgres", SERVICE), pool_size=3)
        dsn = replace(session.dsn, host=pooler.host, port="6432", user=SERVICE)
        drivers: tuple[Driver, ...] = ("psycopg", "asyncpg")
        foreign = sum(
            asyncio.run(measure(dsn, driver, users, given.statements // 2, given.connections)) for driver in drivers
        )
        pooler.close()
    sys.exit(foreign > 0)


if __name__ == "__main__":
    main()
