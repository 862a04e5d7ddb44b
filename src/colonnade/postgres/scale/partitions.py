"""The rows of a partitioned table, dealt out to its partitions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from colonnade.postgres.scale.layout import DatabaseLayout, TableLayout
from colonnade.postgres.scale.profiles import (
    ColumnProfile,
    NumberRange,
    Serial,
    TableProfile,
    TimeRange,
    TimeUuid,
    Weighted,
)
from colonnade.postgres.scale.synthesis import Synthesis
from colonnade.postgres.scale.values import array_literal
from colonnade.postgres.session import Session
from colonnade.sql.identifier import quote

_PROBES = 2003  # points at which the bounds of a partition are tried
_GOLDEN = (math.sqrt(5) - 1) / 2

Quantile = Callable[[float], str]
Probe = tuple[float, ...]
"""A share for each key column: the quantiles to try together."""


def partition_profiles(
    session: Session,
    layout: DatabaseLayout,
    root: TableLayout,
    profile: TableProfile,
    synthesis: Synthesis,
) -> Iterator[tuple[TableLayout, TableProfile]]:
    """Give each table below a partitioned one with its share of the rows.

    The shares are found by trying values of the partition key, drawn evenly from their distribution,
    against the partition's own constraint; so every kind of bounds works alike. Where a key is an
    expression or a column without known values, the partitions get equal shares.
    """
    below = [table for table in layout.tables if table.root == root.oid != table.oid]
    keys = _key_columns(layout, root, profile)
    distributions = (synthesis.distribution(key, profile.rows) for key in keys)
    quantiles = [one.quantile for one in distributions if one.quantile is not None]
    if not keys or len(quantiles) < len(keys):
        leaves = max(1, sum(table.kind != "p" for table in below))
        yield from ((table, _of(profile, table, profile.rows / leaves)) for table in below)
        return
    probes = tuple(_probes(len(keys)))
    for table in below:
        hits = _hits(session, root, table, keys, quantiles, probes)
        inside = [probe for probe, hit in zip(probes, hits, strict=True) if hit]
        share = _of(profile, table, profile.rows * len(inside) / len(probes))
        narrowed = {
            key.name: _narrowed(key, [probe[place] for probe in inside], quantiles[place])
            for place, key in enumerate(keys)
        }
        columns = tuple(narrowed.get(column.name, column) for column in profile.columns)
        yield table, replace(share, columns=columns if inside else profile.columns)


def _of(profile: TableProfile, table: TableLayout, rows: float) -> TableProfile:
    """Return the profile as that of another table with other rows."""
    return replace(profile, namespace=table.namespace, name=table.name, rows=rows)


def _key_columns(layout: DatabaseLayout, root: TableLayout, profile: TableProfile) -> list[ColumnProfile]:
    """Return the profiles of the columns that the rows are dealt out by; none if one is unknown."""
    names: dict[str, None] = {}
    for table in layout.tables:
        if table.root == root.oid and table.kind == "p":
            by_number = {column.number: column.name for column in table.columns}
            names |= dict.fromkeys(by_number.get(number, "") for number in table.partition_key)
    known = {column.name: column for column in profile.columns}
    return [known[name] for name in names] if names.keys() <= known.keys() else []


def _probes(columns: int) -> Iterator[Probe]:
    """Give points that fill the unit cube evenly, whatever its dimension."""
    for number in range(_PROBES):
        further = (((number + 1) * _GOLDEN**power) % 1 for power in range(1, columns))
        yield ((number + 0.5) / _PROBES, *further)


def _hits(
    session: Session,
    root: TableLayout,
    table: TableLayout,
    keys: Sequence[ColumnProfile],
    quantiles: Sequence[Quantile],
    probes: Sequence[Probe],
) -> list[bool]:
    """Return for each probe whether its row would come into the table."""
    types = {column.name: column.type for column in root.live_columns()}
    arrays = ", ".join("%s::text::" + types[key.name].replace("%", "%%") + "[]" for key in keys)
    names = ", ".join(quote(key.name) for key in keys)
    constraint = table.partition_constraint.replace("%", "%%") or "true"
    found: list[bool] = session.value(
        f"SELECT array_agg(({constraint}) IS TRUE ORDER BY colonnade_number)"  # noqa: S608 - quoted
        f" FROM unnest({arrays}) WITH ORDINALITY AS u({names}, colonnade_number)",
        [array_literal(one(probe[place]) for probe in probes) for place, one in enumerate(quantiles)],
    )
    return found


def _narrowed(column: ColumnProfile, shares: Sequence[float], quantile: Quantile) -> ColumnProfile:
    """Return the profile of a key column within a partition that holds these shares of its values."""
    values = column.values
    if not shares:
        return column
    low, high = min(shares), max(shares)
    match values:
        case TimeRange():
            start, end = (datetime.fromisoformat(quantile(u)) for u in (low, high))
            return replace(column, values=replace(values, start=start, end=end, growth=0.0))
        case TimeUuid():
            span = values.end - values.start
            narrow = TimeUuid(start=values.start + span * low, end=values.start + span * high)
            return replace(column, values=narrow)
        case NumberRange():
            ends = NumberRange(low=float(quantile(low)), high=float(quantile(high)), digits=values.digits)
            return replace(column, values=ends)
        case Serial():
            ends = NumberRange(low=float(quantile(low)), high=float(quantile(high)))
            return replace(column, values=ends, correlation=column.correlation or 1.0)
        case Weighted():
            inside = {quantile(share) for share in shares}
            weights = tuple(pair for pair in values.weights if pair[0] in inside)
            return replace(column, values=Weighted(weights=weights))
        case _:
            return column
