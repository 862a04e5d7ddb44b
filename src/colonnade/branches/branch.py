"""What a branch is, and what every provider of branches can do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from colonnade.dsn import Dsn
from colonnade.errors import ColonnadeError, InputError

Content = Literal["parent-data", "schema-only"]
"""What a new branch holds: what its parent holds, or its tables and statistics without a row."""


class BranchError(ColonnadeError):
    """A branch that cannot be made or changed as things stand."""


class NameTakenError(BranchError):
    """A new branch has the name of another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One branch of a project; `parent` is the name of the one it was made of, if that is still known.

    `size_bytes` is None where the provider does not say. `state` is the provider's own word, `ready` when it can be
    used.
    """

    id: str
    name: str
    parent_id: str | None
    parent: str | None
    state: str
    default: bool
    protected: bool
    content: str
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None = None
    last_reset_at: datetime | None = None
    size_bytes: int | None = None
    databases: tuple[str, ...] = ()

    def expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A place in the history of a branch: a time or a position in its log, or neither for how it stands now."""

    time: datetime | None = None
    lsn: str | None = None

    def __bool__(self) -> bool:
        """Tell whether it is in the past."""
        return self.time is not None or self.lsn is not None


NOW = Moment()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBranch:
    """A branch to be made; without a parent, of the default branch."""

    name: str
    parent: str | None = None
    content: Content = "parent-data"
    expires_at: datetime | None = None
    protected: bool = False
    moment: Moment = NOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Which database of a branch to connect to, and as whom; None for the only or first one."""

    database: str | None = None
    role: str | None = None
    pooled: bool = False


class BranchProvider(Protocol):
    """Where branches are kept. A branch is called by its name or its id.

    Every function raises InputError for a branch that is not there or cannot be meant, BranchError for what the state
    of the branches forbids, and DatabaseError for a provider that cannot be reached.
    """

    def create(self, new: NewBranch, *, force: bool = False) -> Branch:
        """Make a branch and wait until it can be used; `force` ends connections that are in the way."""

    def branches(self) -> tuple[Branch, ...]:
        """Return every branch, in the order of their names."""

    def branch(self, name: str) -> Branch:
        """Return one branch."""

    def delete(self, name: str, *, children: bool = False) -> tuple[Branch, ...]:
        """Delete a branch, and those made of it first where `children` says so; return what was deleted."""

    def reset(self, name: str, *, force: bool = False) -> Branch:
        """Make a branch what its parent is now; its connections end, its URL stays."""

    def restore(
        self, name: str, source: str, *, moment: Moment = NOW, keep_as: str | None = None, force: bool = False
    ) -> Branch:
        """Make a branch what another one is, or either was at a moment; `keep_as` names a branch for what it was."""

    def expire(self, name: str, at: datetime | None) -> Branch:
        """Say when a branch is to be deleted, None for never."""

    def url(self, name: str, target: Target) -> Dsn:
        """Return how to connect to a branch."""

    def prune(self) -> tuple[Branch, ...]:
        """Delete the branches whose time is over, and return them."""


def find(branches: tuple[Branch, ...], name: str) -> Branch:
    """Return the branch of this name or id; raises InputError."""
    for branch in branches:
        if name in (branch.name, branch.id):
            return branch
    known = ", ".join(each.name for each in branches[:10])
    raise InputError(
        f'there is no branch "{name}"',
        detail=f"There {'is' if len(branches) == 1 else 'are'} {known}." if known else "There is none.",
        hint="colonnade branch list shows them.",
    )


def default_of(branches: tuple[Branch, ...]) -> Branch:
    """Return the default branch; raises BranchError when there is none."""
    for branch in branches:
        if branch.default:
            return branch
    raise BranchError(
        "the project has no default branch", hint="Say with --parent of which branch the new one is made."
    )


def children_first(branches: tuple[Branch, ...], root: Branch) -> tuple[Branch, ...]:
    """Return what was made of a branch, directly or not, each before its parent, and the branch itself last."""
    below = [found for each in branches if each.parent_id == root.id for found in children_first(branches, each)]
    return (*below, root)
