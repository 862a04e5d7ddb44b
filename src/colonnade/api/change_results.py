"""What the verbs about changes return: one value for every face."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from colonnade.migrate import Step
from colonnade.migrate.renames import Proposal
from colonnade.migrate.runs.result import ApplyResult, StatusResult
from colonnade.migrate.stage import Plan, Revision
from colonnade.prove.rehearsal import Rehearsal
from colonnade.schema.names import ObjectName

__all__ = [
    "ApplyResult",
    "DiffResult",
    "MigrateNewResult",
    "RehearsalResult",
    "StatusResult",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffResult:
    """What makes one schema into another; nothing where they are equal.

    `sql` is a script for psql that was run on a copy of the first schema. `proposals` are renames that would keep
    content which the script drops. `left_alone` are objects of the first that the models of the second do not manage,
    `unsaid` phrases for what stays of it though no schema can say it.
    """

    before: str
    after: str
    steps: tuple[Step, ...]
    sql: str
    proposals: tuple[Proposal, ...]
    left_alone: tuple[ObjectName, ...]
    unsaid: tuple[str, ...]
    elapsed_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrateNewResult:
    """What takes a history on to the models; no `files` where the two are equal.

    `up` and `down` were run on a scratch database, one after the other; `revisions` are the parts of them, of which a
    chain has several. `left_alone` are objects that the models do not manage, `unsaid` phrases for what no schema
    can say.
    """

    models: str
    files: tuple[Path, ...]
    up: Plan
    down: Plan
    revisions: tuple[Revision, ...]
    left_alone: tuple[ObjectName, ...]
    unsaid: tuple[str, ...]
    elapsed_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalResult:
    """What a rehearsal has shown; it was written to `out`, if that is given."""

    rehearsal: Rehearsal
    out: Path | None
    elapsed_ms: float
