"""The statistics of an index that nobody has built: its rows, its size, and its image on disk."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from colonnade.postgres.explain import explain
from colonnade.postgres.scale import sizing
from colonnade.postgres.scale.layout import IndexLayout, TableLayout
from colonnade.postgres.scale.pages import Pages, brin_pages, btree_pages, gin_pages
from colonnade.postgres.scale.sizing import IndexAttribute
from colonnade.postgres.scale.statistics import ColumnStatistics, RelationStatistics
from colonnade.postgres.scale.synthesis import counted_distinct
from colonnade.postgres.session import Session

_UNKNOWN_WIDTH = 32
_PAGES_PER_RANGE = 128
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
    by_number = {column.number: column.name for column in table.layout.columns}
    of_expression = {one.index_attribute: one for one in expressions}
    attributes = []
    for column in index.columns:
        known = of_expression.get(column.number)
        if column.attribute:
            known = table.columns.get(by_number[column.attribute])
        width = known.avg_width if known and known.avg_width is not None else _UNKNOWN_WIDTH
        attributes.append(
            IndexAttribute(
                length=column.length,
                alignment=column.alignment,
                width=column.length if column.length > 0 else width,
                null_frac=known.null_frac or 0.0 if known else 0.0,
                distinct=_distinct_among(known, rows=rows, table_rows=table.rows),
                key=column.key,
                operator_class=column.operator_class,
            )
        )
    return tuple(attributes)


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
            return gin_pages(base, statistics.gin or sizing.gin_counts(blocks))
        case "brin":
            last = statistics.brin_last_revmap_page
            if last is None:
                pages_per_range = index.option("pages_per_range", _PAGES_PER_RANGE)
                last = sizing.brin_last_revmap_page(table_blocks, pages_per_range)
            return brin_pages(base, last_revmap_page=last)
        case _:
            return {}
