"""From the shape of a field to the values an attribute may take."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from colonnade.spec.english import word_set
from colonnade.spec.entities import Base, ValueType
from colonnade.spec.openapi.shape import Limits, Shape, examples
from colonnade.spec.openapi.shapes import Shapes
from colonnade.spec.openapi.vocabulary import CREATED_NAMES, DELETED_NAMES, INEXACT_WORDS, MONEY_WORDS, UPDATED_NAMES
from colonnade.sql.identifier import snake, words

_STRING_FORMATS: dict[str, Base] = {
    "date-time": "timestamp",
    "datetime": "timestamp",
    "timestamp": "timestamp",
    "date": "date",
    "time": "time",
    "partial-time": "time",
    "duration": "interval",
    "uuid": "uuid",
    "uuid4": "uuid",
    "byte": "binary",
    "bytes": "binary",
    "binary": "binary",
    "base64": "binary",
    "base64url": "binary",
    "ipv4": "inet",
    "ipv6": "inet",
    "ip": "inet",
    "decimal": "decimal",
    "int64": "integer",
    "uint64": "integer",
}
_AMOUNT_PATTERN = re.compile(r"\^?-?\(?\[?[-+]?\]?\??\\d\+|\^-?\[0-9\]\+")
MONEY_PRECISION, MONEY_SCALE = 19, 4
_TIME_WORDS = word_set(
    "date day birthday time deadline due start end starts ends expires expiry expiration since until"
)
_DATE = r"\d{4}-\d{2}-\d{2}"
_TIMES: dict[Base, re.Pattern[str]] = {
    "date": re.compile(_DATE),
    "timestamp": re.compile(_DATE + r"[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?"),
}
_INTEGER_BITS: dict[str, Literal[16, 32, 64]] = {"int16": 16, "int32": 32, "int64": 64}


def value_type(name: str, shape: Shape, shapes: Shapes, *, limits: Limits | None = None) -> ValueType:
    """Return the values of an attribute called `name` with this shape."""
    bounds = limits if limits is not None else shape.limits
    if shape.kind == "array":
        return _array(name, shape, shapes, bounds)
    if shape.kind != "scalar":
        return ValueType(base="json")
    if shape.type == "boolean":
        return ValueType(base="boolean")
    if shape.type == "integer" and snake(name) in CREATED_NAMES | UPDATED_NAMES | DELETED_NAMES:
        return ValueType(base="timestamp")  # counted in seconds by the interface, kept as a moment
    if shape.type == "integer":
        return _integer(shape, bounds)
    if shape.type == "number":
        return _number(name, shape, bounds)
    return _string(name, shape, bounds)


def is_money(name: str) -> bool:
    """Tell whether a field of this name holds an amount of money."""
    parts = words(name)
    return bool(parts) and (parts[-1] in MONEY_WORDS or "_".join(parts[-2:]) in MONEY_WORDS)


def is_moment(name: str, shape: Shape) -> bool:
    """Tell whether a text without a format is a point in time, by its name or by what is said of it."""
    folded = snake(name)
    if folded in CREATED_NAMES | UPDATED_NAMES | DELETED_NAMES or folded.endswith("_at"):
        return True
    return "iso 8601" in shape.description.lower() and "duration" not in shape.description.lower()


def _shown_time(name: str, shape: Shape) -> Base | None:
    """Return the kind of time that every example of a text shows, where its name speaks of one too."""
    if shape.limits.pattern is not None or not set(words(name)) & _TIME_WORDS:
        return None
    shown = [each.text for each in examples(shape)]
    for base, pattern in _TIMES.items():
        if shown and all(pattern.fullmatch(each) for each in shown):
            return base
    return None


def _array(name: str, shape: Shape, shapes: Shapes, bounds: Limits) -> ValueType:
    item = shapes.item(shape)
    if item.kind != "scalar":
        return ValueType(base="json")
    element = value_type(name, item, shapes)
    return element.model_copy(
        update={
            "array": True,
            "array_min": bounds.min_items,
            "array_max": bounds.max_items,
            "array_unique": bounds.unique_items,
        }
    )


def _integer(shape: Shape, bounds: Limits) -> ValueType:
    bounds = _whole(bounds)
    minimum, maximum = bounds.minimum, bounds.maximum
    numbers = [each for each in shape.values if isinstance(each, int)]
    if numbers:
        low, high = Decimal(min(numbers)), Decimal(max(numbers))
        minimum = low if minimum is None else max(minimum, low)
        maximum = high if maximum is None else min(maximum, high)
    return ValueType(
        base="integer",
        bits=_INTEGER_BITS.get(shape.format),
        minimum=minimum,
        maximum=maximum,
        exclusive_minimum=bounds.exclusive_minimum,
        exclusive_maximum=bounds.exclusive_maximum,
        multiple_of=bounds.multiple_of,
        format="" if shape.format in _INTEGER_BITS else shape.format,
    )


def _whole(bounds: Limits) -> Limits:
    """Return the bounds as whole numbers can reach them: `0.0` is 0, and above 0.5 begins at 1."""
    minimum, maximum, step = bounds.minimum, bounds.maximum, bounds.multiple_of
    if minimum is not None and minimum != minimum.to_integral_value():
        bounds = replace(bounds, exclusive_minimum=False)
    if maximum is not None and maximum != maximum.to_integral_value():
        bounds = replace(bounds, exclusive_maximum=False)
    return replace(
        bounds,
        minimum=Decimal(math.ceil(minimum)) if minimum is not None else None,
        maximum=Decimal(math.floor(maximum)) if maximum is not None else None,
        multiple_of=_whole_step(step) if step is not None else None,
    )


def _whole_step(step: Decimal) -> Decimal | None:
    """Return the step between whole numbers, none when every whole number is one of its multiples."""
    if step == 0 or Decimal(1) % step == 0:
        return None
    return Decimal(int(step)) if step == step.to_integral_value() else step


def _number(name: str, shape: Shape, bounds: Limits) -> ValueType:
    """Return an exact number for money and for what is counted in fixed steps, else a floating one."""
    step = bounds.multiple_of
    scale = max(0, -int(step.normalize().as_tuple().exponent)) if step is not None else None
    exact = is_money(name) or shape.format == "decimal" or step is not None
    precision: int | None = None
    if is_money(name) and scale is None:
        precision, scale = MONEY_PRECISION, MONEY_SCALE
    elif exact and scale is not None:
        precision = MONEY_PRECISION
    if set(words(name)) & INEXACT_WORDS and step is None and shape.format != "decimal":
        exact = False
    return ValueType(
        base="decimal" if exact else "float",
        precision=precision if exact else None,
        scale=scale if exact else None,
        bits=32 if shape.format == "float" and not exact else None,
        minimum=bounds.minimum,
        maximum=bounds.maximum,
        exclusive_minimum=bounds.exclusive_minimum,
        exclusive_maximum=bounds.exclusive_maximum,
        multiple_of=step if scale is None or step != Decimal(1).scaleb(-scale) else None,
    )


def _string(name: str, shape: Shape, bounds: Limits) -> ValueType:
    if shape.values:
        return ValueType(base="enum", values=tuple(str(each) for each in shape.values))
    base = _STRING_FORMATS.get(shape.format)
    if base == "decimal" or (is_money(name) and bounds.pattern and _AMOUNT_PATTERN.match(bounds.pattern)):
        return ValueType(base="decimal", precision=MONEY_PRECISION, scale=MONEY_SCALE)
    if base == "integer":
        return ValueType(base="integer", bits=64, minimum=bounds.minimum, maximum=bounds.maximum)
    if base is not None:
        return ValueType(base=base, format=shape.format if base == "inet" else "")
    if is_moment(name, shape):
        return ValueType(base="timestamp")
    shown = _shown_time(name, shape)
    if shown is not None:
        return ValueType(base=shown)
    return ValueType(
        base="text",
        min_length=bounds.min_length or None,
        max_length=bounds.max_length,
        pattern=bounds.pattern,
        format=shape.format or _format_by_name(name),
    )


def _format_by_name(name: str) -> str:
    folded = snake(name)
    if folded in ("slug", "email", "username"):
        return folded if folded != "username" else ""
    return "color" if words(name)[-1:] in (("color",), ("colour",)) else ""
