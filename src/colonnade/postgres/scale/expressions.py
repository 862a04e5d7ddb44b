"""What ANALYZE would know about an expression of an index, from what is known about its column."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from colonnade.postgres.scale.layout import (
    ColumnLayout,
    IndexColumnLayout,
    IndexLayout,
    TableLayout,
)
from colonnade.postgres.scale.statistics import ColumnStatistics
from colonnade.postgres.scale.values import array_literal
from colonnade.postgres.session import Session
from colonnade.sql.identifier import quote

# Methods whose operators compare the values themselves, so that a histogram of them is of use.
_COMPARING = frozenset({"btree", "brin"})

# Every known value of the column with its share (none for a bound) and its place among the bounds.
_EVALUATED = """
    SELECT share, position, e::text, pg_column_size(e) FROM (
        SELECT share, position, ({expression}) AS e FROM (
            SELECT v AS {column}, share, NULL AS position
            FROM unnest(%(common)s::text::{type}[], %(shares)s::float8[]) AS c(v, share)
            UNION ALL
            SELECT v, NULL, position
            FROM unnest(%(bounds)s::text::{type}[]) WITH ORDINALITY AS b(v, position)
        ) AS known
    ) AS evaluated WHERE e IS NOT NULL ORDER BY e, position
"""


class ExpressionReader:
    """Evaluates expressions of indexes, each over the same values once: other volumes share them."""

    def __init__(self, session: Session) -> None:
        """Ask over this session."""
        self._session = session
        self._known: dict[tuple[int, int, ColumnStatistics], ColumnStatistics] = {}

    def statistics(
        self, index: IndexLayout, table: TableLayout, columns: Mapping[str, ColumnStatistics]
    ) -> tuple[ColumnStatistics, ...]:
        """Return statistics of the expressions of an index, by evaluating them over the known values.

        An expression of several columns, or of one without known values, stays unknown.
        """
        if index.access_method not in _COMPARING:
            return ()
        found: list[ColumnStatistics] = []
        for expression in index.columns:
            named = named_columns(table, expression.expression) if expression.expression else []
            source = columns.get(named[0].name) if len(named) == 1 else None
            if source and (source.most_common_vals or source.histogram_bounds):
                key = (index.oid, expression.number, source)
                if key not in self._known:
                    self._known[key] = _evaluate(self._session, index, expression, named[0], source)
                found.append(self._known[key])
        return tuple(found)


def named_columns(table: TableLayout, expression: str) -> list[ColumnLayout]:
    """Return the columns that an expression of an index depends on."""
    return [
        column
        for column in table.live_columns()
        if re.search(rf'(?<![\w"]){re.escape(quote(column.name))}(?![\w"(])', expression)
    ]


def _evaluate(
    session: Session,
    index: IndexLayout,
    expression: IndexColumnLayout,
    column: ColumnLayout,
    source: ColumnStatistics,
) -> ColumnStatistics:
    """Return the statistics of one expression of one column."""
    rows = session.execute(
        _EVALUATED.format(
            expression=expression.expression.replace("%", "%%"),
            column=quote(column.name).replace("%", "%%"),
            type=column.type.replace("%", "%%"),
        ),
        {
            "common": source.most_common_vals or "{}",
            "shares": list(source.most_common_freqs or ()),
            "bounds": source.histogram_bounds or "{}",
        },
    )
    shares: dict[str, float] = {}
    for share, _, value, _ in rows:
        if share is not None:
            shares[value] = shares.get(value, 0.0) + share
    common = sorted(shares.items(), key=lambda pair: -pair[1])
    positions = [position for _, position, _, _ in rows if position is not None]
    bounds = list(dict.fromkeys(value for share, _, value, _ in rows if share is None))
    # As many values as before unless some became equal.
    kept = (len(common) + len(bounds)) / len(rows) if rows else 1.0
    return replace(
        source,
        namespace=index.namespace,
        relation=index.name,
        name=expression.name,
        index_attribute=expression.number,
        avg_width=round(sum(size for _, _, _, size in rows) / len(rows)) if rows else source.avg_width,
        n_distinct=source.n_distinct * kept if source.n_distinct is not None else None,
        most_common_vals=array_literal(value for value, _ in common) if common else None,
        most_common_freqs=tuple(share for _, share in common) or None,
        histogram_bounds=array_literal(bounds) if len(bounds) > 1 else None,
        correlation=source.correlation if positions == sorted(positions) else 0.0,
        most_common_elems=None,
        most_common_elem_freqs=None,
        elem_count_histogram=None,
    )
