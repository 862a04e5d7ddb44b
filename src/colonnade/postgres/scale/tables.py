"""The statistics of tables from their profiles."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from colonnade.postgres.scale import sizing
from colonnade.postgres.scale.layout import ColumnLayout, DatabaseLayout, TableLayout
from colonnade.postgres.scale.partitions import partition_profiles
from colonnade.postgres.scale.profiles import TableProfile
from colonnade.postgres.scale.sizing import Attribute
from colonnade.postgres.scale.statistics import (
    ColumnStatistics,
    DatabaseStatistics,
    RelationStatistics,
)
from colonnade.postgres.scale.synthesis import Synthesis, TableName, check_profiles
from colonnade.postgres.scale.values import ValueReader
from colonnade.postgres.session import Session

_UNKNOWN_WIDTH = 32
_ABSENT = -1  # relpages of a partitioned table, which has no pages of its own


def synthesise_tables(
    session: Session,
    layout: DatabaseLayout,
    profiles: Collection[TableProfile],
    reader: ValueReader,
) -> DatabaseStatistics:
    """Return the statistics of tables and columns that the profiles imply; no index among them."""
    tables = {(table.namespace, table.name): table for table in layout.tables}
    known = check_profiles(profiles, tables)
    synthesis = Synthesis(known, reader)
    relations: list[RelationStatistics] = []
    columns: list[ColumnStatistics] = []
    for table, profile in _with_partitions(session, layout, known, synthesis):
        of_table = synthesis.table(table, profile)
        columns += of_table
        relations.append(_relation(table, profile, of_table))
    return DatabaseStatistics(server_version=session.server_version, relations=tuple(relations), columns=tuple(columns))


def _with_partitions(
    session: Session,
    layout: DatabaseLayout,
    known: Mapping[TableName, TableProfile],
    synthesis: Synthesis,
) -> Iterator[tuple[TableLayout, TableProfile]]:
    """Give each table its profile; a partition's own profile goes before its share of the whole."""
    for table in layout.tables:
        profile = known.get((table.namespace, table.name))
        if profile is None:
            continue
        yield table, profile
        if table.kind != "p" or table.root != table.oid:
            continue
        for partition, share in partition_profiles(session, layout, table, profile, synthesis):
            if (partition.namespace, partition.name) not in known:
                yield partition, share


def _relation(table: TableLayout, profile: TableProfile, columns: Sequence[ColumnStatistics]) -> RelationStatistics:
    """Return the size of a table."""
    if table.kind == "p":
        blocks = 0
    else:
        by_name = {column.name: column for column in columns}
        attributes = [_attribute(one, by_name.get(one.name)) for one in table.columns]
        fill_factor = int(table.options.get("fillfactor", 100))
        blocks = sizing.heap_blocks(profile.rows, attributes, fill_factor=fill_factor)
    return RelationStatistics(
        namespace=table.namespace,
        name=table.name,
        kind=table.kind,
        relpages=_ABSENT if table.kind == "p" else blocks,
        reltuples=profile.rows,
        relallvisible=int(blocks * profile.visible),
        blocks=blocks,
    )


def _attribute(layout: ColumnLayout, known: ColumnStatistics | None) -> Attribute:
    """Return a column as its table's size depends on it; a dropped one is null in every row."""
    if layout.dropped:
        return Attribute(length=layout.length, alignment=1, width=0.0, null_frac=1.0)
    width = known.avg_width if known and known.avg_width is not None else _UNKNOWN_WIDTH
    return Attribute(
        length=layout.length,
        alignment=layout.alignment,
        width=layout.length if layout.length > 0 else width,
        null_frac=known.null_frac or 0.0 if known else 0.0,
        toastable=layout.length < 0 and layout.toastable,
    )
