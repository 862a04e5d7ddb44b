"""What is recorded of each run of migrations, in a table of the database that it was for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Outcome = Literal["running", "succeeded", "failed", "interrupted", "differs"]
"""How a run ended: `differs` where it came to its end and the schema is not the expected one."""

Direction = Literal["up", "down"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RanStage:
    """A statement of a run with the place that led to it and how long it took."""

    revision: str
    path: str
    line: int
    sql: str
    elapsed_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RanRevision:
    """A revision that a run has come past; `digest` is a SHA-256 of its file."""

    revision: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """What is known of a run before it begins.

    `history` is what kind of history it is (`alembic`, `sql`), `plan` the digest of the revisions' files,
    `rehearsal` that of the rehearsal that allows it, empty for none.
    """

    history: str
    direction: Direction
    start: str
    target: str
    plan: str
    rehearsal: str
    before: str
    environment: str
    applied_by: str
    approved_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(NewRun):
    """A run as it is recorded; `after` is the fingerprint of the schema at its end, empty where it is not known."""

    id: int
    outcome: Outcome
    started_at: datetime
    finished_at: datetime | None
    role: str
    after: str = ""
    failure: str = ""
    revisions: tuple[RanRevision, ...] = field(default=())
    stages: tuple[RanStage, ...] = field(default=())
