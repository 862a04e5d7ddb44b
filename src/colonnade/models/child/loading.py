"""Relationships followed from one row to another."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from colonnade.models.child.importing import Loaded
from colonnade.models.child.outcome import DisagreementError, Recorder, step_of
from colonnade.models.child.rows import row_query
from colonnade.models.messages import LoadTrial, RowReference, Step


class Found:
    """Rows that a session has found, each looked for once."""

    def __init__(self, session: Session, loaded: Loaded) -> None:
        self._session = session
        self._loaded = loaded
        self._rows: dict[str, Any] = {}

    def row(self, reference: RowReference) -> Any:
        """Return the object of a row."""
        name = str(reference)
        if name not in self._rows:
            query = row_query(self._loaded.mapper(reference.table), reference.key)
            self._rows[name] = self._session.scalars(query).one()
        return self._rows[name]

    def follow(self, trial: LoadTrial, recorder: Recorder) -> Step:
        """Follow a relationship, which loads when it is touched."""

        def action() -> str:
            owner, target = self.row(trial.owner), self.row(trial.target)
            # What the session knows already would else answer in place of the relationship's query.
            self._session.expire(owner, [trial.relationship])
            return leads_to(getattr(owner, trial.relationship), target)

        return step_of(trial.id, "load", action, recorder)


def leads_to(found: Any, target: object) -> str:
    """Return what a relationship led to; raises DisagreementError when it is not the target."""
    several = found if isinstance(found, list | tuple | set | frozenset) else [found]
    if not any(each is target for each in several):
        raise DisagreementError(f"leads to {found!r}, not to {target!r}")
    return f"leads to the right {type(target).__name__}"
