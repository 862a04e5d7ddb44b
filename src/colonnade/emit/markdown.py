"""Pieces of GitHub's Markdown; whatever a spec calls a thing, it stays text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

_MEANT = re.compile(r"([\\`*\[\]|~])")
_LEADING = re.compile(r"^([#>+-]|\d+[.)])")


def text(words: str) -> str:
    """Return words on one line in which nothing is markup: no HTML, no link, no emphasis, no end of a cell."""
    line = _MEANT.sub(r"\\\1", escape(" ".join(words.split()), quote=False))
    line = re.sub(r"(?<!\w)_|_(?!\w)", r"\\_", line)
    return _LEADING.sub(r"\\\1", line)


def code(words: str) -> str:
    """Return words as code on one line, as a cell of a table may hold it."""
    line = " ".join(words.split())
    if not line:
        return ""
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence = "`" * (longest + 1)
    room = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{room}{line}{room}{fence}".replace("|", "\\|")


def block(words: str, *, language: str = "") -> Iterator[str]:
    """Yield the lines of a fenced block."""
    longest = max((len(run) for run in re.findall("`{3,}", words)), default=2)
    fence = "`" * (longest + 1)
    yield f"{fence}{language}"
    yield words.strip("\n")
    yield fence
    yield ""


def link(label: str, target: str) -> str:
    """Return a link; the label is Markdown already."""
    return f"[{label}]({target})"


def table(titles: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = ()) -> Iterator[str]:
    """Yield a table; cells are Markdown already. Columns in `right` hold numbers."""
    yield "| " + " | ".join(titles) + " |"
    yield "|" + "|".join("---:" if title in right else "---" for title in titles) + "|"
    yield from ("| " + " | ".join(row) + " |" for row in rows)
    yield ""


def folded(summary: str, lines: Iterable[str], *, unfolded: bool = False) -> Iterator[str]:
    """Yield lines that a reader opens; the summary is HTML already."""
    yield f"<details{' open' if unfolded else ''}><summary>{summary}</summary>"
    yield ""
    yield from lines
    yield "</details>"
    yield ""


def mark(anchor: str) -> str:
    """Return an empty place that links lead to."""
    return f'<a id="{anchor}"></a>'


def page(lines: Iterable[str]) -> str:
    """Return a document, without more than one empty line in a row outside of code."""
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).rstrip() + "\n"


def anchors(texts: Iterable[str]) -> dict[str, str]:
    """Return an anchor for each text, each another one: letters, digits, `_` and `-` only."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for each in dict.fromkeys(texts):
        plain = re.sub(r"[^\w]+", "-", each.lower()).strip("-") or "it"
        anchor, number = plain, 2
        while anchor in taken:
            anchor, number = f"{plain}-{number}", number + 1
        taken.add(anchor)
        found[each] = anchor
    return found
