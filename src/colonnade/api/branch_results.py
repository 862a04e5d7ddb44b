"""What the verbs about branches return."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.api.change_results import DiffResult
from colonnade.branches import Branch
from colonnade.dsn import Dsn


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchResult:
    """One branch, as it is after the verb."""

    provider: str
    branch: Branch
    elapsed_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchesResult:
    """Several branches: those that there are, or those that were deleted."""

    provider: str
    branches: tuple[Branch, ...]
    elapsed_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchUrlResult:
    """How to connect to a branch; only `dsn.url` holds the password."""

    provider: str
    branch: str
    dsn: Dsn


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchDiffResult:
    """What makes the schema of one branch into that of another."""

    provider: str
    branch: str
    against: str
    diff: DiffResult


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchStopResult:
    """Whether there was a server to stop."""

    home: str
    stopped: bool
