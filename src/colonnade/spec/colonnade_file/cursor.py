"""A reading position in a one-line text, which knows where each character stands in the file."""

from __future__ import annotations

import re

from colonnade.errors import SpecError
from colonnade.span import Span
from colonnade.spec.document import Node

_WORD = re.compile(r"[^\W\d]\w*")
_BARE = re.compile(r"\S+")
_SPACE = re.compile(r"\s*")


class Cursor:
    """Reads a scalar's text from left to right; a part of it keeps the places of the whole."""

    def __init__(self, node: Node, start: int = 0, end: int | None = None) -> None:
        """Read `node.text[start:end]`."""
        self.node = node
        self.position = start
        self.limit = len(node.text) if end is None else end

    @property
    def rest(self) -> str:
        """What is still unread."""
        return self.node.text[self.position : self.limit]

    @property
    def done(self) -> bool:
        """Whether nothing but space is left."""
        return not self.rest.strip()

    def span(self, start: int, end: int | None = None) -> Span:
        """Where characters of the whole text stand in the file."""
        return self.node.span_of(start, end)

    def error(self, message: str, *, start: int | None = None, end: int | None = None, hint: str = "") -> SpecError:
        """Return an error at the position, or at the characters given."""
        first = self.position if start is None else start
        return SpecError(message, at=self.span(first, end), hint=hint)

    def skip_space(self) -> bool:
        """Pass over white space; tell whether there was some."""
        match = _SPACE.match(self.node.text, self.position, self.limit)
        before = self.position
        self.position = match.end() if match else self.position
        return self.position > before

    def peek(self, text: str) -> bool:
        """Tell whether the text comes next."""
        return self.rest.startswith(text)

    def take(self, text: str) -> bool:
        """Pass over the text if it comes next; tell whether it did."""
        if not self.peek(text):
            return False
        self.position += len(text)
        return True

    def word(self) -> str:
        """Pass over a word and return it; the empty text when none comes next."""
        return self._match(_WORD)

    def bare(self) -> str:
        """Pass over everything up to the next white space and return it."""
        return self._match(_BARE)

    def quoted(self) -> str | None:
        """Pass over a text in single or double quotes and return it; a doubled quote stands for one.

        None when no quote comes next. Raises SpecError when it does not end.
        """
        quote = self.rest[:1]
        if quote not in ("'", '"'):
            return None
        start = self.position
        parts: list[str] = []
        self.position += 1
        while (close := self.node.text.find(quote, self.position, self.limit)) >= 0:
            parts.append(self.node.text[self.position : close])
            self.position = close + 1
            if not self.peek(quote):
                return quote.join(parts)
            self.position += 1
        self.position = start
        raise self.error("the quoted text does not end", hint=f"Close it with {quote}.")

    def group(self, opening: str, closing: str) -> Cursor | None:
        """Pass over a group in brackets and return a cursor on what it holds; None when none comes next.

        Inner brackets of the same kind nest; quoted text hides them. Raises SpecError when it does not end.
        """
        if not self.peek(opening):
            return None
        start = self.position
        depth = 0
        while self.position < self.limit:
            character = self.node.text[self.position]
            if character in ("'", '"'):
                self.quoted()
                continue
            depth += {opening: 1, closing: -1}.get(character, 0)
            self.position += 1
            if depth == 0:
                return Cursor(self.node, start + 1, self.position - 1)
        self.position = start
        raise self.error(
            f'"{opening}" is not closed',
            hint=f'Close it with "{closing}"; in braces and brackets, quote a text with commas.',
        )

    def split(self, separator: str) -> list[Cursor]:
        """Return cursors on the parts between separators, without outer space; quoted text hides separators."""
        parts: list[Cursor] = []
        start = self.position
        while self.position < self.limit:
            if self.rest[0] in ("'", '"'):
                self.quoted()
            elif self.peek(separator):
                parts.append(self._trimmed(start, self.position))
                self.position += len(separator)
                start = self.position
            else:
                self.position += 1
        return [*parts, self._trimmed(start, self.limit)]

    def _trimmed(self, start: int, end: int) -> Cursor:
        text = self.node.text[start:end]
        return Cursor(
            self.node, start + len(text) - len(text.lstrip()), max(start, end - len(text) + len(text.rstrip()))
        )

    def _match(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.node.text, self.position, self.limit)
        if not match:
            return ""
        self.position = match.end()
        return match[0]
