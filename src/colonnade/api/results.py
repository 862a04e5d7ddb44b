"""What the verbs return: one value for every face."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from colonnade.design import Design
from colonnade.migrate import Step
from colonnade.migrate.renames import Proposal
from colonnade.prove import Proof
from colonnade.schema.names import ObjectName


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignResult:
    """A design that was written to `out`; `changed` are the files that differ from before, relative to it.

    `proof` is None when proving was declined.
    """

    design: Design
    proof: Proof | None
    out: Path
    files: tuple[str, ...]
    changed: tuple[str, ...]
    elapsed_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveResult:
    """The proof of something that already exists."""

    design: Design
    proof: Proof
    source: str
    elapsed_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffResult:
    """What makes one schema into another; nothing where they are equal.

    `sql` is a script for psql that was run on a copy of the first schema. `proposals` are renames that would keep
    content which the script drops. `left_alone` are objects of the first that the models of the second do not manage.
    """

    before: str
    after: str
    steps: tuple[Step, ...]
    sql: str
    proposals: tuple[Proposal, ...]
    left_alone: tuple[ObjectName, ...]
    elapsed_ms: float
