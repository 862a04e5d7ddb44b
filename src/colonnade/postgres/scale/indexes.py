"""The statistics of an index that nobody has built: its rows, its size, and its image on disk."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from colonnade.postgres.explain import explain
from colonnade.postgres.scale import sizing
from colonnade.postgres.scale.expressions import named_columns
from colonnade.postgres.scale.layout import ColumnLayout, IndexColumnLayout, IndexLayout, TableLayout
from colonnade.postgres.scale.pages import Pages, brin_pages, btree_pages, gin_pages
from colonnade.postgres.scale.sizing import IndexAttribute
from colonnade.postgres.scale.statistics import ColumnStatistics, RelationStatistics
from colonnade.postgres.scale.synthesis import counted_distinct
from colonnade.postgres.session import Session

_UNKNOWN_WIDTH = 32
_PAGES_PER_RANGE = 128
_HEADER_SAVED = 3  # a short value needs one byte of its header's four
_SHORT_VARLENA = 126 + _HEADER_SAVED
_DERIVING = frozenset({"gin", "gist", "spgist"})
# The rows of a parallel plan are those of one worker, multiplied and rounded.
_SERIAL = {"max_parallel_workers_per_gather": "0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedTable:
    """What an index is over: a table with its size and what is known about its columns by name."""

    layout: TableLayout
    rows: float
    blocks: int
    columns: Mapping[str, ColumnStatistics]


def indexed_rows(session: Session, index: IndexLayout, table: IndexedTable) -> float:
    """Return the rows that are in the index; for a partial one the planner says how many."""
    if not index.predicate:
        return table.rows
    sql = f"SELECT FROM ONLY {table.layout.qualified} WHERE {index.predicate}"
    return min(table.rows, float(explain(session, sql, settings=_SERIAL).rows))


def index_attributes(
    index: IndexLayout,
    table: IndexedTable,
    rows: float,
    expressions: Sequence[ColumnStatistics],
) -> tuple[IndexAttribute, ...]:
    """Return the columns of an index as its size depends on them."""
    by_number = {column.number: column for column in table.layout.columns}
    of_expression = {one.index_attribute: one for one in expressions}
    attributes = []
    for column in index.columns:
        if column.attribute:
            source = by_number[column.attribute]
            known = table.columns.get(source.name)
            width = _width(table, source)
        else:
            known = of_expression.get(column.number)
            width = _stored_width(column, known) if known else _expression_width(table, column)
        # These methods store keys of another type; it is the value's width that tells how many.
        stored = column.length > 0 and index.access_method not in _DERIVING
        attributes.append(
            IndexAttribute(
                length=column.length,
                alignment=column.alignment,
                width=column.length if stored else width,
                null_frac=known.null_frac or 0.0 if known else 0.0,
                distinct=_distinct_among(known, rows=rows, table_rows=table.rows),
                key=column.key,
                operator_class=column.operator_class,
            )
        )
    return tuple(attributes)


def _width(table: IndexedTable, column: ColumnLayout) -> float:
    """Return the average bytes of a table's column."""
    known = table.columns.get(column.name)
    if column.length > 0:
        return column.length
    return known.avg_width if known and known.avg_width is not None else _UNKNOWN_WIDTH


def _stored_width(column: IndexColumnLayout, known: ColumnStatistics) -> float:
    """Return the average bytes of an expression: ANALYZE measures it before its header shrinks."""
    width = known.avg_width or 0
    return width - _HEADER_SAVED if column.length < 0 and width <= _SHORT_VARLENA else width


def _expression_width(table: IndexedTable, column: IndexColumnLayout) -> float:
    """Return the average bytes of an expression that nobody could evaluate: those of what goes in."""
    if column.length > 0:
        return column.length
    named = named_columns(table.layout, column.expression)
    return sum(_width(table, one) for one in named) or _UNKNOWN_WIDTH


def _distinct_among(known: ColumnStatistics | None, *, rows: float, table_rows: float) -> float:
    """Return how many of a column's distinct values occur in some of the table's rows."""
    distinct = counted_distinct(known.n_distinct if known else None, table_rows)
    if rows >= table_rows or distinct <= 0:
        return max(1.0, distinct)
    missed = math.pow(1 - rows / table_rows, table_rows / distinct)
    return max(1.0, distinct * (1 - missed))


def index_statistics(
    index: IndexLayout,
    table: IndexedTable,
    rows: float,
    attributes: Sequence[IndexAttribute],
    *,
    deduplicates: bool,
) -> RelationStatistics:
    """Return the statistics of an index freshly built over so many rows."""
    deduplicates = deduplicates and not index.is_unique
    pages_per_range = index.option("pages_per_range", _PAGES_PER_RANGE)
    blocks = sizing.index_blocks(
        index.access_method,
        rows,
        attributes,
        table_blocks=table.blocks,
        fill_factor=index.option("fillfactor", 0),
        pages_per_range=pages_per_range,
        deduplicates=deduplicates and index.options.get("deduplicate_items", "on") in ("on", "true", "yes", "1"),
    )
    return RelationStatistics(
        namespace=index.namespace,
        name=index.name,
        kind="i",
        access_method=index.access_method,
        relpages=blocks,
        reltuples=rows,
        blocks=blocks,
    )


def index_pages(
    index: IndexLayout,
    statistics: RelationStatistics,
    *,
    base: bytes,
    attributes: Sequence[IndexAttribute],
    table_blocks: int,
) -> Pages:
    """Return the pages that the planner will read, estimating what the statistics do not say."""
    blocks = statistics.blocks
    match index.access_method:
        case "btree":
            height = statistics.btree_height
            if height is None:
                height = sizing.btree_height(blocks, statistics.reltuples, attributes)
            return btree_pages(base, height=height)
        case "gin":
            counts = statistics.gin
            if counts is None:
                counts = sizing.gin_counts(statistics.reltuples, attributes, table_blocks=table_blocks)
                counts = sizing.resized_gin_counts(counts, blocks)
            return gin_pages(base, counts)
        case "brin":
            last = statistics.brin_last_revmap_page
            if last is None:
                pages_per_range = index.option("pages_per_range", _PAGES_PER_RANGE)
                last = sizing.brin_last_revmap_page(table_blocks, pages_per_range)
            return brin_pages(base, last_revmap_page=last)
        case _:
            return {}
