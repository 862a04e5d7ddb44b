"""When a request is sent again, and for how long; when it must not be.

Source: the description of GeneralError in Neon's API v2, and the policies of its own clients.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from colonnade.branches.branch import BranchError, NameTakenError
from colonnade.branches.neon.steps import Call, LostReplyError, OperationFailedError, Pause, Reply, Rule
from colonnade.errors import DatabaseError, InputError

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 10.0
_TRIES_WHEN_LOST = 6
_POLL_SECONDS = 1.0
_SUCCEEDED = frozenset({"finished", "skipped"})
_FAILED = frozenset({"failed", "error", "cancelled"})
ENDED = _SUCCEEDED | _FAILED
"""The states in which an operation stays."""


class MissingError(InputError):
    """What was asked for is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for Neon: for a request to be taken, and for an operation to end.

    `jitter` gives a number from 0 to 1, `clock` the time.
    """

    jitter: Callable[[], float]
    clock: Callable[[], datetime]
    request_seconds: float = 120.0
    operation_seconds: float = 300.0


def call(asked: Call, patience: Patience) -> Rule[Reply]:
    """Send a request until it is answered.

    423, 503 and 429 say that nothing was done, so every request is sent again. A lost reply and other errors of the
    server say nothing of the kind: LostReplyError for what is no GET.
    """
    waited, tries = 0.0, 0
    while True:
        tries += 1
        try:
            reply = yield asked
        except LostReplyError as problem:
            if not asked.repeatable or tries >= _TRIES_WHEN_LOST:
                raise
            reason, seconds = problem.message, None
        else:
            if reply is None:
                raise AssertionError(asked)  # whoever carries rules out answers every call
            seconds = _refused_for_now(reply, patience)
            if seconds is None and not _unclear(asked, reply, tries):
                return _accepted(reply, asked)
            reason = _message(reply)
        pause = seconds or _backoff(tries, patience)
        if waited + pause > patience.request_seconds:
            raise DatabaseError(
                f"Neon did not take a request within {patience.request_seconds:.0f} s",
                detail=f"{reason}; it wants us to wait for another {pause:.0f} s, after {waited:.0f} s.",
                hint="Try again later.",
            )
        waited += pause
        yield Pause(seconds=pause, reason=reason)


def paged(path: str, key: str, patience: Patience, **query: str) -> Rule[tuple[Mapping[str, Any], ...]]:
    """Return the items of every page: until there is no cursor, or a page without items, whichever comes first."""
    replies = yield from pages(path, key, patience, **query)
    return tuple(item for reply in replies for item in reply[key])


def pages(path: str, key: str, patience: Patience, **query: str) -> Rule[tuple[Mapping[str, Any], ...]]:
    """Return the bodies of every page that has items.

    Branches have their cursor in `pagination.next`, everything else in `pagination.cursor`.
    """
    found: list[Mapping[str, Any]] = []
    cursor = ""
    while True:
        asked = Call(method="GET", path=path, query={**query, **({"cursor": cursor} if cursor else {})})
        reply = yield from call(asked, patience)
        pagination = reply.body.get("pagination") or {}
        following = str(pagination.get("next") or pagination.get("cursor") or "")
        if reply.body.get(key):
            found.append(reply.body)
        if not following or following == cursor or not reply.body.get(key):
            return tuple(found)
        cursor = following


def change(asked: Call, done: Callable[[], Rule[bool]], patience: Patience) -> Rule[Reply | None]:
    """Send a request that changes something, and never twice without looking.

    After a lost reply `done` looks whether the change was made; None is returned then.
    """
    for _ in range(_TRIES_WHEN_LOST):
        try:
            return (yield from call(asked, patience))
        except LostReplyError as problem:
            lost = problem
        if (yield from done()):
            return None
    raise lost


def finish(project: str, operations: list[Mapping[str, Any]], patience: Patience) -> Rule[None]:
    """Wait until every operation has come to its end; raises OperationFailedError for a bad one."""
    failed: list[str] = []
    for operation in operations:
        problem = yield from _finish_one(project, operation, patience)
        failed += [problem] if problem else []
    if failed:
        raise OperationFailedError("an operation of Neon's failed", detail="; ".join(failed) + ".")


def _finish_one(project: str, operation: Mapping[str, Any], patience: Patience) -> Rule[str]:
    """Wait for one operation, and return what went wrong; a status that nobody knows is not the end."""
    waited = 0.0
    while True:
        status = str(operation.get("status"))
        if status in _SUCCEEDED:
            return ""
        action = str(operation.get("action"))
        if status in _FAILED:
            return f"{action} is {status}: {operation.get('error') or 'no reason given'}"
        if waited >= patience.operation_seconds:
            raise DatabaseError(
                f"an operation of Neon's did not end within {patience.operation_seconds:.0f} s",
                detail=f"{action} is {status}.",
                hint="Look at the console of the project.",
            )
        if waited:
            yield Pause(seconds=_POLL_SECONDS, reason=f"{action} is {status}")
        waited += _POLL_SECONDS
        asked = Call(method="GET", path=f"/projects/{project}/operations/{operation['id']}")
        reply = yield from call(asked, patience)
        operation = reply.body["operation"]


def _refused_for_now(reply: Reply, patience: Patience) -> float | None:
    """Return how long to wait before asking again, 0 for as long as we like; None for what was not refused."""
    match reply.status:
        case 423 | 503:
            return 0.0
        case 429:
            return _retry_after(reply.headers.get("retry-after", ""), patience.clock())
        case _:
            return None


def _unclear(asked: Call, reply: Reply, tries: int) -> bool:
    """Whether a GET is to be sent again; raises LostReplyError for anything else that the server failed at."""
    if reply.status < 500:
        return False
    if asked.repeatable and tries < _TRIES_WHEN_LOST:
        return True
    raise LostReplyError(f"Neon failed with status {reply.status}", detail=_message(reply))


def _retry_after(text: str, now: datetime) -> float:
    """Return the seconds that a header asks for, as a number or as a date."""
    if text.strip().isdigit():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())


def _backoff(tries: int, patience: Patience) -> float:
    """Return a pause that doubles each time, with jitter so that clients do not come back together."""
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** (tries - 1)) * (0.5 + patience.jitter() / 2)


def _accepted(reply: Reply, asked: Call) -> Reply:
    """Return a reply that is good; raises what the others mean."""
    if reply.status < 400:
        return reply
    text = _message(reply)
    match reply.status:
        case 401 | 403:
            raise InputError(
                "Neon does not let this key in",
                detail=text,
                hint="Set NEON_API_KEY to a key that has not expired and may use the project of NEON_PROJECT_ID.",
            )
        case 404:
            raise MissingError(f"Neon does not know {asked.path}", detail=text, hint="Check NEON_PROJECT_ID.")
        case 409:
            raise NameTakenError("the name is taken at Neon", detail=text, hint="Choose another name.")
        case _:
            raise BranchError(f"Neon refused the request with status {reply.status}", detail=text)


def _message(reply: Reply) -> str:
    """Return what Neon said; its `code` is empty more often than not."""
    message, code = (str(reply.body.get(name) or "") for name in ("message", "code"))
    return " ".join(filter(None, (message, f"({code})" if code else ""))) or f"status {reply.status}"
