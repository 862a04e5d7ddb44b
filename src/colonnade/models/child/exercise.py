"""Trials of mappings, each in a transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.pool import NullPool

from colonnade.models.child.asynchronous import exercise_async
from colonnade.models.child.deletion import delete_both_ways
from colonnade.models.child.importing import Loaded
from colonnade.models.child.outcome import DisagreementError, Recorder, SetupError, refusal, step_of, untried
from colonnade.models.child.rows import changeable, leads_to, prepare, python_values, refused_in_sql, row_query, unlike
from colonnade.models.messages import LoadTrial, RowTrial, Step, StepName, Trials


def exercise(loaded: Loaded, trials: Trials) -> tuple[Step, ...]:
    """Run every trial, first in a plain session, then in an asynchronous one."""
    engine = sa.create_engine(trials.url, poolclass=NullPool)
    recorder = Recorder(engine)
    steps: list[Step] = []
    with engine.connect() as connection:
        for row in trials.rows:
            try:
                with _world(connection, trials.prelude, row.setup) as session:
                    steps += _try_row(session, loaded.mapper(row.table), row, recorder)
            except SetupError as problem:
                steps.append(untried(row.id, "insert", problem))
        for load in trials.loads:
            try:
                with _world(connection, trials.prelude, load.setup) as session:
                    steps.append(_try_load(session, loaded, load, recorder))
            except SetupError as problem:
                steps.append(untried(load.id, "load", problem))
        for delete in trials.deletes:
            try:
                with _world(connection, trials.prelude, delete.setup):
                    mapper = loaded.mapper(delete.row.table)
                    steps.append(delete_both_ways(connection, mapper, delete, recorder))
            except SetupError as problem:
                steps.append(untried(delete.id, "delete", problem))
    return (*steps, *exercise_async(loaded, trials))


@contextmanager
def _world(connection: sa.Connection, prelude: Iterable[str], setup: Iterable[str]) -> Iterator[Session]:
    """Give a session in a transaction with the rows of the setup; nothing of it stays."""
    with connection.begin() as transaction:
        prepare(connection, prelude, setup)
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session
        transaction.rollback()


def _try_row(session: Session, mapper: Mapper[Any], trial: RowTrial, recorder: Recorder) -> Iterator[Step]:
    """Give the steps of one row, up to the first that fails."""
    row = _Row(session, mapper, trial)
    actions: tuple[tuple[StepName, Callable[[], str]], ...] = (
        ("insert", row.insert),
        ("load", row.load),
        ("update", row.update),
        ("delete", row.delete),
    )
    for name, action in actions:
        step = step_of(trial.id, name, action, recorder)
        yield step
        if not step.ok:
            return


class _Row:
    """One row on its way through a session."""

    def __init__(self, session: Session, mapper: Mapper[Any], trial: RowTrial) -> None:
        self._session = session
        self._mapper = mapper
        self._trial = trial
        self._table = cast("sa.Table", mapper.local_table)
        self._values: dict[str, Any] = {}
        self._instance: Any = None

    def insert(self) -> str:
        """Store it through its class."""
        self._values = python_values(self._session.connection(), self._mapper, self._trial.values)
        self._instance = self._mapper.class_(**self._values)
        self._session.add(self._instance)
        self._session.flush()
        return "stored with every value given"

    def load(self) -> str:
        """Read it back and compare."""
        self._session.expire(self._instance)
        different = unlike(self._instance, self._values)
        if different:
            raise DisagreementError(different)
        return f"{len(self._values)} columns read as they were written"

    def update(self) -> str:
        """Change what can be changed, else write the same again."""
        changes = python_values(self._session.connection(), self._mapper, self._trial.changes)
        if changes and self._changed(changes):
            return f"changed {', '.join(changes)}"
        self._session.refresh(self._instance)
        name = changeable(self._mapper)
        if not name:
            return "nothing to change: every column is part of a key"
        column = self._mapper.columns[name]
        again = sa.update(self._table).values({column: column})
        return self._as_in_sql(lambda: flag_modified(self._instance, name), again) or f"wrote {name} again"

    def delete(self) -> str:
        """Delete it."""

        return self._as_in_sql(lambda: self._session.delete(self._instance), sa.delete(self._table)) or "gone"

    def _as_in_sql(self, action: Callable[[], None], statement: sa.Update | sa.Delete) -> str:
        """Do something; when the database refuses it, return that it refuses the same statement in SQL too."""
        pairs = zip(self._mapper.primary_key, sa.inspect(self._instance).identity, strict=True)
        in_sql = statement.where(*(column == value for column, value in pairs))
        try:
            with self._session.begin_nested():
                action()
        except DBAPIError as problem:
            refused = refusal(problem)
            if refused_in_sql(self._session.connection(), in_sql) != refused:
                raise
            return f"both refuse it: {refused}"
        return ""

    def _changed(self, changes: dict[str, Any]) -> bool:
        """Try other values; the database may refuse them, for it alone knows what may follow what."""
        try:
            with self._session.begin_nested():
                for name, value in changes.items():
                    setattr(self._instance, name, value)
        except DBAPIError:
            return False
        different = unlike(self._instance, changes)
        if different:
            raise DisagreementError(different)
        return True


def _try_load(session: Session, loaded: Loaded, trial: LoadTrial, recorder: Recorder) -> Step:
    """Follow a relationship when it is touched."""

    def action() -> str:
        owner = session.scalars(row_query(loaded.mapper(trial.owner.table), trial.owner.key)).one()
        target = session.scalars(row_query(loaded.mapper(trial.target.table), trial.target.key)).one()
        # Otherwise an identity already in the session would answer, without the relationship's query.
        session.expire(owner, [trial.relationship])
        return leads_to(getattr(owner, trial.relationship), target)

    return step_of(trial.id, "load", action, recorder)
