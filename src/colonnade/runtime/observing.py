"""What the runtime tells of its work: to `logging`, and to whoever else wants to know."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Literal

EventName = Literal[
    "connect_retry",
    "connect_given_up",
    "transaction_replay",
    "transaction_given_up",
    "unknown_outcome",
    "replica_behind",
]
_LOGGER = logging.getLogger("colonnade.runtime")
_LEVELS: Mapping[EventName, int] = {"unknown_outcome": logging.ERROR, "replica_behind": logging.INFO}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that a service does not see in its results; `attempt` counts from 1."""

    name: EventName
    attempt: int = 0
    delay_seconds: float = 0.0
    reason: str = ""
    kind: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)


class Observer:
    """Writes events to the logger `colonnade.runtime`; derive from it to count or trace them."""

    def event(self, event: Event) -> None:
        """Take note of an event."""
        _LOGGER.log(
            _LEVELS.get(event.name, logging.WARNING),
            "%s attempt=%d delay=%.2fs kind=%s: %s",
            event.name,
            event.attempt,
            event.delay_seconds,
            event.kind,
            event.reason,
        )

    def transaction(self, attributes: Mapping[str, Any]) -> AbstractContextManager[object]:
        """Return what is entered for the time of a transaction."""
        del attributes
        return nullcontext()


OBSERVER = Observer()
