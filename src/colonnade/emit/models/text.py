"""Texts as Python string literals and docstrings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from colonnade.emit.models.letters import escaped, is_plain, is_simple, longest_width, width

WIDTH = 88

_PLAIN_PUNCTUATION = {
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": "'",
    "\u201d": "'",
    "\u2010": "-",
    "\u2011": "-",
    "\u2013": "-",
    "\u2014": "-",
    "\u2212": "-",
    "\u2026": "...",
    "\u00a0": " ",
    "\u00d7": "x",
}


def quoted(value: str) -> str:
    """Return the text as one string literal, in the quotes that need fewer escapes."""
    mark = "'" if value.count('"') > value.count("'") else '"'
    return mark + escaped(value).replace(mark, f"\\{mark}") + mark


def pieces(value: str, *, room: int) -> list[str]:
    """Return the text cut so that each piece fits between quotes, after a space or line end if possible."""
    found: list[str] = []
    rest = value
    while width(quoted(rest)) - 2 > room or "\n" in rest[:-1]:
        cut = _cut(rest, room)
        found.append(rest[:cut])
        rest = rest[cut:]
    return [*found, rest] if rest or not found else found


def block(text: str, *, indent: int) -> list[str]:
    """Return the text as the lines of a docstring: first sentence, empty line, the rest."""
    margin = " " * indent
    room = WIDTH - indent
    plain = plain_text(text)
    if width(escaped(plain)) + 6 <= room:
        return [f'{margin}"""{_docstring(plain)}"""']
    summary, rest = _first_sentence(plain)
    # A summary that fills one line exactly is broken all the same: the closing quotes would join it.
    lines = [*_wrapped(summary, room - 3 if rest else room - 6)]
    lines += ["", *_wrapped(rest, room)] if rest else []
    opening, *others = lines
    return [
        f'{margin}"""{_docstring(opening)}',
        *(f"{margin}{_docstring(line)}" if line else "" for line in others),
        f'{margin}"""',
    ]


def plain_text(text: str) -> str:
    """Return the text as one sentence or more on one line, with ASCII punctuation."""
    joined = " ".join("".join(_PLAIN_PUNCTUATION.get(char, char) for char in text).split())
    unquoted = "'" + joined[1:] if joined.startswith('"') else joined
    return unquoted if unquoted.endswith((".", "!", "?")) else f"{unquoted}."


def stands_as_it_is(text: str) -> bool:
    """Whether the text can stand between triple quotes without any escape."""
    return '"""' not in text and not text.endswith('"') and all(char == "\n" or is_plain(char) for char in text)


def _docstring(line: str) -> str:
    """Return a line as it stands in a docstring."""
    return escaped(line).replace('"""', "'''")


def _wrapped(text: str, room: int) -> Iterator[str]:
    """Give the lines of a text, none wider than the room."""
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if _widest(joined) <= room:
            line = joined
            continue
        if line:
            yield line
        line = word
        while _widest(line) > room:
            cut = _cut(line, room)
            yield line[:cut]
            line = line[cut:]
    yield line


def _widest(text: str) -> int:
    return len(text) if is_simple(text) else sum(map(longest_width, text))


def _first_sentence(text: str) -> tuple[str, str]:
    """Split a text after its first sentence."""
    found = re.search(r"(?<=[.!?])\s+", text)
    return (text[: found.start()], text[found.end() :]) if found else (text, "")


def _cut(text: str, room: int) -> int:
    """Return where to cut the first piece that fits."""
    size, best = 0, 0
    for position, char in enumerate(text):
        size += 2 if char in "\"'" else longest_width(char)
        if size > room:
            return best or max(1, position)
        if char == "\n":
            return position + 1
        if char == " ":
            best = position + 1
    return best or len(text)
