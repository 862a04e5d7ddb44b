"""Introspection of a large schema, against SQLAlchemy's reflection of the same one in the same run.

python -m benchmarks.introspection [--tables 1000] [--repeat 5]
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Callable

import sqlalchemy

from colonnade.emit import ddl
from colonnade.postgres import Server, Session, introspect
from colonnade.schema import Check, Column, ForeignKey, Index, IndexKey, PrimaryKey, Schema, Table, Unique


def large_schema(tables: int) -> Schema:
    """Return a schema as an application grows it: keys, references, bounds, and an index for each reference."""
    return Schema(tables=tuple(_table(number) for number in range(tables)))


def _table(number: int) -> Table:
    name = f"table_{number:04}"
    referenced = f"table_{number // 2:04}"
    return Table(
        name=name,
        columns=(
            Column(name="id", type="bigint", not_null=True, identity="ALWAYS"),
            Column(name="parent_id", type="bigint"),
            Column(name="created_at", type="timestamp with time zone", not_null=True, default="now()"),
            Column(name="updated_at", type="timestamp with time zone", not_null=True, default="now()"),
            Column(name="amount", type="numeric(19,4)", not_null=True, default="0"),
            Column(name="position", type="integer", not_null=True, default="0"),
            Column(name="active", type="boolean", not_null=True, default="true"),
            Column(name="code", type="text", not_null=True),
            Column(name="status", type="text", not_null=True, default="'new'"),
            Column(name="note", type="text", comment="What the user wrote."),
        ),
        primary_key=PrimaryKey(name=f"pk_{name}", columns=("id",)),
        uniques=(Unique(name=f"uq_{name}_code", columns=("code",)),),
        checks=(
            Check(name=f"ck_{name}_amount", expression="amount >= 0"),
            Check(name=f"ck_{name}_status", expression="status IN ('new', 'open', 'closed')"),
        ),
        foreign_keys=(
            ForeignKey(
                name=f"fk_{name}_parent_id",
                columns=("parent_id",),
                referenced_table=referenced,
                referenced_columns=("id",),
                on_delete="CASCADE",
            ),
        ),
        indexes=(
            Index(
                name=f"ix_{name}_open",
                keys=(IndexKey(column="created_at", descending=True), IndexKey(column="id", descending=True)),
                predicate="status <> 'closed'",
            ),
            Index(name=f"ix_{name}_parent_id", keys=(IndexKey(column="parent_id"), IndexKey(column="position"))),
        ),
    )


def _reflect(session: Session) -> int:
    url = sqlalchemy.engine.make_url(session.url).set(drivername="postgresql+psycopg")
    engine = sqlalchemy.create_engine(url)
    try:
        metadata = sqlalchemy.MetaData()
        metadata.reflect(engine)
        return len(metadata.tables)
    finally:
        engine.dispose()


def _seconds(run: Callable[[], int], expected: int) -> float:
    gc.collect()
    start = time.perf_counter()
    found = run()
    elapsed = time.perf_counter() - start
    if found != expected:
        message = f"{found} tables found, {expected} expected"
        raise RuntimeError(message)
    return elapsed


def main() -> None:
    """Build the schema, read it both ways in turn, and print the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    schema = large_schema(options.tables)
    ours: list[float] = []
    theirs: list[float] = []
    with Server.start() as server, server.scratch_database() as session:
        session.script(ddl.script(schema))
        for _ in range(options.repeat):
            ours.append(_seconds(lambda: len(introspect(session).tables), options.tables))
            theirs.append(_seconds(lambda: _reflect(session), options.tables))
    mine, other = statistics.median(ours), statistics.median(theirs)
    print(f"{options.tables} tables, median of {options.repeat}")
    print(f"  colonnade.postgres.introspect     {mine * 1000:8.0f} ms")
    print(f"  sqlalchemy MetaData.reflect()     {other * 1000:8.0f} ms")
    print(f"  ratio                             {other / mine:8.1f}")


if __name__ == "__main__":
    main()
