"""Reads the bounds of a schema, in the dialects of OpenAPI 3.0 and 3.1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

from colonnade.spec.document import Node
from colonnade.spec.openapi.shape import NO_LIMITS, Limits
from colonnade.spec.questions import Unread

_KEYS = (
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
)


def read_limits(node: Node, problems: list[Unread]) -> Limits:
    """Return the bounds that the schema states; a bound that is not a number is reported and left out."""
    if not any(key in node for key in _KEYS):
        return NO_LIMITS
    minimum, exclusive_minimum = _bound(node, "minimum", "exclusiveMinimum", problems)
    maximum, exclusive_maximum = _bound(node, "maximum", "exclusiveMaximum", problems)
    pattern = node.get("pattern")
    unique = node.get("uniqueItems")
    return Limits(
        min_length=_count(node, "minLength", problems),
        max_length=_count(node, "maxLength", problems),
        pattern=pattern.text if pattern is not None and pattern.is_scalar else None,
        minimum=minimum,
        maximum=maximum,
        exclusive_minimum=exclusive_minimum,
        exclusive_maximum=exclusive_maximum,
        multiple_of=_number(node, "multipleOf", problems),
        min_items=_count(node, "minItems", problems),
        max_items=_count(node, "maxItems", problems),
        unique_items=unique is not None and unique.scalar is True,
    )


def merged_limits(all_limits: Sequence[Limits]) -> Limits:
    """Return the limits that hold when all of them do: the narrowest."""
    stated = [each for each in all_limits if each != NO_LIMITS]
    if len(stated) < 2:
        return stated[0] if stated else NO_LIMITS
    low = max((each for each in stated if each.minimum is not None), key=_low, default=NO_LIMITS)
    high = min((each for each in stated if each.maximum is not None), key=_high, default=NO_LIMITS)
    return Limits(
        min_length=max((each.min_length for each in stated if each.min_length is not None), default=None),
        max_length=min((each.max_length for each in stated if each.max_length is not None), default=None),
        pattern=next((each.pattern for each in reversed(stated) if each.pattern is not None), None),
        minimum=low.minimum,
        maximum=high.maximum,
        exclusive_minimum=low.exclusive_minimum,
        exclusive_maximum=high.exclusive_maximum,
        multiple_of=next((each.multiple_of for each in reversed(stated) if each.multiple_of is not None), None),
        min_items=max((each.min_items for each in stated if each.min_items is not None), default=None),
        max_items=min((each.max_items for each in stated if each.max_items is not None), default=None),
        unique_items=any(each.unique_items for each in stated),
    )


def _low(limits: Limits) -> tuple[Decimal, bool]:
    return limits.minimum or Decimal(0), limits.exclusive_minimum


def _high(limits: Limits) -> tuple[Decimal, bool]:
    return limits.maximum or Decimal(0), not limits.exclusive_maximum


def _bound(node: Node, key: str, exclusive_key: str, problems: list[Unread]) -> tuple[Decimal | None, bool]:
    """Return a bound and whether it is exclusive: `true` next to the bound in 3.0, a bound of its own in 3.1."""
    bound = _number(node, key, problems)
    exclusive = node.get(exclusive_key)
    if exclusive is None or isinstance(exclusive.scalar, bool):
        return bound, exclusive is not None and exclusive.scalar is True and bound is not None
    own = _number(node, exclusive_key, problems)
    if own is None or (bound is not None and (bound > own if key == "minimum" else bound < own)):
        return bound, False
    return own, True


def _count(node: Node, key: str, problems: list[Unread]) -> int | None:
    number = _number(node, key, problems)
    if number is None or (number == int(number) and number >= 0):
        return None if number is None else int(number)
    problems.append(_unread(node, key))
    return None


def _number(node: Node, key: str, problems: list[Unread]) -> Decimal | None:
    entry = node.get(key)
    if entry is None or entry.scalar is None:
        return None
    value = entry.scalar
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        problems.append(_unread(node, key))
        return None
    return Decimal(str(value))


def _unread(node: Node, key: str) -> Unread:
    return Unread(what=key, reason="the bound is not a number that it may be", at=(node.key_span(key),))
