"""A place in a file, with the words that stand there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a source document; every fact of a spec and every finding carries one.

    `path` is as the user named it, `line` and `column` count from 1, `quote` is the words at that
    place, shortened to one line. `pointer` in a JSON document is quoted when there is no better text.
    """

    path: str
    line: int = 1
    column: int = 1
    quote: str = ""

    def __str__(self) -> str:
        """Return `path:line:column`, which editors turn into a link."""
        return f"{self.path}:{self.line}:{self.column}"
