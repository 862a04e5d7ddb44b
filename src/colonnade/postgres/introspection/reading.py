"""Readings: a query of the catalog and what becomes of its rows, many of them sent before the first is answered."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Generic, NamedTuple, TypeVar

from colonnade.postgres.session import Parameters, Session

T = TypeVar("T")
Rows = list[tuple[Any, ...]]


class Query(NamedTuple):
    """A statement and its parameters."""

    sql: str
    parameters: Parameters = ()


Reading = Generator[Query, Rows, T]
"""Yields a query, is sent its rows, perhaps yields another one, and returns a value."""


class Begun(Generic[T]):
    """A reading whose first query is on its way, within `Session.pipeline`: a distant server is waited for but once."""

    def __init__(self, session: Session, reading: Reading[T]) -> None:
        """Send the first query."""
        self._session = session
        self._reading = reading
        self._wait: Callable[[], Rows] = session.send(*next(reading))
        self._rows: Rows | None = None
        self._values: list[T] = []

    def arrived(self) -> Rows:
        """Return the rows of the first query, which are waited for at the first call."""
        if self._rows is None:
            self._rows = self._wait()
        return self._rows

    def result(self) -> T:
        """Return the value, which is made at the first call."""
        if not self._values:
            rows, self._rows = self.arrived(), []
            try:
                while True:
                    rows = self._session.send(*self._reading.send(rows))()
            except StopIteration as stop:
                self._values.append(stop.value)
        return self._values[0]
