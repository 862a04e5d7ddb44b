"""What no provider allows; the rules are Neon's, so that what works locally works there.

Source: neon.com/docs/guides/branch-expiration, neon.com/docs/guides/protected-branches
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from colonnade.branches.branch import Branch, BranchError, NewBranch
from colonnade.errors import InputError

LONGEST_LIFE = timedelta(days=30)
_LONGEST_NAME = 256
_LIFE = re.compile(r"(\d{1,5})\s*(m|min|h|d|w)")
_UNITS = {
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


def expiry(text: str, *, now: datetime) -> datetime:
    """Read when a branch ends: how long from now (`90m`, `12h`, `7d`) or a time with its zone; raises InputError."""
    if life := _LIFE.fullmatch(text.strip()):
        return (now + int(life[1]) * _UNITS[life[2]]).replace(microsecond=0)
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise InputError(
            f'"{text}" is no time for a branch to end', hint="Write 12h, 7d, or 2026-12-31T23:59:59Z with its zone."
        )
    return at.astimezone(UTC).replace(microsecond=0)


def check_name(name: str) -> None:
    """Raise InputError for what cannot be the name of a branch."""
    if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InputError(
            f'"{name[:40]}" cannot name a branch', hint=f"Use 1 to {_LONGEST_NAME} characters that can be printed."
        )


def check_new(new: NewBranch, *, now: datetime) -> None:
    """Raise InputError for a branch that can be nobody's: its name, its end, or both an end and protection."""
    check_name(new.name)
    if new.expires_at is None:
        return
    check_expiry(new.expires_at, now=now)
    if new.protected:
        raise InputError("a protected branch cannot expire", hint="Leave out one of the two.")


def check_expiry(at: datetime, *, now: datetime) -> None:
    """Raise InputError for a time that is over or too far away."""
    if at <= now:
        raise InputError(
            f"{at.isoformat()} is over", hint="A branch ends in the future; colonnade branch delete ends it now."
        )
    if at > now + LONGEST_LIFE:
        raise InputError(
            f"a branch lives for {LONGEST_LIFE.days} days at most",
            detail=f"{at.isoformat()} is later than that.",
            hint="Set a new end before the old one comes, or none.",
        )


def check_may_expire(branch: Branch, branches: Collection[Branch]) -> None:
    """Raise BranchError for a branch that has no end: a default, protected or parent one."""
    reason = "the default branch" if branch.default else "protected" if branch.protected else ""
    children = [each.name for each in branches if each.parent_id == branch.id]
    if not reason and children:
        reason = f"the parent of {', '.join(children)}"
    if reason:
        raise BranchError(f'branch "{branch.name}" cannot expire', detail=f"It is {reason}.")


def check_may_be_parent(parent: Branch) -> None:
    """Raise BranchError for a branch of which none is made."""
    if parent.expires_at is not None:
        raise BranchError(
            f'no branch can be made of "{parent.name}"',
            detail=f"It ends on {parent.expires_at.isoformat()}, and its children would be left over.",
            hint="colonnade branch expire NAME --never keeps it.",
        )


def check_may_be_deleted(branch: Branch, branches: Collection[Branch], *, children: bool = False) -> None:
    """Raise BranchError for a branch that stays: a default or protected one, or one that others were made of."""
    _check_may_change(branch, "deleted")
    if branch.default:
        raise BranchError(f'branch "{branch.name}" cannot be deleted', detail="It is the default branch.")
    below = [each.name for each in branches if each.parent_id == branch.id]
    if below and not children:
        raise BranchError(
            f'branch "{branch.name}" cannot be deleted',
            detail=f"It is the parent of {', '.join(below)}.",
            hint="Delete these first, or all of them with --children.",
        )


def check_may_be_reset(branch: Branch, branches: Collection[Branch]) -> Branch:
    """Return the parent; raises BranchError for a branch that is protected, has no parent or is one."""
    _check_may_change(branch, "reset")
    parent = next((each for each in branches if each.id == branch.parent_id), None)
    if parent is None:
        raise BranchError(
            f'branch "{branch.name}" has no parent',
            hint="colonnade branch restore makes it what another branch is.",
        )
    below = [each.name for each in branches if each.parent_id == branch.id]
    if below:
        raise BranchError(
            f'branch "{branch.name}" cannot be reset',
            detail=f"It is the parent of {', '.join(below)}.",
            hint="Delete these first, or use colonnade branch restore with --keep-as.",
        )
    return parent


def _check_may_change(branch: Branch, what: str) -> None:
    if branch.protected:
        raise BranchError(f'branch "{branch.name}" cannot be {what}', detail="It is protected.")
