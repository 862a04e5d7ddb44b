"""What revisions send, noted with the line of the revision that led to it."""

from __future__ import annotations

import functools
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from alembic.ddl.impl import DefaultImpl
from alembic.runtime.migration import RevisionStep
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

from colonnade.models.history.messages import EmittedStatement

# What env.py may do before the first revision: a schema, a setting.
_PRELUDE = re.compile(r"\s*(?:create|set)\b", re.IGNORECASE)
_VERSIONS = "alembic_version"

Way = tuple[str, bool]
"""A revision, and whether it is run forwards."""


class Recording:
    """The statements of each revision, each way, in the order in which revisions were run."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.statements: defaultdict[Way, list[EmittedStatement]] = defaultdict(list)
        self.order: list[Way] = []
        self.paths: dict[str, str] = {}
        self.current: Way | None = None
        self.prelude: list[str] = []
        self.unprintable: dict[str, Exception] | None = None
        self._transaction = 0
        self._open = False

    def install(self) -> None:
        """Note what is run, and what is printed instead, from now on."""
        self._watch_steps()
        self._watch_printing()
        event.listen(Engine, "begin", self._begin)
        event.listen(Engine, "before_cursor_execute", self._execute)

    def _watch_steps(self) -> None:
        original = RevisionStep.__init__

        def prepare(step: RevisionStep, *arguments: Any, **options: Any) -> None:
            original(step, *arguments, **options)
            step.migration_fn = self._within(step, step.migration_fn)

        RevisionStep.__init__ = prepare  # type: ignore[method-assign, assignment]

    def _within(self, step: RevisionStep, run: Callable[..., Any]) -> Callable[..., Any]:
        revision = step.revision

        @functools.wraps(run)  # Alembic prints its name
        def noted(**options: Any) -> Any:
            self.paths[revision.revision] = revision.path
            with self._step((revision.revision, step.is_upgrade)):
                try:
                    return run(**options)
                except Exception as problem:  # without a connection many a revision cannot go on; those after it may
                    if self.unprintable is None:
                        raise
                    self.unprintable[revision.revision] = problem

        return noted

    @contextmanager
    def _step(self, way: Way) -> Iterator[None]:
        self.current = way
        self.order.append(way)
        _ = self.statements[way]
        self._transaction += 1  # each revision is looked at by itself
        yield
        self.current = None  # stays set when the revision raises, so that it is known which one did

    def _watch_printing(self) -> None:
        original = DefaultImpl.static_output

        def static_output(printer: DefaultImpl, text: str) -> None:
            original(printer, text)
            sql = text.strip().removesuffix(";")
            if self.current is None:
                return
            if sql in ("BEGIN", "COMMIT") and not _from_user(self.paths[self.current[0]]):
                self._open = sql == "BEGIN"
                self._transaction += 1
            else:
                self._note(sql, self._transaction if self._open else None)

        DefaultImpl.static_output = static_output  # type: ignore[method-assign, assignment]

    def print_only(self) -> None:
        """Say that nothing is run: what is printed is in a transaction, and what cannot be printed is left."""
        self._open = True
        self.unprintable = {}

    def _begin(self, _: Connection) -> None:
        self._transaction += 1

    def _execute(self, connection: Connection, _: Any, sql: str, parameters: Any, __: Any, many: bool) -> None:
        if self.current is None:
            if not self.order and _PRELUDE.match(sql) and _VERSIONS not in sql:
                self.prelude.append(sql)
            return
        raw = connection.connection.dbapi_connection
        transaction = None if getattr(raw, "autocommit", False) else self._transaction
        for values in parameters if many else (parameters,):
            self._note(_inlined(connection, sql, values), transaction)

    def _note(self, sql: str, transaction: int | None) -> None:
        assert self.current is not None  # noqa: S101 - asked before
        line = line_of(self.paths[self.current[0]])
        self.statements[self.current].append(EmittedStatement(sql=sql, line=line, transaction=transaction))


def _inlined(connection: Connection, sql: str, values: Any) -> str:
    """Return the statement with its values as literals, as the driver itself writes them."""
    raw = connection.connection.dbapi_connection
    module: Any = connection.dialect.dbapi
    driver = getattr(module, "psycopg", module)  # what the asynchronous one wraps
    if connection.dialect.is_async:
        cursor = driver.AsyncClientCursor(getattr(raw, "driver_connection", raw))
    else:
        cursor = driver.ClientCursor(raw)
    return str(cursor.mogrify(sql, values))


def _frames() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the only cheap way to the stack
    while frame is not None:
        yield frame
        frame = frame.f_back


def line_of(path: str) -> int:
    """Return the innermost line of a file on the stack that does not stand aside; 1 where there is none."""
    return next(
        (frame.f_lineno for frame in _frames() if frame.f_code.co_filename == path and not stands_aside(frame)), 1
    )


def stands_aside(frame: FrameType) -> bool:
    """Tell whether a function only passes on what its caller asks for, and says so as pytest wants it."""
    return bool(frame.f_locals.get("__tracebackhide__"))


def _from_user(path: str) -> bool:
    """Tell whether the revision itself asks for what is printed, and not Alembic around a block of it."""
    for frame in _frames():
        if frame.f_code.co_filename == path:
            return True
        if frame.f_code.co_name in ("emit_begin", "emit_commit"):
            return False
    return False
