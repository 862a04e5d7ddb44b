"""What a history offers to whoever runs it on a database that matters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from colonnade.dsn import Dsn
from colonnade.migrate.runs.record import Direction, Run
from colonnade.migrate.runs.way import BASE, Route, Step
from colonnade.models.history import RanStatement, RunReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A way as SQL, and its statements, each with its place; `reason` says why it cannot be printed."""

    text: str = ""
    statements: tuple[RanStatement, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is run with a step: statements with which each connection begins, and one that records where it leads.

    `closing` is for histories that have no record of their own; it commits with the step where that is one transaction.
    """

    opening: tuple[str, ...] = ()
    closing: str = ""


NOTHING = Around()


class RunnableHistory(Protocol):
    """A history that can be taken on and back, step by step."""

    @property
    def kind(self) -> str:
        """What kind it is."""

    @property
    def route(self) -> Route:
        """Its revisions."""

    def current(self, dsn: Dsn, runs: Sequence[Run]) -> tuple[str, ...]:
        """Return at which revisions a database stands, which is only read; `base` for none."""

    def source(self, step: Step, *, forwards: bool) -> Path:
        """Return the file with what a step runs; raises InputError where there is no way back."""

    def printed(self, start: str, target: str, *, forwards: bool) -> Printed:
        """Return the way as it would run."""

    def run(self, dsn: Dsn, step: Step, target: str, *, forwards: bool, around: Around = NOTHING) -> RunReport:
        """Run a step; `target` is where the database stands after it."""

    def replay(self, dsn: Dsn, start: str, target: str) -> None:
        """Go forwards on a scratch database; raises InputError for what cannot be run there."""


def legs(
    history: RunnableHistory, steps: Sequence[Step], target: str, direction: Direction
) -> tuple[tuple[Step, str], ...]:
    """Return what runs one after the other, each step with where the database stands after it.

    Alembic goes all the way back by itself: from a merge it goes back to more than one revision.
    """
    if direction == "up":
        return tuple((step, step.revision) for step in steps)
    if history.kind == "alembic":
        return ((steps[-1], target),)
    return tuple((step, step.after[0] if step.after else BASE) for step in reversed(steps))
