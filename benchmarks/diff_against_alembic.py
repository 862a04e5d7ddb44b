"""`diff` beside Alembic's autogenerate: which changes each gets right, and how long each takes for 1,000 tables.

python benchmarks/diff_against_alembic.py [TABLES]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import alembic
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata, produce_migrations
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.operations.ops import MigrateOperation, ModifyTableOps, OpContainer

from colonnade.migrate import plan, script
from colonnade.postgres import Server, Session, casts_of, read_catalog
from colonnade.schema import Schema
from colonnade.schema.collecting import paused_collector
from colonnade.schema.dependencies import Catalog
from colonnade.schema.diff import diff
from diff_pairs import PAIRS, Tables

RUNS = 3
OPTIONS = {"compare_type": True, "compare_server_default": True}


def metadata_of(make: Tables) -> sa.MetaData:
    """Return the models."""
    metadata = sa.MetaData()
    make(metadata)
    return metadata


def engine_of(session: Session) -> sa.Engine:
    """Return an engine on the session's database."""
    return sa.create_engine(session.url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=sa.NullPool)


def equal(one: Schema, other: Schema) -> bool:
    """Tell whether two databases are equal but for the order of columns, which no statement changes."""
    return diff(one, other) == () and diff(other, one) == ()


def with_alembic(session: Session, goal: sa.MetaData, wanted: Catalog) -> tuple[bool, bool]:
    """Tell whether autogenerate's upgrade leads to the goal, and its downgrade back."""
    before = read_catalog(session).schema
    with engine_of(session).connect() as connection:
        context = MigrationContext.configure(connection, opts={**OPTIONS, "target_metadata": goal})
        migrations = produce_migrations(context, goal)
        connection.rollback()  # what reading has begun
        operations = Operations(context)
        for container, expected in ((migrations.upgrade_ops, wanted.schema), (migrations.downgrade_ops, before)):
            assert container is not None
            try:
                with connection.begin():
                    invoke(operations, container.ops)
            except sa.exc.SQLAlchemyError:
                return expected is not wanted.schema, False
            if not equal(read_catalog(session).schema, expected):
                return expected is not wanted.schema, False
    return True, True


def invoke(operations: Operations, found: list[MigrateOperation]) -> None:
    """Run operations as a revision's functions would."""
    for operation in found:
        if isinstance(operation, ModifyTableOps | OpContainer):
            invoke(operations, operation.ops)
        else:
            operations.invoke(operation)


def with_ours(session: Session, wanted: Catalog) -> tuple[bool, bool]:
    """Tell whether our script leads to the goal, and the one back to the start."""
    start = read_catalog(session)
    results = []
    for goal in (wanted, start):
        here = read_catalog(session)
        steps = plan(diff(here.schema, goal.schema), before=here, after=goal, casts=casts_of(session))
        session.script(script(steps), atomic=False)
        results.append(equal(read_catalog(session).schema, goal.schema))
    return results[0], all(results)


def converging(server: Server) -> None:
    """Print for each pair whether each tool gets it right, up and both ways."""
    totals = {"Alembic": [0, 0], "Colonnade": [0, 0]}
    for name, (first, second) in PAIRS.items():
        start, goal = metadata_of(first), metadata_of(second)
        with server.scratch_database() as target:
            goal.create_all(engine_of(target))
            wanted = read_catalog(target)
        for tool, counts in totals.items():
            with server.scratch_database() as session:
                start.create_all(engine_of(session))
                ours = tool == "Colonnade"
                up, back = with_ours(session, wanted) if ours else with_alembic(session, goal, wanted)
            counts[0] += up
            counts[1] += back
            if not back:
                print(f"{tool}: {name}: {'up, but not back' if up else 'not even up'}")
    for tool, (forwards, both) in totals.items():
        print(f"{tool}: {forwards} of {len(PAIRS)} upgrades, {both} both ways")


def large(count: int, *, changed: bool) -> sa.MetaData:
    """Return models with so many tables; every twentieth differs when `changed`."""
    metadata = sa.MetaData()
    for number in range(count):
        differs = changed and number % 20 == 0
        sa.Table(
            f"t{number}",
            metadata,
            sa.Column("id", sa.BigInteger, primary_key=True),
            sa.Column("name", sa.String(80 if differs else 40), nullable=False),
            sa.Column("kind", sa.Text, server_default="x"),
            sa.Column("amount", sa.Numeric(10, 2), nullable=differs),
            sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()")),
            sa.Column("parent_id", sa.BigInteger, sa.ForeignKey(f"t{max(number - 1, 0)}.id", name=f"t{number}_parent")),
            *([sa.Column("added", sa.Text)] if differs else []),
            sa.UniqueConstraint("name", name=f"t{number}_name"),
            sa.CheckConstraint("amount > 0", name=f"t{number}_amount"),
            sa.Index(f"t{number}_kind", "kind", "created_at"),
            sa.Index(f"t{number}_parent_id", "parent_id"),
        )
    return metadata


def timed(work: Callable[[], object]) -> float:
    """Return the median of several runs, in seconds."""
    seconds = []
    for _ in range(RUNS):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def speed(server: Server, count: int) -> None:
    """Print how long each takes, once both sides stand."""
    goal = large(count, changed=True)
    with server.scratch_database() as one, server.scratch_database() as two:
        large(count, changed=False).create_all(engine_of(one))
        goal.create_all(engine_of(two))
        for session in (one, two):
            session.execute("ANALYZE")

        def theirs() -> None:
            with engine_of(one).connect() as connection:
                compare_metadata(MigrationContext.configure(connection, opts=OPTIONS), goal)

        def ours() -> None:
            with paused_collector():
                before, after = read_catalog(one), read_catalog(two)
                plan(diff(before.schema, after.schema), before=before, after=after, casts=casts_of(one))

        slow, fast = timed(theirs), timed(ours)
    print(f"{count} tables: Alembic {slow:.2f} s, Colonnade {fast:.2f} s, {slow / fast:.1f} times as fast")


def main() -> None:
    """Print both."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print(f"Alembic {alembic.__version__}, SQLAlchemy {sa.__version__}")
    with Server.start() as server:
        converging(server)
        speed(server, count)


if __name__ == "__main__":
    main()
