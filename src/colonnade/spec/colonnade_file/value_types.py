"""The type of a field line: its word, what stands in parentheses, and the brackets of a list."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from colonnade.spec.colonnade_file.cursor import Cursor
from colonnade.spec.colonnade_file.type_words import TYPE_WORDS, TypeWord
from colonnade.spec.entities import ValueType
from colonnade.spec.nearest import suggestion

_WHOLE = re.compile(r"[0-9]{1,9}\Z")
_NUMBER = re.compile(r"[-+]?[0-9]{1,40}(?:\.[0-9]{1,40})?\Z")
_RANGE = re.compile(r"(?P<low>[^.<\s]*(?:\.[0-9]+)?)\s*(?P<above><?)\.\.(?P<below><?)\s*(?P<high>[^<\s]*)\Z")
_MAX_DIGITS = 1000
"""numeric's largest declared precision. Source: postgresql.org/docs/current/datatype-numeric.html"""


def read_type(cursor: Cursor) -> tuple[TypeWord, ValueType]:
    """Read a type: `text(1..200)`, `decimal(12,2)`, `enum(a|b)`, `text(..50)[1..10]`."""
    word = _type_word(cursor)
    values: dict[str, Any] = dict(word.more)
    arguments = cursor.group("(", ")")
    if arguments is not None and word.arguments == "type":
        return word, _whole_type(arguments)
    if arguments is not None:
        values |= _arguments(arguments, word)
    elif word.arguments == "values":
        raise cursor.error("an enum needs its values", hint="Write them as enum(draft|published).")
    elements = cursor.group("[", "]")
    if elements is not None:
        low, high = (None, None) if elements.done else _length(elements)
        values |= {"array": True, "array_min": low, "array_max": high}
    return word, ValueType(base=word.base, **values)


def _whole_type(cursor: Cursor) -> ValueType:
    """Read a type that is all there is."""
    value = read_type(cursor)[1]
    if not cursor.done:
        raise cursor.error(f'unexpected "{cursor.rest}"', end=cursor.limit)
    return value


def _type_word(cursor: Cursor) -> TypeWord:
    start = cursor.position
    word = cursor.word()
    if word in TYPE_WORDS:
        return TYPE_WORDS[word]
    shown = word or cursor.rest[:20]
    message = f'"{shown}" is not a type' if shown else "a type is missing"
    raise cursor.error(message, start=start, end=start + len(shown), hint=suggestion(word, TYPE_WORDS))


def _arguments(cursor: Cursor, word: TypeWord) -> dict[str, Any]:
    match word.arguments:
        case "length":
            low, high = _length(cursor)
            return {"min_length": low, "max_length": high}
        case "range":
            return _bounds(cursor)
        case "digits":
            return _digits(cursor)
        case "values":
            return {"values": _values(cursor)}
        case "type" | "none":
            pass
    raise cursor.error("this type takes nothing in parentheses", start=cursor.position - 1, end=cursor.limit + 1)


def _length(cursor: Cursor) -> tuple[int | None, int | None]:
    """Read `1..200`, `..200`, `1..` or `64`, which is exactly 64."""
    text = cursor.rest.strip()
    if _WHOLE.match(text):
        return int(text), int(text)
    match = _RANGE.match(text)
    ends = (match["low"], match["high"]) if match and not (match["above"] or match["below"]) else ("?", "?")
    if any(end and not _WHOLE.match(end) for end in ends) or not any(ends):
        raise cursor.error(
            f'"{text}" is not a length', end=cursor.limit, hint="Write it as 1..200, ..200, 1.. or, exactly, 64."
        )
    low, high = (int(end) if end else None for end in ends)
    if low is not None and high is not None and low > high:
        raise cursor.error(f"no length is from {low} to {high}", end=cursor.limit, hint="Write the smaller one first.")
    return low, high


def _bounds(cursor: Cursor) -> dict[str, Any]:
    """Read `1..5`, `0..`, `..100` or, with ends that do not belong, `0<..<1`."""
    text = cursor.rest.strip()
    match = _RANGE.match(text)
    ends = (match["low"], match["high"]) if match else ("?", "?")
    if match is None or not any(ends) or any(end and not _NUMBER.match(end) for end in ends):
        raise cursor.error(
            f'"{text}" is not a range',
            end=cursor.limit,
            hint="Write it as 1..5, 0.., ..100 or, without its ends, 0<..<1.",
        )
    low, high = (Decimal(end) if end else None for end in ends)
    above, below = bool(match["above"]), bool(match["below"])
    if (above and low is None) or (below and high is None):
        raise cursor.error(f'"{text}" excludes an end that it does not have', end=cursor.limit)
    if low is not None and high is not None and (low > high or (low == high and (above or below))):
        raise cursor.error(f"no number is in {text}", end=cursor.limit, hint="Write the smaller one first.")
    return {"minimum": low, "maximum": high, "exclusive_minimum": above, "exclusive_maximum": below}


def _digits(cursor: Cursor) -> dict[str, Any]:
    """Read `12,2`, `12,2, 0..100` or `0..100`."""
    parts = cursor.split(",")
    values: dict[str, Any] = {}
    if ".." in parts[-1].rest:
        values |= _bounds(parts.pop())
    if not parts:
        return values
    numbers = [int(part.rest) if _WHOLE.match(part.rest) else -1 for part in parts]
    precision, scale = numbers[0], numbers[1] if len(numbers) == 2 else 0
    if len(numbers) > 2 or not (0 < precision <= _MAX_DIGITS and 0 <= scale <= precision):
        start, end = parts[0].position, parts[-1].limit
        raise parts[0].error(
            f'"{cursor.node.text[start:end]}" are not digits and decimals',
            end=end,
            hint="Write all digits first, of which decimals second: decimal(12,2) goes up to 9999999999.99.",
        )
    return {**values, "precision": precision, "scale": scale}


def _values(cursor: Cursor) -> tuple[str, ...]:
    """Read `draft|published|'in review'`."""
    values: list[str] = []
    for part in cursor.split("|"):
        start = part.position
        value = part.quoted()
        if value is None:
            value, part.position = part.rest, part.limit
            if "," in value:
                raise part.error(
                    f'"{value}" has a comma in it',
                    start=start,
                    end=part.limit,
                    hint="Separate values with | as in enum(draft|published); write one that has a comma in quotes.",
                )
        if not part.done or not (value or part.limit > start):
            raise part.error(
                "an enum's value is missing", start=start, hint="Write the values as enum(draft|published)."
            )
        if value in values:
            raise part.error(f'value "{value}" stands twice', start=start, end=part.limit)
        values.append(value)
    return tuple(values)
