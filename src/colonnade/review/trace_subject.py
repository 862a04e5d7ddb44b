"""The value that rules about what ran look at."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from colonnade.errors import StatementError
from colonnade.review.connection import ReviewedConnection
from colonnade.review.finding import Evidence
from colonnade.review.plan.acts import Act
from colonnade.review.plan.reading import acts_of
from colonnade.review.session_state import SessionState, left_behind
from colonnade.span import Span
from colonnade.trace import TracedStatement

_NOWHERE = Span(path="")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedTrace:
    """What the lines of one file sent, over a connection; `left` is what they left in their sessions."""

    family: ClassVar[str] = "trace"

    path: str
    connection: ReviewedConnection
    left: tuple[tuple[TracedStatement, SessionState], ...] = ()
    evidence: frozenset[Evidence] = frozenset({Evidence.trace})
    unseen: tuple[tuple[Evidence, str], ...] = ()


def reviewed_traces(statements: Iterable[TracedStatement], connection: ReviewedConnection) -> Iterator[ReviewedTrace]:
    """Yield what the lines of each file of an application sent."""
    read: list[tuple[TracedStatement, tuple[Act, ...]]] = []
    paths: dict[str, list[str]] = defaultdict(list)
    for each in statements:
        acts, problem = _acts(each.sql)
        read.append((each, acts))
        paths[each.at.path] += [f"line {each.at.line} sent what is not read: {problem}"] if problem else []
    left = left_behind(read)
    for path, unread in paths.items():
        yield ReviewedTrace(
            path=path,
            connection=connection,
            left=tuple((statement, state) for statement, state in left if statement.at.path == path),
            unseen=tuple((Evidence.trace, reason) for reason in dict.fromkeys(unread)),
        )


@functools.lru_cache(maxsize=10_000)  # an application sends few texts, each many times
def _acts(sql: str) -> tuple[tuple[Act, ...], str]:
    """Return the acts of a statement, and what the parser says of it where it is not read."""
    try:
        return acts_of(sql, at=_NOWHERE), ""
    except StatementError as problem:
        return (), problem.message
