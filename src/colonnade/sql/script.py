"""A script split into its statements, each with the line it starts on."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      (?P<space>\s+ | --[^\n]*)
    | (?P<comment>/\*)
    | (?P<escape>\b[eE]'(?:[^'\\]|\\.|'')*')
    | (?P<string>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<dollar>(?<![\w$])\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<end>;)
    | (?P<sends>\\(?:g(?:x|set|exec|desc)?|crosstabview|watch)\b)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptStatement:
    """One statement of a script, without its semicolon; `line` counts from 1, `offset` from 0.

    `unless` is a query that stands before it in the script: where it says yes, the statement is passed over.
    """

    text: str
    line: int
    offset: int
    unless: ScriptStatement | None = None

    @property
    def is_command(self) -> bool:
        """Whether it is a command to psql, which the server does not know."""
        return self.text.startswith("\\")

    def line_of(self, position: int) -> int:
        """Return the script's line of a character of this statement, counted from 1 as Postgres does."""
        return self.line + self.text.count("\n", 0, max(0, position - 1))


def split_script(text: str) -> tuple[ScriptStatement, ...]:
    r"""Return the statements of a script as psql would send them; comments between them are dropped.

    A semicolon ends a statement unless it stands in a string, a quoted name, a comment, parentheses
    (`CREATE RULE`) or an SQL-standard function body (`BEGIN ATOMIC … END`). A backslash where a statement could
    begin is a command to psql itself, which ends with its line; one that sends a statement (`\gset`) ends that, too.
    """
    found: list[ScriptStatement] = []
    lines = _Lines(text)
    start: int | None = None
    nesting = _Nesting()
    position = 0
    while position < len(text):
        if start is None and text[position] == "\\":
            end = _line_end(text, position)
            found.append(lines.statement(position, end))
            position = end
            continue
        token = _TOKEN.match(text, position)
        assert token is not None  # noqa: S101 - the last alternative matches any character
        end = _comment_end(text, position) if token["comment"] else token.end()
        if token["sends"] and start is not None:
            found.append(lines.statement(start, position))
            start, nesting, end = None, _Nesting(), position
        elif token["end"] and not nesting.inside:
            if start is not None:
                found.append(lines.statement(start, position))
            start, nesting = None, _Nesting()
        elif not token["space"] and not token["comment"]:
            start = position if start is None else start
            nesting.read(token[0], word=token["word"] is not None)
        position = end
    if start is not None:
        found.append(lines.statement(start, len(text)))
    return tuple(found)


class _Lines:
    """A script whose lines are counted on the way, from one statement to the next."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._line = 1
        self._counted = 0

    def statement(self, start: int, end: int) -> ScriptStatement:
        """Cut out a statement that comes after those before."""
        self._line += self._text.count("\n", self._counted, start)
        self._counted = start
        return ScriptStatement(text=self._text[start:end].rstrip(), line=self._line, offset=start)


def _line_end(text: str, start: int) -> int:
    """Return where the line ends."""
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _comment_end(text: str, start: int) -> int:
    """Return where a block comment ends; in Postgres they nest."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, start):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)


class _Nesting:
    """How deep the reader is in parentheses and in an SQL-standard function body."""

    def __init__(self) -> None:
        self._parentheses = 0
        self._blocks = 0
        self._previous = ""

    @property
    def inside(self) -> bool:
        """Whether a semicolon here does not end the statement."""
        return self._parentheses > 0 or self._blocks > 0

    def read(self, text: str, *, word: bool) -> None:
        """Take the next token of the statement."""
        if word:
            lower = text.lower()
            opens_body = lower == "atomic" and self._previous == "begin"
            if opens_body or (self._blocks and lower == "case"):
                self._blocks += 1
            elif self._blocks and lower == "end":
                self._blocks -= 1
            self._previous = lower
            return
        self._previous = ""
        self._parentheses += {"(": 1, ")": -1}.get(text, 0)
