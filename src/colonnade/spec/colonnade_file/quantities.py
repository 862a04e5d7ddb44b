"""Numbers with their units: rows, rates, durations, shares."""

from __future__ import annotations

import re
from decimal import Decimal

from colonnade.errors import SpecError
from colonnade.spec.colonnade_file.shape import text_of
from colonnade.spec.counts import parse_count
from colonnade.spec.document import Node

_NUMBER = r"(?P<number>[0-9]+(?:_[0-9]+)*(?:\.[0-9]+)?)"
_RATE = re.compile(_NUMBER + r"(?P<scale>[kKM]?)/(?P<unit>s|min|h|day)\Z")
_DURATION = re.compile(_NUMBER + r"(?P<unit>ms|s|m|min|h|d|w|y)\Z")
_PERCENT = re.compile(_NUMBER + r"%\Z")
_FACTORS = {"": 1, "k": 1_000, "K": 1_000, "M": 1_000_000}
_SECONDS = {"s": 1, "min": 60, "h": 3_600, "day": 86_400}
_MILLISECONDS = {
    "ms": 1,
    "s": 1_000,
    "m": 60_000,
    "min": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 604_800_000,
    "y": 31_536_000_000,
}


def count_of(node: Node, what: str) -> int:
    """Return a number of rows."""
    count = parse_count(text_of(node, what))
    if count is None:
        raise SpecError(
            f"{what} must be a whole number", at=node.span, hint="Write it as 250, 20k, 5M or 1B (10^3, 10^6, 10^9)."
        )
    return count


def rate_of(node: Node, what: str) -> float:
    """Return how often per second: `50/s`, `2/min`, `100/h`, `1k/day`."""
    match = _RATE.match(text_of(node, what))
    if not match:
        raise SpecError(f"{what} must be a rate", at=node.span, hint="Write it as 50/s, 2/min, 100/h or 1k/day.")
    return float(Decimal(match["number"]) * _FACTORS[match["scale"]]) / _SECONDS[match["unit"]]


def milliseconds_of(node: Node, what: str) -> int:
    """Return a duration of at least one millisecond: `100ms`, `2s`, `5m`, `1h`, `90d`."""
    match = _DURATION.match(text_of(node, what))
    length = int(Decimal(match["number"]) * _MILLISECONDS[match["unit"]]) if match else 0
    if length <= 0:
        raise SpecError(f"{what} must be a duration", at=node.span, hint="Write it as 100ms, 2s, 5m, 1h or 90d.")
    return length


def days_of(node: Node, what: str) -> int | None:
    """Return a retention in whole days, None for `forever`."""
    if text_of(node, what) == "forever":
        return None
    length = milliseconds_of(node, what)
    if length % _MILLISECONDS["d"]:
        raise SpecError(f"{what} must be whole days", at=node.span, hint='Write it as 90d, 12w, 2y or "forever".')
    return length // _MILLISECONDS["d"]


def parse_share(text: str) -> float | None:
    """Return a share such as `60%` as a number from 0 to 1; None for anything else."""
    match = _PERCENT.match(text)
    share = float(Decimal(match["number"]) / 100) if match else -1.0
    return share if 0 <= share <= 1 else None
