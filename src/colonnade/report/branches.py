"""Branches, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from colonnade.branches import Branch

_UNITS = ("B", "kB", "MB", "GB", "TB")
_THOUSAND = 1000


def branch_as_json(branch: Branch) -> dict[str, Any]:
    """Return one branch; times are RFC 3339."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else list(value) if isinstance(value, tuple) else value
        for name, value in asdict(branch).items()
    }


def one_as_json(verb: str, branch: Branch, *, provider: str, elapsed_ms: float) -> dict[str, Any]:
    """Return the result of a verb about one branch."""
    return {"verb": verb, "provider": provider, "branch": branch_as_json(branch), "elapsed_ms": round(elapsed_ms, 1)}


def several_as_json(verb: str, branches: Iterable[Branch], *, provider: str, elapsed_ms: float) -> dict[str, Any]:
    """Return the result of a verb about several branches."""
    return {
        "verb": verb,
        "provider": provider,
        "branches": [branch_as_json(each) for each in branches],
        "elapsed_ms": round(elapsed_ms, 1),
    }


def print_branches(console: Console, branches: Sequence[Branch], *, now: datetime) -> None:
    """Print a table of branches."""
    if not branches:
        console.print("no branches")
        return
    rows = [("name", "id", "parent", "state", "size", "changed", "ends")]
    for branch in branches:
        marks = _marks(branch)
        rows.append(
            (
                f"{branch.name} ({marks})" if marks else branch.name,
                branch.id,
                branch.parent or "",
                branch.state,
                _size(branch.size_bytes),
                f"{branch.updated_at:%Y-%m-%d %H:%M}",
                _end(branch, now),
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True))
        console.print(Text(line.rstrip()))


def print_branch(console: Console, branch: Branch, *, did: str, elapsed_ms: float, now: datetime) -> None:
    """Print one branch and what was done to it."""
    if did:
        console.print(Text(f'branch "{branch.name}" {did} in {elapsed_ms:.0f} ms'))
    rows = {
        "name": branch.name,
        "id": branch.id,
        "parent": branch.parent or "",
        "state": ", ".join(filter(None, (branch.state, _marks(branch)))),
        "databases": ", ".join(branch.databases),
        "size": _size(branch.size_bytes),
        "made": f"{branch.created_at:%Y-%m-%d %H:%M:%S %Z}",
        "reset": f"{branch.last_reset_at:%Y-%m-%d %H:%M:%S %Z}" if branch.last_reset_at else "",
        "ends": _end(branch, now),
    }
    for name, value in rows.items():
        if value:
            console.print(Text(f"  {name:<10} {value}"))


def print_deleted(console: Console, branches: Sequence[Branch]) -> None:
    """Print what was deleted."""
    for branch in branches:
        console.print(Text(f'branch "{branch.name}" deleted ({branch.id})'))
    if not branches:
        console.print("no branch deleted")


def _marks(branch: Branch) -> str:
    marks = (
        ("default", branch.default),
        ("protected", branch.protected),
        (branch.content, branch.content != "parent-data"),
    )
    return ", ".join(name for name, is_so in marks if is_so)


def _end(branch: Branch, now: datetime) -> str:
    if branch.expires_at is None:
        return ""
    return f"{branch.expires_at:%Y-%m-%d %H:%M}" + (" (over)" if branch.expired(now) else "")


def _size(size_bytes: int | None) -> str:
    if size_bytes is None:
        return ""
    amount, unit = float(size_bytes), 0
    while amount >= _THOUSAND and unit < len(_UNITS) - 1:
        amount, unit = amount / _THOUSAND, unit + 1
    return f"{amount:.0f} {_UNITS[unit]}" if unit == 0 else f"{amount:.1f} {_UNITS[unit]}"
