"""Planning at scale: an empty database that the planner takes for one with any number of rows."""

from colonnade.postgres.scale.clone import ScaledDatabase
from colonnade.postgres.scale.export import export_statistics
from colonnade.postgres.scale.hypothetical import HypotheticalIndex
from colonnade.postgres.scale.profiles import (
    ColumnProfile,
    Documents,
    Elements,
    NumberRange,
    ParentKeys,
    RandomUuid,
    Serial,
    TableProfile,
    Text,
    TimeRange,
    TimeUuid,
    Values,
    Weighted,
)
from colonnade.postgres.scale.restore import restore_statistics
from colonnade.postgres.scale.statistics import (
    ColumnRange,
    ColumnStatistics,
    DatabaseStatistics,
    ExtendedStatistics,
    GinCounts,
    RelationStatistics,
)

__all__ = [
    "ColumnProfile",
    "ColumnRange",
    "ColumnStatistics",
    "DatabaseStatistics",
    "Documents",
    "Elements",
    "ExtendedStatistics",
    "GinCounts",
    "HypotheticalIndex",
    "NumberRange",
    "ParentKeys",
    "RandomUuid",
    "RelationStatistics",
    "ScaledDatabase",
    "Serial",
    "TableProfile",
    "Text",
    "TimeRange",
    "TimeUuid",
    "Values",
    "Weighted",
    "export_statistics",
    "restore_statistics",
]
