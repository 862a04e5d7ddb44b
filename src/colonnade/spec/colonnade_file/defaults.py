"""Whether a field's default is one of the values that its type allows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from uuid import UUID

from colonnade.spec.colonnade_file.cursor import Cursor
from colonnade.spec.entities import Base, ValueType
from colonnade.spec.nearest import suggestion

_CLOCK_WORDS = frozenset({"now", "now()", "today"})
_UUID_WORDS = frozenset({"random", "uuidv7"})


def check_default(default: str, value: ValueType, cursor: Cursor, start: int, end: int) -> None:
    """Raise SpecError at the default when it is not a value of the type."""
    if value.array:
        if not _is_list(default):
            raise cursor.error(f'"{default}" is not a list', start=start, end=end, hint="Write it as = [].")
        return
    if value.base == "enum" and default not in value.values:
        hint = suggestion(default, value.values)
        raise cursor.error(f'default "{default}" is not a value of the enum', start=start, end=end, hint=hint)
    expected = _expectation(default, value)
    if expected:
        raise cursor.error(f'default "{default}" is not {expected}', start=start, end=end)


def _expectation(default: str, value: ValueType) -> str:
    """Return what the default should have been, the empty text when it is right."""
    if value.base in ("integer", "decimal", "float"):
        return _number_expectation(default, value)
    if value.base == "text":
        return _text_expectation(default, value)
    check = _CHECKS.get(value.base)
    if check is None:
        return ""
    test, expected = check
    return "" if test(default) else expected


def _number_expectation(default: str, value: ValueType) -> str:
    try:
        number = Decimal(default)
    except InvalidOperation:
        return "a number"
    if not number.is_finite() or (value.base == "integer" and number != number.to_integral_value()):
        return "a whole number" if value.base == "integer" else "a number"
    low, high = value.minimum, value.maximum
    if low is not None and (number < low or (value.exclusive_minimum and number == low)):
        return f"above {low}" if value.exclusive_minimum else f"at least {low}"
    if high is not None and (number > high or (value.exclusive_maximum and number == high)):
        return f"below {high}" if value.exclusive_maximum else f"at most {high}"
    if value.multiple_of is not None and number % value.multiple_of:
        return f"a multiple of {value.multiple_of}"
    return ""


def _text_expectation(default: str, value: ValueType) -> str:
    if value.min_length is not None and len(default) < value.min_length:
        return f"at least {value.min_length} characters long"
    if value.max_length is not None and len(default) > value.max_length:
        return f"at most {value.max_length} characters long"
    return "without outer spaces" if value.trimmed and default != default.strip() else ""


def _is_json(default: str) -> bool:
    try:
        json.loads(default)
    except json.JSONDecodeError:
        return False
    return True


def _is_list(default: str) -> bool:
    return _is_json(default) and isinstance(json.loads(default), list)


def _is_uuid(default: str) -> bool:
    try:
        UUID(default)
    except ValueError:
        return default in _UUID_WORDS
    return True


def _is_moment(default: str) -> bool:
    return default in _CLOCK_WORDS or bool(re.match(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}|\Z)", default))


def _is_time(default: str) -> bool:
    return default in _CLOCK_WORDS or bool(re.match(r"\d{1,2}:\d{2}", default))


_CHECKS: dict[Base, tuple[Callable[[str], bool], str]] = {
    "boolean": (lambda default: default in ("true", "false"), "true or false"),
    "date": (_is_moment, 'a day such as 2030-12-31, nor "today"'),
    "timestamp": (_is_moment, 'a time such as 2030-12-31T18:00Z, nor "now"'),
    "time": (_is_time, 'a time of day such as 18:00, nor "now"'),
    "uuid": (_is_uuid, 'a UUID, nor "random" or "uuidv7"'),
    "json": (_is_json, "JSON"),
}
