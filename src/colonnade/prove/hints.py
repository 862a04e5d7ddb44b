"""What an SQL condition says about the values that could keep or break it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property

from colonnade.prove.regex_samples import like_as_regex
from colonnade.sql.tokens import Token, tokens

_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|(.))", re.DOTALL)
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_OPERATOR = frozenset("+-*/<>=~!@#%^&|`?")
_REGEX = {"~": False, "!~": False, "~*": True, "!~*": True}
_LIKE = {"~~": False, "!~~": False, "~~*": True, "!~~*": True, "like": False, "ilike": True}
_LONGEST_LENGTH = 200_000


@dataclass(frozen=True)
class Hints:
    """The literals of some conditions, in order: numbers, strings, and regular expressions apart."""

    numbers: tuple[Decimal, ...] = ()
    strings: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()

    def __add__(self, other: Hints) -> Hints:
        """Return the hints of both, each literal once."""
        return Hints(
            numbers=tuple(dict.fromkeys(self.numbers + other.numbers)),
            strings=tuple(dict.fromkeys(self.strings + other.strings)),
            patterns=tuple(dict.fromkeys(self.patterns + other.patterns)),
        )

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """The numbers that can be lengths, smallest first."""
        whole = {int(each) for each in self.numbers if each == each.to_integral_value()}
        return tuple(sorted(each for each in whole if 0 <= each <= _LONGEST_LENGTH))


def hints_of(expression: str) -> Hints:
    """Return the literals of one SQL expression."""
    numbers: list[Decimal] = []
    strings: list[str] = []
    patterns: list[str] = []
    previous: list[Token] = []
    calls_regex = "regexp_" in expression
    for token in tokens(expression):
        if token.kind in {"space", "comment"}:
            continue
        if token.kind == "number":
            numbers.append(_number(token.text, previous))
        elif token.kind in {"string", "dollar"}:
            text = string_value(token.text)
            pattern = _pattern(text, _operator(previous))
            if pattern is not None or calls_regex:
                patterns.append(text if pattern is None else pattern)
            else:
                strings.append(text)
                numbers += _numeric_text(text)
        previous.append(token)
    return Hints(
        numbers=tuple(dict.fromkeys(numbers)),
        strings=tuple(dict.fromkeys(strings)),
        patterns=tuple(dict.fromkeys(patterns)),
    )


def string_value(literal: str) -> str:
    """Return the text that a string literal stands for."""
    if literal.startswith("$"):
        opening = literal[: literal.index("$", 1) + 1]
        return literal[len(opening) : -len(opening)]
    body = literal[literal.index("'") + 1 : -1].replace("''", "'")
    return _ESCAPE.sub(_unescaped, body) if literal[0] in "eE" else body


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2] or escape[3]
    if code:
        return chr(int(code, 16))
    if escape[4]:
        return chr(int(escape[4], 8))
    return _CONTROLS.get(escape[5], escape[5])


def _number(text: str, previous: list[Token]) -> Decimal:
    """Return a number literal, negative when a sign and no operand stands before it."""
    value = Decimal(text.replace("_", ""))
    if not previous or previous[-1].text != "-":
        return value
    before = previous[-2].text if len(previous) > 1 else "("
    return -value if before in "(,[" or before[-1] in _OPERATOR or before.lower() in {"and", "or", "between"} else value


def _numeric_text(text: str) -> list[Decimal]:
    """Return the number that a string spells, as in `'-1'::integer`."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return []
    return [value] if value.is_finite() else []


def _operator(previous: list[Token]) -> str:
    """Return the operator, or the word, that stands before the next token."""
    found = ""
    for token in reversed(previous):
        if token.kind == "symbol" and token.text in _OPERATOR:
            found = token.text + found
        elif token.kind == "symbol" and token.text == "(" and not found:
            continue
        else:
            return found or token.text.lower()
    return found


def _pattern(text: str, operator: str) -> str | None:
    """Return the regular expression that a string is as the operand of this operator, None if it is none."""
    if operator in _REGEX:
        return f"(?i){text}" if _REGEX[operator] else text
    if operator in _LIKE:
        return ("(?i)" if _LIKE[operator] else "") + like_as_regex(text)
    return None
