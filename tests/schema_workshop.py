"""Databases in which schemas are built, looked at, and gone again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from colonnade.emit import ddl
from colonnade.postgres import Server, Session
from schema_strategies import EXTENSIONS


class Workshop:
    """Lends a database without any schema of ours, a new one every so many cases.

    Rolled back catalog rows pile up, and make everything slower.
    """

    def __init__(self, server: Server, *, cases_per_database: int) -> None:
        """Start without a database."""
        self._server = server
        self._cases_per_database = cases_per_database
        self._lent = ExitStack()
        self._cases = 0
        self._session: Session | None = None

    @contextmanager
    def case(self) -> Iterator[Session]:
        """Lend a session in a transaction that is rolled back afterwards."""
        session = self._fresh()
        with session.rolled_back():
            yield session

    def _fresh(self) -> Session:
        if self._session is None or self._cases >= self._cases_per_database:
            self.close()
            self._session = self._lent.enter_context(self._server.scratch_database())
            self._cases = 0
            for extension in EXTENSIONS:
                self._session.execute(ddl.create_extension(extension))
        self._cases += 1
        return self._session

    def close(self) -> None:
        """Drop the database."""
        self._lent.close()
