"""Comments in a source that answer for a finding: `colonnade: ignore[PL101] reason`, also with `until = 2027-01-31`."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath

from colonnade.span import Span
from colonnade.sql.script import split_script
from colonnade.sql.tokens import tokens

_MARK = re.compile(r"colonnade:\s*ignore(?:\[(?P<codes>[^\]]*)\])?(?P<reason>.*)", re.DOTALL)
_UNTIL = re.compile(r"\buntil\s*=\s*(\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """The lines that a comment answers for, both included, and the codes of the faults that it knows.

    `alone` says that the comment has its line to itself; `column` counts from 1; `source_line` is the whole line.
    """

    path: str
    line: int
    column: int
    codes: tuple[str, ...]
    reason: str
    first_line: int
    last_line: int
    source_line: str
    until: date | None = None
    alone: bool = True

    @property
    def at(self) -> Span:
        """Where it stands."""
        return Span(path=self.path, line=self.line, column=self.column)

    def covers(self, place: Span) -> bool:
        """Tell whether a place lies in its lines."""
        return place.path == self.path and self.first_line <= place.line <= self.last_line


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comment:
    text: str
    line: int
    column: int
    alone: bool


def suppressions(text: str, *, path: str) -> tuple[Suppression, ...]:
    """Return the suppressions of a Python or SQL source, or of an `.ini` file.

    One covers the statement of its line, or when it stands alone the next one; on a `def` or `class` line all of that.
    """
    if "colonnade:" not in text:
        return ()
    find_comments, find_extents = _READERS.get(PurePath(path).suffix, (_sql_comments, _sql_extents))
    comments, extents = list(find_comments(text)), list(find_extents(text))
    lines = text.split("\n")
    found: list[Suppression] = []
    for comment in comments:
        mark = _MARK.search(comment.text)
        if mark is None:
            continue
        first, last = _covered(comment, extents)
        until = _UNTIL.search(mark["reason"])
        found.append(
            Suppression(
                path=path,
                line=comment.line,
                column=comment.column,
                codes=tuple(code.strip() for code in (mark["codes"] or "").split(",") if code.strip()),
                reason=_UNTIL.sub("", mark["reason"]).removesuffix("*/").strip(" ,;."),
                first_line=first,
                last_line=last,
                until=_date(until[1]) if until else None,
                alone=comment.alone,
                source_line=lines[comment.line - 1],
            )
        )
    return tuple(found)


def _date(text: str) -> date:
    """Return the date; one that the calendar does not know has passed."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.min


def _covered(comment: _Comment, extents: list[tuple[int, int]]) -> tuple[int, int]:
    """Return the lines of the largest statement that begins where the comment looks, else of the least around it."""
    line = comment.line
    if comment.alone:
        line = min((first for first, _ in extents if first > line), default=line)
    starting = [extent for extent in extents if extent[0] == line]
    around = [extent for extent in extents if extent[0] <= line <= extent[1]]
    if starting:
        return max(starting, key=lambda extent: extent[1])
    return min(around, key=lambda extent: extent[1] - extent[0]) if around else (line, line)


def _sql_comments(text: str) -> Iterator[_Comment]:
    for token in tokens(text):
        if token.kind == "comment":
            start = text.rfind("\n", 0, token.start) + 1
            line = text.count("\n", 0, token.start) + 1
            before = text[start : token.start]
            yield _Comment(text=token.text, line=line, column=token.start - start + 1, alone=not before.strip())


def _sql_extents(text: str) -> Iterator[tuple[int, int]]:
    for statement in split_script(text):
        yield statement.line, statement.line + statement.text.count("\n")


def _python_comments(text: str) -> Iterator[_Comment]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                line, column = token.start
                yield _Comment(text=token.string, line=line, column=column + 1, alone=not token.line[:column].strip())
    except (tokenize.TokenError, SyntaxError):
        return  # what cannot be read cannot be run either, and that is reported


def _python_extents(text: str) -> Iterator[tuple[int, int]]:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            yield node.lineno, node.end_lineno or node.lineno


def _ini_comments(text: str) -> Iterator[_Comment]:
    """Yield the comments of an `.ini` file, which have a line to themselves."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.lstrip().startswith(_INI_MARKS):
            yield _Comment(text=line, line=number, column=len(line) - len(line.lstrip()) + 1, alone=True)


def _ini_extents(text: str) -> Iterator[tuple[int, int]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip() and not line.lstrip().startswith(_INI_MARKS):
            yield number, number


_INI_MARKS = ("#", ";")
_READERS = {".py": (_python_comments, _python_extents), ".ini": (_ini_comments, _ini_extents)}
