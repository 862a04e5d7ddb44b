"""What the text of statements does not tell."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.review.finding import Evidence
from colonnade.review.plan.acts import Block
from colonnade.review.plan.migration import Statement


def unread(statements: Iterable[Statement]) -> tuple[tuple[Evidence, str], ...]:
    """Return what blocks run that they put together from parts, which only a server tells, and only a superuser."""
    return tuple(
        (Evidence.plan, f"line {statement.at.line} runs what it puts together: {act.opaque[0].strip()}")
        for statement in statements
        for act in statement.acts
        if isinstance(act, Block) and act.opaque
    )
