"""The kinds of values of a profile as distributions: how many, which are common, where quantiles lie."""

from __future__ import annotations

import math
import uuid
from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import assert_never

from colonnade.postgres.scale.profiles import (
    Documents,
    Elements,
    NumberRange,
    ParentKeys,
    RandomUuid,
    Serial,
    Text,
    TimeRange,
    TimeUuid,
    Values,
    Weighted,
)

TARGET = 100
"""default_statistics_target: most common values at most, and bins of a histogram."""
_GOLDEN = (math.sqrt(5) - 1) / 2
_MICROSECONDS = 1_000_000
_UUID_MAX = (1 << 128) - 1

Common = tuple[tuple[str, float], ...]
Parent = Callable[[ParentKeys], tuple[float, "Distribution"]]
"""Returns how many rows are referenced at most and the distribution of the referenced column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """The non-null values of a column.

    `quantile(u)` is the value that a share u of the values lies below, when `in_order`; otherwise
    just one of them. `common` lists values with their share, commonest first; `complete` says that
    there are no others.
    """

    distinct: float
    quantile: Callable[[float], str] | None
    in_order: bool = True
    common: Common = ()
    complete: bool = False
    correlation: float = 0.0

    def bounds(self, number: int) -> tuple[str, ...]:
        """Return evenly spaced quantiles from the lowest to the highest, each value once."""
        number = round(min(number, self.distinct))
        if self.quantile is None or number < 2:
            return ()
        return tuple(dict.fromkeys(self.quantile(i / (number - 1)) for i in range(number)))


def distribution(values: Values, rows: float, parent: Parent) -> Distribution:
    """Return the distribution of the values in this many non-null rows."""
    match values:
        case Serial():
            return _even(rows, lambda u: str(round(1 + (rows - 1) * u)), correlation=1.0)
        case RandomUuid():
            return _even(rows, _random_uuid)
        case TimeUuid():
            at = _times(values.start, values.end, 0.0)
            return _even(rows, lambda u: _time_uuid(at(u)), correlation=1.0)
        case ParentKeys():
            return _parent_keys(values, rows, *parent(values))
        case Weighted():
            return _weighted(values)
        case TimeRange():
            at = _times(values.start, values.end, values.growth)
            span = (values.end - values.start) / timedelta(seconds=1) * _MICROSECONDS + 1
            distinct = min(rows, values.distinct or span)
            return _even(distinct, lambda u: at(u).isoformat(), correlation=1.0)
        case NumberRange():
            return _numbers(values, rows)
        case Text() | Documents():
            return _samples(values.samples, min(rows, values.distinct or rows))
        case Elements():
            return Distribution(distinct=min(rows, values.distinct or rows), quantile=None)
        case _:
            assert_never(values)


def _even(distinct: float, quantile: Callable[[float], str], *, correlation: float = 0.0) -> Distribution:
    """Return values of which none is commoner than the others."""
    return Distribution(distinct=max(1.0, distinct), quantile=quantile, correlation=correlation)


def _weighted(values: Weighted) -> Distribution:
    """Return a known set of values."""
    weights = [(value, weight) for value, weight in values.weights if weight > 0]
    total = sum(weight for _, weight in weights)
    common = sorted(((value, weight / total) for value, weight in weights), key=lambda x: -x[1])
    return Distribution(
        distinct=float(len(common)),
        quantile=_cumulative(weights),
        in_order=False,
        common=tuple(common),
        complete=True,
        # Values placed at random agree with the order of the rows this much on average.
        correlation=sum(share * share for _, share in common),
    )


def _cumulative(weights: Sequence[tuple[str, float]]) -> Callable[[float], str]:
    """Return the function from a share to the value that it falls into, in the order given."""
    edges = list(accumulate(weight for _, weight in weights))

    def quantile(u: float) -> str:
        return weights[min(bisect(edges, u * edges[-1]), len(weights) - 1)][0]

    return quantile


def _parent_keys(values: ParentKeys, rows: float, parents: float, keys: Distribution) -> Distribution:
    """Return references to `parents` rows, evenly or by Zipf's law."""
    used = max(1.0, parents * values.used)
    # So many rows thrown at so many parents leave some of them without any.
    distinct = max(1.0, -used * math.expm1(-rows / used))
    quantile = keys.quantile
    if quantile is None:
        return Distribution(distinct=distinct, quantile=None)
    shares = _zipf_shares(used, values.skew, min(TARGET, round(used)))
    complete = used <= TARGET
    # The commonest parents stand anywhere among the others, not all at the beginning.
    common = tuple((quantile((k + 1) * _GOLDEN % 1), share) for k, share in enumerate(shares))
    if complete:
        last = max(1, round(used) - 1)
        common = tuple((quantile(k / last), share) for k, share in enumerate(shares))
    known = values.skew > 0 or complete
    return Distribution(
        distinct=distinct,
        quantile=quantile,
        in_order=keys.in_order,
        common=tuple(dict(common).items()) if known else (),
        complete=complete,
    )


def _zipf_shares(number: float, skew: float, first: int) -> list[float]:
    """Return the shares of the commonest of `number` values, the k-th proportional to k^-skew."""
    exact = min(round(number), 1000)
    weights = _zipf_weights(skew)[:exact]
    total = sum(weights)
    if number > exact:  # the rest of the sum as an integral
        rest = number ** (1 - skew) - exact ** (1 - skew)
        total += math.log(number / exact) if abs(skew - 1) < 1e-9 else rest / (1 - skew)
    return [weight / total for weight in weights[:first]]


@lru_cache(maxsize=100)
def _zipf_weights(skew: float) -> tuple[float, ...]:
    """Return k^-skew for the commonest thousand."""
    return tuple(k**-skew for k in range(1, 1001))


def _numbers(values: NumberRange, rows: float) -> Distribution:
    """Return numbers between two ends; all of them as common values when they are few."""
    steps = (values.high - values.low) * 10**values.digits
    distinct = min(rows, values.distinct or steps + 1)

    def quantile(u: float) -> str:
        x = values.low + (values.high - values.low) * _grown(u, values.growth)
        return f"{x:.{values.digits}f}"

    if distinct > TARGET or distinct < steps + 1:
        return _even(distinct, quantile)
    step = 10**-values.digits
    each = [f"{values.low + step * i:.{values.digits}f}" for i in range(round(steps) + 1)]
    weights = [(value, 1 + values.growth * i / max(1.0, steps)) for i, value in enumerate(each)]
    return _weighted(Weighted(weights=tuple(weights)))


def _samples(samples: tuple[str, ...], distinct: float) -> Distribution:
    """Return values of which we have seen some."""
    if not samples:
        return Distribution(distinct=max(1.0, distinct), quantile=None)
    if distinct <= min(len(set(samples)), TARGET):
        return _weighted(Weighted.even(*list(dict.fromkeys(samples))[: round(distinct)]))
    last = len(samples) - 1
    return Distribution(distinct=distinct, quantile=lambda u: samples[round(u * last)], in_order=False)


def _times(start: datetime, end: datetime, growth: float) -> Callable[[float], datetime]:
    """Return the function from a share to the point in time before which it lies."""
    return lambda u: start + (end - start) * _grown(u, growth)


def _grown(u: float, growth: float) -> float:
    """Return where a share u of the values lies when they get denser as 1 + growth·x (0 ≤ x ≤ 1)."""
    if growth <= 0:
        return u
    return (math.sqrt(1 + growth * (2 + growth) * u) - 1) / growth


@lru_cache(maxsize=1_000)  # every column of random keys has the same quantiles at every volume
def _random_uuid(u: float) -> str:
    """Return the UUID below which a share u of all lies."""
    return str(uuid.UUID(int=min(int(u * 2**64) << 64, _UUID_MAX)))


def _time_uuid(at: datetime) -> str:
    """Return a version 7 UUID of this time."""
    milliseconds = int(at.timestamp() * 1000)
    return str(uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | 0x8 << 60))
