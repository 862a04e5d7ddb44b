"""What a change of type does to values: which it cannot hold any more, and what Python sees of it."""

from __future__ import annotations

import re

_TYPE = re.compile(r"(?P<base>.*?)(?:\((?P<first>\d+)(?:,(?P<second>-?\d+))?\))?(?P<rest> with(?:out)? time zone)?")
_INTEGERS = ("smallint", "integer", "bigint")
_REALS = ("real", "double precision")
_TEXTS = frozenset(("text", "character varying", "character", "citext"))
_NUMBERS = frozenset((*_INTEGERS, *_REALS, "numeric"))
_ZONED = ("timestamp with time zone", "time with time zone")
_ZONELESS = frozenset(("timestamp without time zone", "date"))
_PYTHON = {
    **dict.fromkeys(_INTEGERS, "int"),
    **dict.fromkeys(_REALS, "float"),
    **dict.fromkeys(_TEXTS, "str"),
    "numeric": "Decimal",
    "uuid": "UUID",
    "boolean": "bool",
    "bytea": "bytes",
    "date": "date",
    "json": "object",
    "jsonb": "object",
    "interval": "timedelta",
    "timestamp with time zone": "datetime with a zone",
    "timestamp without time zone": "datetime without a zone",
    "time without time zone": "time",
    "time with time zone": "time with a zone",
}


def parts(type_: str) -> tuple[str, int | None, int | None]:
    """Return a type's name without its modifiers, and these: length, or precision and scale."""
    found = _TYPE.fullmatch(type_)
    assert found is not None  # noqa: S101 - every part may be empty
    first, second = found["first"], found["second"]
    return found["base"] + (found["rest"] or ""), int(first) if first else None, int(second) if second else None


def python_type(type_: str) -> str:
    """Return what Python code sees of a type: the type itself where that is not known."""
    base, _, _ = parts(type_)
    return _PYTHON.get(base, base)


def narrows(before: str, after: str) -> bool:
    """Tell whether there are values of the first type that the second cannot hold."""
    (old, old_first, old_second), (new, new_first, new_second) = parts(before), parts(after)
    if old in _TEXTS and new in _TEXTS:
        return new_first is not None and (old_first is None or old_first > new_first)
    if old in _TEXTS:
        return True
    if old in _INTEGERS and new in _INTEGERS:
        return _INTEGERS.index(new) < _INTEGERS.index(old)
    if old in _REALS and new in _REALS:
        return _REALS.index(new) < _REALS.index(old)
    if old == new == "numeric":
        return _holds_less((old_first, old_second or 0), (new_first, new_second or 0))
    if old in _NUMBERS and new in _INTEGERS:
        return True
    if old in _INTEGERS and new == "numeric" and new_first is not None:
        return new_first - (new_second or 0) < {"smallint": 5, "integer": 10, "bigint": 19}[old]
    return old.startswith("timestamp") and new == "date"


def _holds_less(before: tuple[int | None, int], after: tuple[int | None, int]) -> bool:
    """Compare precision and scale; without a precision there is no bound."""
    if after[0] is None:
        return False
    if before[0] is None:
        return True
    return after[1] < before[1] or after[0] - after[1] < before[0] - before[1]


def depends_on_zone(before: str, after: str) -> bool:
    """Tell whether a cast from one type to the other asks for the session's time zone."""
    old, new = parts(before)[0], parts(after)[0]
    return (old == _ZONED[0] and new in _ZONELESS) or (new == _ZONED[0] and old in _ZONELESS)
