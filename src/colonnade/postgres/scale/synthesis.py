"""Column statistics as ANALYZE would gather them, made from profiles alone.

Source of the rules: src/backend/commands/analyze.c
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from colonnade.errors import InputError
from colonnade.postgres.scale.distributions import TARGET, Common, Distribution, distribution
from colonnade.postgres.scale.layout import ColumnLayout, TableLayout
from colonnade.postgres.scale.profiles import (
    ColumnProfile,
    Documents,
    Elements,
    ParentKeys,
    TableProfile,
    Values,
)
from colonnade.postgres.scale.statistics import ColumnStatistics
from colonnade.postgres.scale.values import ValueReader, array_literal

SAMPLE_ROWS = 300 * TARGET
_GROWS_WITH_TABLE = 0.1  # above this share of the rows ANALYZE takes the number for one
_DOCUMENT_SAMPLES = 1000  # containment is judged by trying the histogram's values one by one
_UNKNOWN_WIDTH = 32

TableName = tuple[str, str]


class Synthesis:
    """Makes statistics; many columns are alike, so that each distribution is worked out once."""

    def __init__(self, profiles: Mapping[TableName, TableProfile], reader: ValueReader) -> None:
        """Look up referenced columns in `profiles` and ask the server by `reader`."""
        self._profiles = profiles
        self._reader = reader
        self._distributions: dict[tuple[Values, float], Distribution] = {}
        self._bounds: dict[tuple[Values, float, int], tuple[str, ...]] = {}

    def distribution(self, profile: ColumnProfile, rows: float) -> Distribution:
        """Return the distribution of a column's non-null values in so many rows."""
        present = rows * (1 - profile.null_fraction)
        key = (profile.values, present)
        if key not in self._distributions:
            self._distributions[key] = distribution(profile.values, present, self._parent)
        return self._distributions[key]

    def table(self, table: TableLayout, profile: TableProfile) -> tuple[ColumnStatistics, ...]:
        """Return the statistics of the columns that the profile describes."""
        layouts = {column.name: column for column in table.live_columns()}
        return tuple(self._column(table, layouts[column.name], column, profile.rows) for column in profile.columns)

    def _column(
        self, table: TableLayout, layout: ColumnLayout, profile: ColumnProfile, rows: float
    ) -> ColumnStatistics:
        """Return the statistics of one column."""
        found = self.distribution(profile, rows)
        present = 1 - profile.null_fraction
        common = _common(found, rows * present)
        bounds = self._bounds_of(profile, found, rows * present)
        histogram = self._histogram(layout, found, common, bounds)
        elements = profile.values if isinstance(profile.values, Elements) else None
        correlation = profile.correlation if profile.correlation is not None else found.correlation
        return ColumnStatistics(
            namespace=table.namespace,
            relation=table.name,
            name=profile.name,
            inherited=table.kind == "p",
            null_frac=profile.null_fraction,
            avg_width=round(self._width(layout, profile, found, bounds)),
            n_distinct=stored_distinct(found.distinct, rows),
            most_common_vals=array_literal(value for value, _ in common) if common else None,
            most_common_freqs=tuple(share * present for _, share in common) or None,
            histogram_bounds=histogram,
            correlation=correlation if layout.ordered and rows > 1 else None,
            most_common_elems=self._reader.sorted_elements(layout, elements) if elements else None,
            most_common_elem_freqs=self._element_shares(layout, elements) if elements else None,
            elem_count_histogram=_element_counts(elements) if elements else None,
        )

    def _histogram(
        self, layout: ColumnLayout, found: Distribution, common: Common, bounds: tuple[str, ...]
    ) -> str | None:
        """Return the bounds of the values that are not among the common ones."""
        left = found.distinct - len(common)
        if left < 2 or not layout.ordered:
            return None
        known = {value for value, _ in common}
        rare = [value for value in bounds if value not in known or found.in_order][: math.ceil(left)]
        if len(rare) < 2:
            return None
        return array_literal(rare) if found.in_order else self._reader.sorted(layout, rare)

    def _bounds_of(self, profile: ColumnProfile, found: Distribution, rows: float) -> tuple[str, ...]:
        """Return evenly spaced values from the lowest to the highest."""
        most = _DOCUMENT_SAMPLES if isinstance(profile.values, Documents) else TARGET + 1
        key = (profile.values, rows, most)
        if key not in self._bounds:
            self._bounds[key] = found.bounds(most)
        return self._bounds[key]

    def _width(
        self, layout: ColumnLayout, profile: ColumnProfile, found: Distribution, bounds: tuple[str, ...]
    ) -> float:
        """Return the average bytes of a value."""
        if layout.length > 0:
            return layout.length
        if profile.width is not None:
            return profile.width
        if isinstance(profile.values, Elements):
            elements = dict(profile.values.frequencies)
            return 24 + profile.values.per_row * self._reader.element_width(layout, elements)
        samples = dict(found.common) if found.complete else dict.fromkeys(bounds, 1.0)
        return self._reader.width(layout, samples) if samples else _UNKNOWN_WIDTH

    def _element_shares(self, layout: ColumnLayout, elements: Elements) -> tuple[float, ...]:
        """Return the shares in the order of the elements, then lowest, highest and that of nulls."""
        shares = dict(elements.frequencies)
        ordered = [shares[value] for value in self._reader.element_order(layout, elements)]
        return (*ordered, min(ordered), max(ordered), 0.0)

    def _parent(self, keys: ParentKeys) -> tuple[float, Distribution]:
        """Return the rows and the referenced column of a parent."""
        profile = self._profiles.get((keys.namespace, keys.table))
        columns = {column.name: column for column in profile.columns} if profile else {}
        if profile is None or keys.column not in columns:
            raise InputError(
                f'no profile of the referenced column "{keys.table}.{keys.column}"',
                hint="Give a profile of every table that others reference.",
            )
        return profile.rows, self.distribution(columns[keys.column], profile.rows)


def stored_distinct(distinct: float, rows: float) -> float:
    """Return the number as ANALYZE keeps it: negative, as a share of the rows, when it is large."""
    if rows <= 0:
        return 0.0
    return -min(1.0, distinct / rows) if distinct > _GROWS_WITH_TABLE * rows else round(distinct)


def counted_distinct(stored: float | None, rows: float) -> float:
    """Return how many distinct values a stored number means in so many rows."""
    if stored is None or stored == 0:
        return min(200.0, rows)  # DEFAULT_NUM_DISTINCT
    return -stored * rows if stored < 0 else stored


def _common(found: Distribution, rows: float) -> Common:
    """Return the values that ANALYZE would find common in a sample; all when they are few."""
    if found.complete and len(found.common) <= TARGET:
        return found.common
    candidates = found.common[:TARGET]
    shares = [share for _, share in candidates]
    return candidates[: significant(shares, distinct=found.distinct, rows=rows)]


def significant(shares: list[float], *, distinct: float, rows: float) -> int:
    """Return how many of the commonest values stand out from the rest in a sample of SAMPLE_ROWS.

    Source: analyze_mcv_list() in analyze.c, on expected instead of counted occurrences.
    """
    sample = min(SAMPLE_ROWS, rows)
    if sample >= rows:
        return len(shares)
    number = len(shares)
    while number > 0:
        rest = max(0.0, 1 - sum(shares[: number - 1]))
        others = distinct - (number - 1)
        expected = (rest / others if others > 1 else rest) * sample
        whole = rows * shares[number - 1]
        variance = sample * whole * (rows - whole) * (rows - sample) / (rows * rows * (rows - 1))
        if shares[number - 1] * sample > expected + 2 * math.sqrt(variance) + 0.5:
            break
        number -= 1
    return number


def _element_counts(elements: Elements) -> tuple[float, ...]:
    """Return quantiles of the number of elements in an array, then their average."""
    low, high = 1.0, max(1.0, 2 * elements.per_row - 1)
    return (*(round(low + (high - low) * i / TARGET) for i in range(TARGET + 1)), elements.per_row)


def check_profiles(
    profiles: Iterable[TableProfile], tables: Mapping[TableName, TableLayout]
) -> dict[TableName, TableProfile]:
    """Return the profiles by table; raises InputError for a table or column that is not there."""
    found: dict[TableName, TableProfile] = {}
    for profile in profiles:
        table = tables.get((profile.namespace, profile.name))
        if table is None:
            raise InputError(f'profile of a table that is not there: "{profile.namespace}.{profile.name}"')
        there = {column.name for column in table.live_columns()}
        for column in profile.columns:
            if column.name not in there:
                raise InputError(
                    f'profile of a column that is not there: "{profile.name}.{column.name}"',
                    hint=f"The table has {', '.join(sorted(there))}.",
                )
        found[profile.namespace, profile.name] = profile
    return found
