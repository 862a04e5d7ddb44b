"""Trials of mappings, each in a transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from colonnade.models.child.asynchronous import exercise_async
from colonnade.models.child.deletion import delete_both_ways
from colonnade.models.child.importing import Loaded
from colonnade.models.child.loading import Found
from colonnade.models.child.outcome import Recorder, SetupError, untried
from colonnade.models.child.passage import pass_through
from colonnade.models.child.rows import prepare, python_values
from colonnade.models.messages import LoadGroup, Step, Trials

# Statements here are few of a kind: preparing them only costs.
UNPREPARED = {"prepare_threshold": None}


def exercise(loaded: Loaded, trials: Trials) -> tuple[Step, ...]:
    """Run every trial, first in a plain session, then in an asynchronous one."""
    engine = sa.create_engine(trials.url, poolclass=NullPool, connect_args=UNPREPARED)
    recorder = Recorder(engine)
    steps: list[Step] = []
    with engine.connect() as connection:
        with connection.begin():
            values = {
                row.id: (
                    python_values(connection, loaded.mapper(row.table), row.values),
                    python_values(connection, loaded.mapper(row.table), row.changes),
                )
                for row in trials.rows
            }
        for row in trials.rows:
            try:
                with _world(connection, trials.prelude, row.setup) as session:
                    steps += pass_through(session, loaded.mapper(row.table), row.id, values[row.id], recorder)
            except SetupError as problem:
                steps.append(untried(row.id, "insert", problem))
        for group in trials.loads:
            steps += _load(connection, loaded, group, trials.prelude, recorder)
        for delete in trials.deletes:
            mapper = loaded.mapper(delete.row.table)
            try:
                with _world(connection, trials.prelude, delete.setup):
                    steps.append(delete_both_ways(connection, mapper, delete, recorder, deferring=trials.deferring))
            except SetupError as problem:
                steps.append(untried(delete.id, "delete", problem))
    return (*steps, *exercise_async(loaded, trials, values))


def _load(
    connection: sa.Connection, loaded: Loaded, group: LoadGroup, prelude: Iterable[str], recorder: Recorder
) -> Iterator[Step]:
    """Give what comes of following each relationship of a group."""
    try:
        with _world(connection, prelude, group.setup) as session:
            found = Found(session, loaded)
            for trial in group.loads:
                yield found.follow(trial, recorder)
    except SetupError as problem:
        for trial in group.loads:
            yield untried(trial.id, "load", problem)


@contextmanager
def _world(connection: sa.Connection, prelude: Iterable[str], setup: Iterable[str]) -> Iterator[Session]:
    """Give a session in a transaction with the rows of the setup; nothing of it stays."""
    with connection.begin() as transaction:
        prepare(connection, prelude, setup)
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session
        transaction.rollback()
