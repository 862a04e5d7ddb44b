"""What a person says about tables that do not hold rows yet: how many, and of what kind.

The planner needs no more than that. Every kind of values has a default for what is rarely known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Serial:
    """1, 2, 3 … in the order of insertion: identity columns and sequences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomUuid:
    """Version 4: every value new, in no order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeUuid:
    """Version 7: every value new, in the order of the time between `start` and `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentKeys:
    """Values of a referenced column.

    `used` is the share of the referenced rows that occur at all. With `skew` s the k-th commonest one
    occurs k^-s as often as the commonest (Zipf); 0 is even, 1 gives a few of them most of the rows.
    """

    namespace: str = "public"
    table: str
    column: str = "id"
    used: float = 0.9
    skew: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighted:
    """A known set of values in text form with how often each occurs; the weights need not sum to 1."""

    weights: tuple[tuple[str, float], ...]

    @classmethod
    def of(cls, weights: Mapping[str, float]) -> Weighted:
        """Make it from a mapping."""
        return cls(weights=tuple(weights.items()))

    @classmethod
    def even(cls, *values: str) -> Weighted:
        """Make each value occur as often as the others."""
        return cls(weights=tuple((value, 1.0) for value in values))

    @classmethod
    def boolean(cls, true_share: float) -> Weighted:
        """Make a boolean that is true for this share of the rows."""
        return cls(weights=(("f", 1 - true_share), ("t", true_share)))


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRange:
    """Points in time between two ends; with `growth` g the end is 1 + g times as busy as the start."""

    start: datetime
    end: datetime
    growth: float = 0.0
    distinct: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRange:
    """Numbers between two ends, whole unless `digits` after the point are kept."""

    low: float
    high: float
    growth: float = 0.0
    digits: int = 0
    distinct: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Text, all different unless `distinct` says how many.

    About a hundred `samples` of the right shape let the planner judge `LIKE` and ranges.
    """

    samples: tuple[str, ...] = ()
    distinct: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """JSON documents; a hundred `samples` or more let the planner judge containment."""

    samples: tuple[str, ...] = ()
    distinct: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Elements:
    """Arrays of known elements: each with the share of rows that hold it, `per_row` in one array."""

    frequencies: tuple[tuple[str, float], ...]
    per_row: float = 3.0
    distinct: float | None = None


Values = Serial | RandomUuid | TimeUuid | ParentKeys | Weighted | TimeRange | NumberRange | Text | Documents | Elements


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """The values of one column.

    `width` is in bytes and needed only for types of varying width; the samples tell it otherwise.
    `correlation` (-1 … 1) says how far the values follow the order of the rows; by default what is
    usual for such values.
    """

    name: str
    values: Values
    null_fraction: float = 0.0
    width: float | None = None
    correlation: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableProfile:
    """The rows of one table. A partitioned table is given as a whole; its partitions share the rows.

    `visible` is the share of pages that VACUUM has marked: high where rows are rarely changed.
    """

    namespace: str = "public"
    name: str
    rows: float
    columns: tuple[ColumnProfile, ...] = ()
    visible: float = 0.98

    def scaled(self, factor: float) -> TableProfile:
        """Return the same table with `factor` times the rows, at least one."""
        return replace(self, rows=max(1.0, self.rows * factor))
