"""Numbers of rows as people write them."""

from __future__ import annotations

import re
from decimal import Decimal

_COUNT = re.compile(r"(?P<number>[0-9]+(?:_[0-9]+)*(?:\.[0-9]+)?)(?P<unit>[kKMGB]?)\Z")
_FACTORS = {"": 1, "k": 1_000, "K": 1_000, "M": 1_000_000, "G": 1_000_000_000, "B": 1_000_000_000}
_MAX_ROWS = 10**15


def parse_count(text: str) -> int | None:
    """Return a number such as `5M`, `1.5k` or `20_000`; None for anything else."""
    match = _COUNT.match(text)
    if not match:
        return None
    number = Decimal(match["number"]) * _FACTORS[match["unit"]]
    return int(number) if number == int(number) and number <= _MAX_ROWS else None
