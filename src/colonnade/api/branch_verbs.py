"""`branch …`: the same verbs for branches on Neon and on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from colonnade.api.branch_providers import lend, local_provider, now, provider_name
from colonnade.api.branch_results import (
    BranchDiffResult,
    BranchesResult,
    BranchResult,
    BranchStopResult,
    BranchUrlResult,
)
from colonnade.api.diff_verb import diff
from colonnade.branches import BranchError, BranchProvider, Moment, NewBranch, Target
from colonnade.branches.branch import Branch
from colonnade.branches.limits import expiry
from colonnade.errors import InputError

Progress = Callable[[str], None]


def _silent(_: str) -> None:
    """Say nothing."""


def branch_create(  # noqa: PLR0913 - each is a choice of its own
    name: str,
    *,
    parent: str | None = None,
    at: str | None = None,
    schema_only: bool = False,
    expires: str | None = None,
    protected: bool = False,
    force: bool = False,
    provider: str | None = None,
    home: Path | None = None,
    progress: Progress = _silent,
) -> BranchResult:
    """Make a branch of `parent`, or of the default branch, and wait until it can be used.

    `at` is a time or LSN in the parent's history. `schema_only` copies tables and statistics without a row. `expires`
    is how long it lives (`7d`) or until when. `force` ends connections that keep a local parent from being copied.
    """
    new = NewBranch(
        name=name,
        parent=parent,
        content="schema-only" if schema_only else "parent-data",
        expires_at=expiry(expires, now=now()) if expires is not None else None,
        protected=protected,
        moment=_moment(at),
    )
    return _one(lambda found: found.create(new, force=force), provider, home, progress)


def branch_list(
    *, provider: str | None = None, home: Path | None = None, progress: Progress = _silent
) -> BranchesResult:
    """Return every branch, in the order of their names."""
    return _several(lambda found: found.branches(), provider, home, progress)


def branch_show(
    name: str, *, provider: str | None = None, home: Path | None = None, progress: Progress = _silent
) -> BranchResult:
    """Return one branch."""
    return _one(lambda found: found.branch(name), provider, home, progress)


def branch_delete(
    name: str,
    *,
    children: bool = False,
    provider: str | None = None,
    home: Path | None = None,
    progress: Progress = _silent,
) -> BranchesResult:
    """Delete a branch, with what was made of it where `children` says so."""
    return _several(lambda found: found.delete(name, children=children), provider, home, progress)


def branch_reset(
    name: str,
    *,
    force: bool = False,
    provider: str | None = None,
    home: Path | None = None,
    progress: Progress = _silent,
) -> BranchResult:
    """Make a branch what its parent is now."""
    return _one(lambda found: found.reset(name, force=force), provider, home, progress)


def branch_restore(
    name: str,
    *,
    source: str | None = None,
    at: str | None = None,
    keep_as: str | None = None,
    force: bool = False,
    provider: str | None = None,
    home: Path | None = None,
    progress: Progress = _silent,
) -> BranchResult:
    """Make a branch what another one is, or was `at` a time or LSN; without a source, what it was itself then."""
    if source is None and at is None:
        raise InputError("nothing to restore from", hint="Name a branch with --from, a moment with --at, or both.")
    return _one(
        lambda found: found.restore(name, source or name, moment=_moment(at), keep_as=keep_as, force=force),
        provider,
        home,
        progress,
    )


def branch_expire(
    name: str,
    *,
    expires: str | None = None,
    provider: str | None = None,
    home: Path | None = None,
    progress: Progress = _silent,
) -> BranchResult:
    """Have a branch end after a time (`7d`) or at one; without one, never."""
    until = expiry(expires, now=now()) if expires is not None else None
    return _one(lambda found: found.expire(name, until), provider, home, progress)


def branch_prune(
    *, provider: str | None = None, home: Path | None = None, progress: Progress = _silent
) -> BranchesResult:
    """Delete the branches whose time is over."""
    return _several(lambda found: found.prune(), provider, home, progress)


def branch_url(
    name: str,
    *,
    database: str | None = None,
    role: str | None = None,
    pooled: bool = False,
    provider: str | None = None,
    home: Path | None = None,
    progress: Progress = _silent,
) -> BranchUrlResult:
    """Return how to connect to a branch, password included in `dsn.url`."""
    with lend(provider, home, progress=progress) as found:
        dsn = found.url(name, Target(database=database, role=role, pooled=pooled))
    return BranchUrlResult(provider=provider_name(provider), branch=name, dsn=dsn)


def branch_diff(
    name: str,
    *,
    against: str | None = None,
    database: str | None = None,
    provider: str | None = None,
    home: Path | None = None,
    progress: Progress = _silent,
) -> BranchDiffResult:
    """Compare a branch with its parent, or with the branch `against`: what would make that one like it."""
    with lend(provider, home, progress=progress) as found:
        other = against or _parent_of(found, name)
        target = Target(database=database)
        before, after = found.url(other, target), found.url(name, target)
        made = diff(before.url, after.url, progress=progress)
    return BranchDiffResult(provider=provider_name(provider), branch=name, against=other, diff=made)


def branch_stop(*, home: Path | None = None) -> BranchStopResult:
    """Stop the server of the local branches; the next verb that needs it starts it again."""
    found = local_provider(home).home
    return BranchStopResult(home=str(found.folder), stopped=found.stop())


def _one(
    ask: Callable[[BranchProvider], Branch], name: str | None, home: Path | None, progress: Progress
) -> BranchResult:
    started = time.perf_counter()
    with lend(name, home, progress=progress) as found:
        branch = ask(found)
    return BranchResult(provider=provider_name(name), branch=branch, elapsed_ms=_since(started))


def _several(
    ask: Callable[[BranchProvider], tuple[Branch, ...]], name: str | None, home: Path | None, progress: Progress
) -> BranchesResult:
    started = time.perf_counter()
    with lend(name, home, progress=progress) as found:
        branches = ask(found)
    return BranchesResult(provider=provider_name(name), branches=branches, elapsed_ms=_since(started))


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def _parent_of(found: BranchProvider, name: str) -> str:
    parent = found.branch(name).parent
    if parent is None:
        raise BranchError(f'branch "{name}" has no parent', hint="Say with --against what to compare it with.")
    return parent


def _moment(text: str | None) -> Moment:
    """Read a place in a history: a time with its zone, or an LSN such as 0/1A7F730."""
    if text is None:
        return Moment()
    if "/" in text:
        return Moment(lsn=text)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise InputError(f'"{text}" is no moment', hint="Write 2026-11-28T12:00:00Z with its zone, or an LSN.")
    return Moment(time=found.astimezone(UTC))
