"""What rules ask for: a call or a pause. Whoever carries a rule out sends back a reply, or throws LostReplyError."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from colonnade.branches.branch import BranchError
from colonnade.errors import DatabaseError


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to the API."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again when nobody knows what became of it."""
        return self.method == "GET"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Some time in which nothing is to be done, and why."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the API answered; an empty body is an empty object."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)


Result = TypeVar("Result")
Rule: TypeAlias = Generator[Call | Pause, Reply | None, Result]
"""Something to be done with the API, whichever way requests travel."""


class LostReplyError(DatabaseError):
    """A request of which nobody knows whether it was carried out."""


class OperationFailedError(BranchError):
    """An operation of Neon's that came to no good end."""
