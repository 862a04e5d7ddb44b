"""Requests and answers, apart from how they travel."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from colonnade.branches.branch import BranchError, NameTakenError
from colonnade.branches.control_plane.faults import Fault
from colonnade.errors import ColonnadeError, InputError, UnsupportedError

_TRUE = frozenset({"1", "t", "true"})  # of Go, in which the real one is written


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client asks; `parts` are the variable parts of the path, `fault` what its operations are to suffer."""

    method: str
    path: str
    parts: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    fault: Fault | None = None

    def flag(self, name: str) -> bool:
        """Return a flag of the query."""
        return self.query.get(name, "").lower() in _TRUE

    def needed(self, name: str) -> str:
        """Return what the query must have."""
        if name not in self.query:
            raise RefusalError(400, f"query parameter {name} is required")
        return self.query[name]

    def inner(self, name: str) -> Mapping[str, Any]:
        """Return an object within the body, empty when it is left out."""
        found = self.body.get(name) or {}
        if not isinstance(found, dict):
            raise RefusalError(400, f"{name} is no object")
        return found

    def page(self, items: Sequence[Any], default_limit: int) -> tuple[Sequence[Any], str | None]:
        """Return the items of a page, and the cursor after it.

        As in the recorded answers, the last page with items still has a cursor; only an empty one has none.
        """
        try:
            start = int(base64.b64decode(self.query.get("cursor", "")) or b"0")
            limit = int(self.query.get("limit", default_limit))
        except ValueError:
            raise RefusalError(400, "invalid cursor or limit") from None
        found = items[start : start + max(1, limit)]
        return found, base64.b64encode(str(start + len(found)).encode()).decode() if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a client gets; without a body for 204."""

    status: int = 200
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """Return the body as it travels."""
        return b"" if self.body is None else json.dumps(self.body).encode()


class RefusalError(Exception):
    """A request that is refused with a status."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        """Keep status, message and headers."""
        super().__init__(message)
        self.answer = Answer(
            status=status,
            body={"request_id": "local", "code": "", "message": message},
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )


def cursor_of(cursor: str | None) -> dict[str, Any]:
    """Return the pagination of everything but branches: none without a cursor, which is never empty."""
    return {"pagination": {"cursor": cursor}} if cursor else {}


Handler = Callable[[Request], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """One path of the API, `{name}` standing for one part of it."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler


def route(method: str, path: str, handler: Handler) -> Route:
    """Return the route for a path."""
    return Route(method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), handler)


def refusal_for(problem: ColonnadeError) -> RefusalError:
    """Return the status for what the local branches refuse."""
    text = f"{problem.message}. {problem.detail}".strip()
    match problem:
        case NameTakenError():
            return RefusalError(409, text)
        case UnsupportedError() | BranchError():
            return RefusalError(422, text)
        case InputError():
            missing = problem.message.startswith(("there is no", "the branch has no"))
            return RefusalError(404 if missing else 422, text)
        case _:
            return RefusalError(500, text)
