"""SQL text as tokens: names, words and punctuation told apart from strings and comments."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from colonnade.sql.identifier import NOT_FUNCTIONS, RESERVED

TokenKind = Literal["space", "comment", "string", "dollar", "quoted", "word", "number", "symbol"]

# Postgres takes every character beyond ASCII for a letter, also combining marks, spaces and digits of other scripts;
# so says its src/backend/parser/scan.l.
_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\n\r\f\v]+)
    | (?P<comment>--[^\n]* | /\*)
    | (?P<string>\b[eE]'(?:[^'\\]|\\.|'')*' | (?:\b[bBxXnN]|\b[uU]&)?'(?:[^']|'')*')
    | (?P<quoted>(?:\b[uU]&)?"(?:[^"]|"")*")
    | (?P<dollar>(?<![A-Za-z0-9_$\x80-\U0010ffff])
        \$(?P<tag>(?:[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*)?)\$.*?\$(?P=tag)\$)
    | (?P<number>[0-9][0-9_]*(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)
    | (?P<word>[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*)
    | (?P<symbol>::|.)
    """,
    re.VERBOSE | re.DOTALL,
)
# A parenthesis, or what may hold one that does not count.
_PARENTHESIS = re.compile(
    r"""[()] | \b[eE]'(?:[^'\\]|\\.|'')*' | '[^']*' | "[^"]*" | (?<![\w$])\$((?:[^\W\d]\w*)?)\$.*?\$\1\$""",
    re.VERBOSE | re.DOTALL,
)
# The same question for what is nested three deep at most: most of what a catalog prints, in one step.
_PLAIN = r"""[^()'"$]++|'[^']*+'|"[^"]*+\""""
_WRAPPED = re.compile(rf"\((?:{_PLAIN}|\((?:{_PLAIN}|\((?:{_PLAIN})*+\))*+\))*+\)")
# Postgres folds ASCII only in a multi-byte encoding.
_FOLD = {ord(upper): upper.lower() for upper in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_COMMENT_EDGE = re.compile(r"/\*|\*/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token as written, and where it starts."""

    kind: TokenKind
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where the next token starts."""
        return self.start + len(self.text)

    @property
    def name(self) -> str:
        """The identifier that it stands for, folded and unquoted; empty for what is none."""
        if self.kind == "word":
            return self.text.translate(_FOLD)
        if self.kind == "quoted" and self.text.startswith('"'):
            return self.text[1:-1].replace('""', '"')
        return ""

    def is_word(self, word: str) -> bool:
        """Tell whether it is this word, unquoted; `word` in lower case."""
        return self.kind == "word" and self.text.lower() == word


def tokens(text: str) -> Iterator[Token]:
    """Yield every token, spaces and comments included: their texts joined are the text."""
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        assert match is not None  # noqa: S101 - the last alternative matches any character
        end = _comment_end(text, position) if match[0] == "/*" else match.end()
        yield Token(kind=_kind(match), text=text[position:end], start=position)
        position = end


@functools.lru_cache(maxsize=10_000)  # a schema has few types and defaults, each many times
def names(text: str) -> frozenset[str]:
    """Return every name in the text, folded as Postgres does; strings and bare reserved words are left out."""
    found = (token for token in tokens(text) if token.name)
    return frozenset(token.name for token in found if token.kind == "quoted" or token.name not in RESERVED)


def relations_read(text: str) -> tuple[str, ...]:
    """Return the last part of each name that follows FROM or JOIN, each once, in order."""
    found: dict[str, None] = {}
    parts = [token for token in tokens(text) if token.kind not in ("space", "comment")]
    for place, token in enumerate(parts):
        if not (token.is_word("from") or token.is_word("join")):
            continue
        last = place + 1
        while last + 2 < len(parts) and parts[last + 1].text == ".":
            last += 2
        if last < len(parts) and parts[last].name:
            found[parts[last].name] = None
    return tuple(found)


def split_list(text: str) -> tuple[str, ...]:
    """Return the parts between the commas that stand in no parentheses, without outer spaces."""
    parts: list[str] = []
    depth = start = 0
    for token in tokens(text):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0) if token.kind == "symbol" else 0
        if depth == 0 and token.kind == "symbol" and token.text == ",":
            parts.append(text[start : token.start].strip())
            start = token.end
    return (*parts, text[start:].strip())


def without_parentheses(text: str) -> str:
    """Return the text without one pair of parentheses around the whole of it, if there is one."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    if "\\" not in text and _WRAPPED.fullmatch(text):
        return text[1:-1]
    depth = 0
    for match in _PARENTHESIS.finditer(text):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if depth == 0 and match.end() < len(text):
            return text
    return text[1:-1]


def is_call(text: str) -> bool:
    """Tell whether the text is nothing but a function call, which needs no parentheses as an index key."""
    parts = [token for token in tokens(text) if token.kind not in ("space", "comment")]
    opening = next((position for position, token in enumerate(parts) if token.text == "("), 0)
    dots = [token.text == "." for token in parts[1:opening:2]]
    named = parts[:opening:2]
    return (
        opening % 2 == 1
        and all(dots)
        and all(token.name for token in named)
        and not any(token.kind == "word" and token.name in RESERVED | NOT_FUNCTIONS for token in named)
        and without_parentheses(text[parts[opening].start :].strip()) != text[parts[opening].start :].strip()
    )


def _kind(match: re.Match[str]) -> TokenKind:
    kind = match.lastgroup
    # The tag of a dollar-quoted string is a group of its own inside its token.
    return "dollar" if kind == "tag" else kind  # type: ignore[return-value] # lastgroup is typed str | None


def _comment_end(text: str, start: int) -> int:
    """Return where a block comment ends; in Postgres they nest."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, start):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)
