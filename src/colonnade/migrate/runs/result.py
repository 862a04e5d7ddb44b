"""What is told of a run of migrations, and of where a database stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from colonnade.migrate.runs.record import Direction, RanStage, Run

RefusalKind = Literal["drift", "plan", "rehearsal", "policy", "loss"]
Ended = Literal["up to date", "printed", "refused", "succeeded", "differs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why nothing was run; `differences` make the database like what was expected."""

    kind: RefusalKind
    message: str
    detail: str = ""
    hint: str = ""
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingStep:
    """A revision that is to run: its file, what it is for, whom it makes wait, and what it loses for good."""

    revision: str
    path: str
    message: str
    waits: tuple[str, ...] = ()
    loses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyResult:
    """What came of `migrate apply` or `migrate down`.

    `sql` is what would run, for a run that only prints. `differences` make the schema at the end like the expected one.
    `run` is the number under which it is recorded, 0 where nothing was run. `notes` are what should be known beside.
    """

    direction: Direction
    database: str
    environment: str
    history: str
    start: str
    target: str
    steps: tuple[PendingStep, ...]
    ended: Ended
    refusals: tuple[Refusal, ...] = ()
    differences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    stages: tuple[RanStage, ...] = ()
    sql: str = ""
    run: int = 0
    elapsed_ms: float = 0.0

    @property
    def found(self) -> bool:
        """Whether there is something that somebody should look at."""
        return bool(self.refusals) or self.ended == "differs"


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfApplied:
    """A revision of which the database has a part: what is in place, and what is not."""

    revision: str
    done: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusResult:
    """Where a database stands in a history.

    `drift` makes the schema like what it should be, as `compared_with` says. `left_over` are invalid indexes and
    constraints that were never validated, `unsaid` what no schema can say, `appliers` who applies something now.
    """

    database: str
    environment: str
    history: str
    current: tuple[str, ...]
    heads: tuple[str, ...]
    pending: tuple[PendingStep, ...]
    compared_with: str
    drift: tuple[str, ...] = ()
    half_applied: HalfApplied | None = None
    left_over: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    appliers: tuple[str, ...] = ()
    runs: tuple[Run, ...] = ()
    notes: tuple[str, ...] = ()
    elapsed_ms: float = 0.0

    @property
    def found(self) -> bool:
        """Whether the database is anything but up to date and as it should be."""
        return bool(self.pending or self.drift or self.half_applied or self.left_over or self.edited)
