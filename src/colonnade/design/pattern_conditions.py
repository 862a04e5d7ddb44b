"""The fixed condition of an access pattern: its parts, which of them an index can hold, which are ranges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from colonnade.sql.tokens import Token, tokens

_KEYWORD_LIST = (
    "and or not is null true false in between like ilike array any all distinct from case when then else end"
)
_KEYWORDS = frozenset(_KEYWORD_LIST.split())
_IMMUTABLE = frozenset(("lower", "upper", "length", "char_length", "coalesce", "nullif", "abs", "btrim"))
_PLAIN_TYPES = frozenset(("text", "integer", "bigint", "smallint", "numeric", "boolean", "uuid"))
_RANGES = frozenset(("<", "<=", ">", ">="))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the conditions that all have to hold, over the columns of one table.

    `constant` says that its truth depends on the row alone, so an index may be limited to it;
    `range_column` is the column that a `column < expression` bounds, "" for any other form.
    """

    text: str
    columns: tuple[str, ...]
    constant: bool
    range_column: str = ""


def renamed(text: str, name_of: Callable[[str], str | None]) -> str:
    """Return an expression with each name, dotted ones whole, replaced by what `name_of` gives.

    Names for which it gives None stay, as do function names and everything in strings.
    """
    parts = [token for token in tokens(text) if token.kind != "comment"]
    done: list[str] = []
    position = 0
    while position < len(parts):
        size = _dotted(parts, position)
        called = _next_symbol(parts, position + size) == "("
        name = "".join(token.name or "." for token in parts[position : position + size])
        new = name_of(name) if size and not called else None
        size = max(size, 1)
        done.append(new if new is not None else "".join(token.text for token in parts[position : position + size]))
        position += size
    return "".join(done)


def parts_of(text: str, columns: frozenset[str]) -> tuple[Part, ...]:
    """Return the parts of a condition over these columns that are joined by AND at the top."""
    return tuple(_part(part, columns) for part in _conjuncts(text))


def _dotted(parts: Sequence[Token], start: int) -> int:
    """Return how many tokens make the dotted name that starts here; 0 when none does."""
    if not parts[start].name or (start and parts[start - 1].text == "."):
        return 0
    size = 1
    while (
        start + size + 1 < len(parts)
        and parts[start + size].text == "."
        and (parts[start + size + 1].name or parts[start + size + 1].text == "*")
    ):
        size += 2
    return size


def _next_symbol(parts: Sequence[Token], start: int) -> str:
    return next((token.text for token in parts[start:] if token.kind != "space"), "")


def _conjuncts(text: str) -> list[str]:
    """Split at the ANDs that stand in no parentheses, CASE or BETWEEN; not at all beside an OR."""
    found: list[str] = []
    depth = start = between = 0
    for token in tokens(text):
        word = token.text.lower() if token.kind == "word" else ""
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0) + {"case": 1, "end": -1}.get(word, 0)
        if depth:
            continue
        if word == "or":
            return [text.strip()]
        between += word == "between"
        if word == "and" and between:
            between -= 1
        elif word == "and":
            found.append(text[start : token.start].strip())
            start = token.end
    return [*found, text[start:].strip()]


def _part(text: str, columns: frozenset[str]) -> Part:
    plain = [token for token in tokens(text) if token.kind not in {"space", "comment"}]
    named = tuple(dict.fromkeys(token.name for token in plain if token.name in columns))
    return Part(text=text, columns=named, constant=_constant(plain, columns), range_column=_bounded(plain, columns))


def _constant(plain: Sequence[Token], columns: frozenset[str]) -> bool:
    """Tell whether nothing but columns, literals and functions of these alone occurs."""
    allowed = columns | _KEYWORDS | _IMMUTABLE
    for place, token in enumerate(plain):
        cast = place > 0 and plain[place - 1].text == "::"
        if cast and token.name not in _PLAIN_TYPES:
            return False
        if token.name and not cast and token.name not in allowed:
            return False
        if token.text == "$" or token.kind == "dollar":
            return False
    return True


def _bounded(plain: Sequence[Token], columns: frozenset[str]) -> str:
    """Return the column of `column < expression` or `expression < column`, whose other side has no column."""
    operator, place = "", 0
    for index, token in enumerate(plain):
        if token.kind == "symbol" and token.text in "<>=!":
            operator, place = operator + token.text, place or index
    if operator not in _RANGES:
        return ""
    left, right = plain[:place], plain[place + len(operator) :]
    for side, other in ((left, right), (right, left)):
        if len(side) == 1 and side[0].name in columns and not any(token.name in columns for token in other):
            return side[0].name
    return ""
