"""What the planner knows about a database, as values that can be kept in a file."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from colonnade.errors import InputError

Kind = Literal["r", "p", "m", "f", "i", "I"]
"""`pg_class.relkind`: table, partitioned table, materialized view, foreign table, index, partitioned index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GinCounts:
    """The counts that a GIN index keeps in its metapage, as of the last VACUUM."""

    total_pages: int
    entry_pages: int
    data_pages: int
    entries: int
    pending_pages: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationStatistics:
    """The size of one table or index, in Postgres's own terms.

    `blocks` is what the files hold now, `relpages` what the last VACUUM or ANALYZE saw: the planner
    scales `reltuples` by their ratio. The last three fields are what the planner reads from an
    index's metapage; `None` where nobody could look, and then they are estimated.
    """

    namespace: str
    name: str
    kind: Kind
    access_method: str = ""
    relpages: int
    reltuples: float
    relallvisible: int = 0
    relallfrozen: int = 0
    blocks: int
    btree_height: int | None = None
    gin: GinCounts | None = None
    brin_last_revmap_page: int | None = None

    def scaled(self, factor: float) -> RelationStatistics:
        """Return the relation with `factor` times the rows, of the same width and density."""
        blocks = _times(self.blocks, factor)
        gin = self.gin
        if gin is not None:
            # New rows bring few new keys: it is the posting trees that grow.
            data = max(0, blocks - gin.entry_pages - gin.pending_pages - 1)
            gin = replace(gin, total_pages=blocks, data_pages=data)
        return replace(
            self,
            relpages=_times(self.relpages, factor),
            reltuples=self.reltuples * factor if self.reltuples > 0 else self.reltuples,
            relallvisible=_times(self.relallvisible, factor),
            relallfrozen=_times(self.relallfrozen, factor),
            blocks=blocks,
            btree_height=None if factor != 1 else self.btree_height,
            gin=gin,
            brin_last_revmap_page=None if factor != 1 else self.brin_last_revmap_page,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnStatistics:
    """One row of `pg_stats`, with its spelling; lists of values are in array-literal form.

    For an expression of an index, `name` is what Postgres calls it and `index_attribute` its number.
    """

    namespace: str
    relation: str
    name: str
    index_attribute: int | None = None
    inherited: bool = False
    null_frac: float | None = None
    avg_width: int | None = None
    n_distinct: float | None = None
    most_common_vals: str | None = None
    most_common_freqs: tuple[float, ...] | None = None
    histogram_bounds: str | None = None
    correlation: float | None = None
    most_common_elems: str | None = None
    most_common_elem_freqs: tuple[float, ...] | None = None
    elem_count_histogram: tuple[float, ...] | None = None
    range_length_histogram: str | None = None
    range_empty_frac: float | None = None
    range_bounds_histogram: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedStatistics:
    """What `CREATE STATISTICS` gathered, in the server's binary form as `bytea` text.

    Only a server of the same version can read it.
    """

    namespace: str
    name: str
    inherited: bool
    ndistinct: str | None = None
    dependencies: str | None = None
    mcv: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRange:
    """The lowest and highest value of a column as an index holds them, in text form.

    The planner looks there for a range that reaches the end of a histogram.
    """

    namespace: str
    relation: str
    column: str
    lowest: str
    highest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseStatistics:
    """Everything the planner knows about the user's tables of one database."""

    server_version: int
    relations: tuple[RelationStatistics, ...] = ()
    columns: tuple[ColumnStatistics, ...] = ()
    extended: tuple[ExtendedStatistics, ...] = ()
    ranges: tuple[ColumnRange, ...] = ()

    def to_json(self) -> str:
        """Return the values as JSON."""
        return _adapter().dump_json(self, exclude_none=True).decode()

    @classmethod
    def from_json(cls, text: str) -> DatabaseStatistics:
        """Read what `to_json` wrote; raises InputError for anything else."""
        try:
            return _adapter().validate_json(text)
        except ValidationError as problem:
            first = problem.errors()[0]
            raise InputError(
                "not a statistics file",
                detail=f"At {'.'.join(map(str, first['loc']))}: {first['msg']}.",
                hint="Export the statistics again.",
            ) from problem

    def scaled(self, factor: float) -> DatabaseStatistics:
        """Return the same database with every table `factor` times as long.

        Numbers of distinct values given as a share of the rows grow with them, others stay; so do
        histograms. Trees grow as high as their size asks.
        """
        relations = tuple(relation.scaled(factor) for relation in self.relations)
        return replace(self, relations=relations)


@functools.cache
def _adapter() -> TypeAdapter[DatabaseStatistics]:
    """Return what reads and writes the value as JSON; building it takes longer than most runs use it."""
    return TypeAdapter(DatabaseStatistics)


def _times(number: int, factor: float) -> int:
    """Return a count times a factor; Postgres's -1 for "unknown" stays."""
    return round(number * factor) if number > 0 else number
