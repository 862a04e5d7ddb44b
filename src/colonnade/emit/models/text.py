"""Texts as Python string literals and docstrings."""

from __future__ import annotations

import re
import textwrap
import unicodedata

WIDTH = 88

_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}
_PLAIN_PUNCTUATION = {
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u2010": "-",
    "\u2011": "-",
    "\u2013": "-",
    "\u2014": "-",
    "\u2212": "-",
    "\u2026": "...",
    "\u00a0": " ",
    "\u00d7": "x",
}
# Letters that no linter takes for an ASCII one: accented Latin, and the East Asian scripts.
_UNMISTAKABLE = re.compile(
    r"[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u0130\u0132-\u017e\u3041-\u3096\u30a1-\u30d8\u4e00-\u9fff\uac00-\ud7a3]"
)


def quoted(value: str) -> str:
    """Return the text as one string literal, in the quotes that need fewer escapes."""
    mark = "'" if value.count('"') > value.count("'") else '"'
    return mark + "".join("\\" + char if char == mark else _escaped(char) for char in value) + mark


def pieces(value: str, *, room: int) -> list[str]:
    """Return the text cut so that each piece fits between quotes, after a space or line end if possible."""
    found: list[str] = []
    rest = value
    while len(quoted(rest)) - 2 > room or "\n" in rest[:-1]:
        cut = _cut(rest, room)
        found.append(rest[:cut])
        rest = rest[cut:]
    return [*found, rest] if rest or not found else found


def block(text: str, *, indent: int) -> list[str]:
    """Return the text as the lines of a docstring: first sentence, empty line, the rest."""
    margin = " " * indent
    room = WIDTH - indent
    plain = plain_text(text)
    if len(plain) + 6 <= room:
        return [f'{margin}"""{plain}"""']
    summary, rest = _first_sentence(plain)
    lines = textwrap.wrap(summary, room - 3) + (["", *textwrap.wrap(rest, room)] if rest else [])
    opening, *others = lines
    return [f'{margin}"""{opening}', *(f"{margin}{line}" if line else "" for line in others), f'{margin}"""']


def plain_text(text: str) -> str:
    """Return the text as one sentence or more for a docstring, with ASCII punctuation."""
    replaced = "".join(_PLAIN_PUNCTUATION.get(char, char) for char in text)
    words = " ".join(replaced.replace("\\", "\\\\").split())
    escaped = "".join(char if char.isascii() else _escaped(char) for char in words).replace('"""', "'''")
    unquoted = "'" + escaped[1:] if escaped.startswith('"') else escaped
    return unquoted if unquoted.endswith((".", "!", "?")) else f"{unquoted}."


def _first_sentence(text: str) -> tuple[str, str]:
    """Split a text after its first sentence."""
    found = re.search(r"(?<=[.!?])\s+", text)
    return (text[: found.start()], text[found.end() :]) if found else (text, "")


def _cut(text: str, room: int) -> int:
    """Return where to cut the first piece that fits."""
    size, best, position = 0, 0, 0
    for position, char in enumerate(text):
        size += max(len(_escaped(char)), 2 if char in "\"'" else 1)
        if size > room:
            return best or max(1, position)
        if char == "\n":
            return position + 1
        if char == " ":
            best = position + 1
    return best or len(text)


def _escaped(char: str) -> str:
    """Return one character as it stands in a literal."""
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isascii():
        return char if char.isprintable() else f"\\x{ord(char):02x}"
    if _UNMISTAKABLE.match(char) and unicodedata.is_normalized("NFC", char):
        return char
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def is_plain(text: str) -> bool:
    """Whether the text can stand between triple quotes just as it is."""
    return '"""' not in text and not text.endswith('"') and all(_escaped(char) in (char, "\\n") for char in text)
