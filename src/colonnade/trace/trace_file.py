"""Traces as files: a line of JSON that says what it is, and one for each statement."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from colonnade.errors import InputError, OutputError
from colonnade.span import Span
from colonnade.trace.statement import TracedStatement

_HEADER = "colonnade_trace"
_VERSION = 1
_HINT = "Record it with colonnade.trace.record(engine, path)."


class TraceFile:
    """A trace that is being written; statements reach the disk as their transactions end."""

    def __init__(self, path: Path) -> None:
        """Write to a path, over what may be there; raises OutputError when it cannot be."""
        self._path = path
        try:
            self._file: TextIO = os.fdopen(
                os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
            )
        except OSError as error:
            raise OutputError(f'cannot write "{path}"', detail=f"The system says: {error.strerror}.") from error
        self._put([{_HEADER: _VERSION}])

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self._file.close()

    def write(self, statements: Iterable[TracedStatement]) -> None:
        """Write statements; raises OutputError when that cannot be."""
        self._put(
            {
                "sql": each.sql,
                "path": each.at.path,
                "line": each.at.line,
                "unit": each.unit,
                "transaction": each.transaction,
                "kept": each.kept,
            }
            for each in statements
        )

    def _put(self, values: Iterable[Mapping[str, object]]) -> None:
        try:
            self._file.writelines(json.dumps(each, ensure_ascii=False) + "\n" for each in values)
            self._file.flush()
        except OSError as error:
            raise OutputError(f'cannot write "{self._path}"', detail=f"The system says: {error.strerror}.") from error


def read_trace(path: str | Path) -> tuple[TracedStatement, ...]:
    """Read a recorded trace; raises InputError with the line of what is none."""
    try:
        with Path(path).open(encoding="utf-8") as file:
            lines = list(file)  # other than splitlines() it takes no character of a statement for the end of a line
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f'"{path}" cannot be read', detail=f"{error}.", hint=_HINT) from error
    head = _value(lines[0], path, 1) if lines else {}
    if head.get(_HEADER) != _VERSION:
        known = f"It is of version {head[_HEADER]}." if _HEADER in head else "Its first line does not say so."
        raise InputError(f'"{path}" is no trace that is read here', at=Span(path=str(path)), detail=known, hint=_HINT)
    return tuple(_statement(line, path, number) for number, line in enumerate(lines[1:], start=2))


def _statement(line: str, path: str | Path, number: int) -> TracedStatement:
    found = _value(line, path, number)
    match found:
        case {
            "sql": str(sql),
            "path": str(place),
            "line": int(at),
            "unit": str(unit),
            "transaction": str(transaction),
            "kept": bool(kept),
        }:
            span = Span(path=place, line=at) if place else Span(path=str(path), line=number)
            return TracedStatement(sql=sql, at=span, unit=unit, transaction=transaction, kept=kept)
    raise _no_statement(path, number)


def _value(line: str, path: str | Path, number: int) -> Mapping[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise _no_statement(path, number) from error
    if not isinstance(found, dict):
        raise _no_statement(path, number)
    return found


def _no_statement(path: str | Path, number: int) -> InputError:
    return InputError(
        "the line is no statement of a trace",
        at=Span(path=str(path), line=number),
        hint="What was killed while it wrote leaves half a line: take it out, or record anew." if number > 1 else _HINT,
    )
