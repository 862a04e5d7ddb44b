"""Record what an engine sends, in transactions as they end."""

from __future__ import annotations

import itertools
import os
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection

from colonnade.span import Span
from colonnade.trace.call_site import call_site
from colonnade.trace.parameters import numbered
from colonnade.trace.statement import TracedStatement
from colonnade.trace.trace_file import TraceFile

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

_UNIT: ContextVar[str] = ContextVar("colonnade_trace_unit", default="")
_PYTEST = "PYTEST_CURRENT_TEST"


@contextmanager
def record(engine: Engine | AsyncEngine, path: str | Path) -> Iterator[None]:
    """Write what the engine sends to a file, which is written anew, until the block ends.

    It costs each statement a walk along the stack and each transaction a write: for tests and for a while in staging.
    Raises OutputError when the file cannot be written.
    """
    sync = engine if isinstance(engine, Engine) else engine.sync_engine
    with TraceFile(Path(path)) as file:
        listeners = _Recorder(file).listeners
        for name, listener in listeners.items():
            event.listen(sync, name, listener)
        try:
            yield
        finally:
            for name, listener in listeners.items():
                event.remove(sync, name, listener)


@contextmanager
def unit(name: str) -> Iterator[None]:
    """Name the request or job that the statements within the block belong to; a test is named by pytest."""
    token = _UNIT.set(name)
    try:
        yield
    finally:
        _UNIT.reset(token)


@dataclass
class _Open:
    """The statements of an open transaction so far."""

    transaction: str
    statements: list[TracedStatement] = field(default_factory=list)


class _Recorder:
    """Listens to one engine, whose connections any thread may use."""

    def __init__(self, file: TraceFile) -> None:
        self._file = file
        self._key = f"colonnade_trace_{id(self)}"
        self._run = secrets.token_hex(4)  # numbers of several processes are told apart
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    @property
    def listeners(self) -> Mapping[str, Any]:
        """What listens, by the event of SQLAlchemy's."""
        return {
            "begin": self._begin,
            "begin_twophase": self._begin,
            "after_cursor_execute": self._executed,
            "rollback_savepoint": self._rolled_back_to,
            "commit": self._committed,
            "commit_twophase": self._committed,
            "rollback": self._rolled_back,
            "rollback_twophase": self._rolled_back,
        }

    def _begin(self, connection: Connection, *_: object) -> None:
        connection.info[self._key] = self._new()

    def _executed(
        self,
        connection: Connection,
        cursor: object,
        statement: str,
        parameters: Mapping[str, object] | Sequence[object],
        context: object,
        executemany: bool,
    ) -> None:
        del cursor, context
        given = parameters[0] if executemany and isinstance(parameters, Sequence) else parameters
        found = TracedStatement(
            sql=numbered(statement, given, style=connection.dialect.paramstyle),  # type: ignore[arg-type]
            at=call_site() or Span(path=""),
            unit=_UNIT.get() or os.environ.get(_PYTEST, "").rpartition(" (")[0],
        )
        if _commits_by_itself(connection):
            self._write([found])
            return
        opened = connection.info.setdefault(self._key, self._new())  # it may have begun before anybody listened
        opened.statements.append(replace(found, transaction=opened.transaction))

    def _rolled_back_to(self, connection: Connection, name: str, context: object) -> None:
        """Mark what was sent since a savepoint was made; the event of its making does not say its name."""
        del context
        opened: _Open | None = connection.info.get(self._key)
        sent = opened.statements if opened else []
        made = [number for number, each in enumerate(sent) if each.sql == f"SAVEPOINT {name}"]
        for number in range(made[-1], len(sent)) if made else ():
            sent[number] = replace(sent[number], kept=False)

    def _committed(self, connection: Connection, *_: object) -> None:
        self._write(self._ended(connection))

    def _rolled_back(self, connection: Connection, *_: object) -> None:
        self._write([replace(each, kept=False) for each in self._ended(connection)])

    def _ended(self, connection: Connection) -> list[TracedStatement]:
        opened: _Open | None = connection.info.pop(self._key, None)
        return opened.statements if opened else []

    def _new(self) -> _Open:
        return _Open(f"{self._run}-{next(self._numbers)}")

    def _write(self, statements: Sequence[TracedStatement]) -> None:
        if statements:
            with self._lock:
                self._file.write(statements)


def _commits_by_itself(connection: Connection) -> bool:
    """Whether the driver commits each statement; what SQLAlchemy calls a transaction is none then."""
    return bool(getattr(connection.connection.dbapi_connection, "autocommit", False))
