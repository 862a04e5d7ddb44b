"""OpenTelemetry: a span for each transaction, and its events. Needs `colonnade[telemetry]`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from opentelemetry import trace

from colonnade.runtime.observing import Event, Observer


class Traced(Observer):
    """Writes events to the log as every observer does, and to the current span; transactions are spans of their own.

    No span holds a value, a user or a statement: who instruments SQLAlchemy has the statements below it.
    """

    def __init__(self, tracer: trace.Tracer | None = None) -> None:
        """Use a tracer, by default that of the global provider."""
        self._tracer = tracer or trace.get_tracer("colonnade.runtime")

    def event(self, event: Event) -> None:
        """Take note of an event."""
        super().event(event)
        attributes: dict[str, int | float | str] = {
            "attempt": event.attempt,
            "delay_seconds": event.delay_seconds,
            "kind": str(event.kind),
        }
        trace.get_current_span().add_event(f"colonnade.{event.name}", attributes)

    def transaction(self, attributes: Mapping[str, Any]) -> AbstractContextManager[object]:
        """Return the span of a transaction."""
        named = {f"colonnade.{name}": value for name, value in attributes.items()}
        return self._tracer.start_as_current_span("transaction", attributes={"db.system.name": "postgresql", **named})
