"""Trials of mappings, each in a transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from colonnade.models.child.asynchronous import exercise_async
from colonnade.models.child.deletion import delete_both_ways
from colonnade.models.child.importing import Loaded
from colonnade.models.child.loading import Found
from colonnade.models.child.options import ENGINE_OPTIONS
from colonnade.models.child.outcome import Recorder, SetupError, step_of, untried
from colonnade.models.child.passage import Values, pass_through
from colonnade.models.child.rows import prepare, python_values
from colonnade.models.messages import LoadGroup, RowTrial, Step, Trials


def exercise(loaded: Loaded, trials: Trials) -> tuple[Step, ...]:
    """Run every trial, first in a plain session, then in an asynchronous one."""
    engine = sa.create_engine(trials.url, **ENGINE_OPTIONS)
    recorder = Recorder(engine)
    steps: list[Step] = []
    with engine.connect() as connection:
        values: dict[str, Values] = {}
        for row in trials.rows:
            given = _values(connection, loaded, row)
            if isinstance(given, Step):
                steps.append(given)
            else:
                values[row.id] = given
        for row in (each for each in trials.rows if each.id in values):
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


def _values(connection: sa.Connection, loaded: Loaded, row: RowTrial) -> Values | Step:
    """Return a row's values and changes as Python objects, or why the model's types cannot hold them."""
    found: list[dict[str, Any]] = []

    def convert() -> str:
        mapper = loaded.mapper(row.table)
        with connection.begin():
            found.extend(python_values(connection, mapper, each) for each in (row.values, row.changes))
        return "its values are read"

    step = step_of(row.id, "insert", convert)
    return (found[0], found[1]) if step.ok else step


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
