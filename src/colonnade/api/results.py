"""What the verbs about designs return: one value for every face."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from colonnade.design import Design
from colonnade.prove import Proof


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
