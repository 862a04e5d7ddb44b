"""One row on its way through a session: inserted, read back, changed, deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.attributes import flag_modified

from colonnade.models.child.annotations import mistyped
from colonnade.models.child.outcome import DisagreementError, Recorder, refusal, step_of
from colonnade.models.child.rows import changeable, refused_in_sql, unlike
from colonnade.models.messages import Step, StepName

Values = tuple[dict[str, Any], dict[str, Any]]
"""The values of a row by attribute, and other acceptable ones to change it to."""


def pass_through(
    session: Session, mapper: Mapper[Any], trial: str, values: Values, recorder: Recorder
) -> Iterator[Step]:
    """Give the steps of one row, up to the first that fails."""
    row = _Row(session, mapper, values)
    actions: tuple[tuple[StepName, Callable[[], str]], ...] = (
        ("insert", row.insert),
        ("load", row.load),
        ("update", row.update),
        ("delete", row.delete),
    )
    for name, action in actions:
        step = step_of(trial, name, action, recorder)
        yield step
        if not step.ok:
            return


class _Row:
    """The row."""

    def __init__(self, session: Session, mapper: Mapper[Any], values: Values) -> None:
        self._session = session
        self._mapper = mapper
        self._table = cast("sa.Table", mapper.local_table)
        self._values, self._changes = values
        self._instance: Any = None

    def insert(self) -> str:
        """Store it through its class."""
        self._instance = self._mapper.class_(**self._values)
        self._session.add(self._instance)
        self._session.flush()
        return "stored with every value given"

    def load(self) -> str:
        """Read it back and compare."""
        self._session.expire(self._instance)
        different = unlike(self._instance, self._values) or mistyped(self._mapper, self._instance)
        if different:
            raise DisagreementError(different)
        return f"{len(self._values)} columns read as they were written"

    def update(self) -> str:
        """Change what can be changed, else write the same again."""
        if self._changes and self._changed():
            return f"changed {', '.join(self._changes)}"
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

    def _changed(self) -> bool:
        """Try other values; the database may refuse them, for it alone knows what may follow what."""
        try:
            with self._session.begin_nested():
                for name, value in self._changes.items():
                    setattr(self._instance, name, value)
        except DBAPIError:
            return False
        different = unlike(self._instance, self._changes)
        if different:
            raise DisagreementError(different)
        return True
