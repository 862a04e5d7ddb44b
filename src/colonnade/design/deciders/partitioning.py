"""Which tables are split by time."""

from __future__ import annotations

from dataclasses import dataclass, replace

from colonnade.design.decision import Decision, Draft, Rejected, asked
from colonnade.design.drafting import Drafting, constraint_object, table_object
from colonnade.design.history import never_changes
from colonnade.design.names import constraint_name
from colonnade.design.partition_maintenance import maintenance, period_of
from colonnade.design.places import Places
from colonnade.design.volumes import declared, planned_rows
from colonnade.schema import ObjectName, Partition, PartitionKey, PrimaryKey, Table
from colonnade.spec import Entity, Spec

EXPIRING_ROWS = 50_000_000
"""Rows from which deleting what has expired row by row costs more than detaching a partition."""

ENDLESS_ROWS = 500_000_000
"""Rows from which one append-only table is too large to vacuum and index as a whole."""

_SOURCE = "postgresql.org/docs/current/ddl-partitioning.html"
_TIME_TYPES = frozenset(("timestamp with time zone", "timestamp without time zone", "date"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Size:
    """Why a table is large enough to ask."""

    rows: int
    keep_days: int | None
    append_only: bool

    @property
    def worth_it(self) -> bool:
        """Whether partitions pay."""
        expires = self.keep_days is not None and self.rows >= EXPIRING_ROWS
        return expires or (self.append_only and self.rows >= ENDLESS_ROWS)


class PartitioningDecider:
    """Splits huge tables that expire or only grow by time, where their keys allow it."""

    def decide(self, spec: Spec, draft: Draft) -> tuple[Draft, tuple[Decision, ...]]:
        """Return the draft with its partitioned tables; a decision for each table that is large enough to ask."""
        drafting = Drafting(draft)
        places = Places(spec, draft)
        for entity in spec.entities:
            if not entity.external and places.has_table(entity.name) and declared(spec, entity.name):
                size = _size(spec, entity)
                if size.rows >= EXPIRING_ROWS:
                    _decide(spec, entity, size, drafting, places)
        return drafting.finish()


def _size(spec: Spec, entity: Entity) -> _Size:
    keep_days = entity.volume.keep_days if entity.volume else None
    return _Size(rows=planned_rows(spec, entity.name), keep_days=keep_days, append_only=never_changes(spec, entity))


def _decide(spec: Spec, entity: Entity, size: _Size, drafting: Drafting, places: Places) -> None:
    """Split one large table, or say why not."""
    table = drafting.table(entity.name)
    column = _time_column(entity, table, places)
    obstacle = _obstacle(table, column, size, drafting)
    if obstacle:
        drafting.decide(_whole(spec, entity, table, size, obstacle))
        return
    key = table.primary_key
    assert key is not None  # noqa: S101 - a table without a key is an obstacle
    columns = key.columns if column in key.columns else (*key.columns, column)
    function = maintenance(table, keep_days=size.keep_days)
    drafting.functions[function.name] = function
    drafting.put(
        replace(
            table,
            primary_key=PrimaryKey(name=key.name, columns=columns),
            partition_key=PartitionKey(strategy="RANGE", keys=(column,)),
            partitions=(Partition(name=constraint_name(table.name, "default"), bound="DEFAULT"),),
        )
    )
    drafting.decide(_split(spec, entity, table, column, size, function.name))


def _time_column(entity: Entity, table: Table, places: Places) -> str:
    """Return the column that says when a row came about, "" if there is none that is always there."""
    candidates = [each for each in entity.attributes if each.role == "created"]
    candidates += [each for each in entity.attributes if each.type.base in {"timestamp", "date"} and each.required]
    for attribute in candidates:
        place = places.place(entity.name, attribute.name)
        if place is not None and place.own and table.column(place.columns[0]).type in _TIME_TYPES:
            column = table.column(place.columns[0])
            if column.not_null:
                return column.name
    return ""


def _obstacle(table: Table, column: str, size: _Size, drafting: Drafting) -> str:
    """Return why the table stays whole; "" when it can be split."""
    if not size.worth_it and size.append_only:
        return f"one table of appended rows serves up to {ENDLESS_ROWS:,}"
    if not size.worth_it:
        return "its rows are kept for ever and changed later, so no partition could be detached or closed"
    if not column:
        return "no column that is always there says when a row came about"
    if table.primary_key is None:
        return "it has no primary key"
    referencing = sorted(
        other.name
        for other in drafting.tables.values()
        for foreign_key in other.foreign_keys
        if (foreign_key.referenced_namespace, foreign_key.referenced_table) == (table.namespace, table.name)
    )
    if referencing:
        return f"{', '.join(dict.fromkeys(referencing))} would have to refer to it by its time as well"
    uniques = [unique.name for unique in table.uniques if column not in unique.columns]
    uniques += [index.name for index in table.indexes if index.unique and column not in index.columns]
    if uniques:
        return f"{', '.join(sorted(uniques))} would hold only within each partition"
    if table.exclusions:
        return f"{table.exclusions[0].name} would hold only within each partition"
    return ""


def _split(spec: Spec, entity: Entity, table: Table, column: str, size: _Size, function: str) -> Decision:
    period = period_of(size.keep_days)
    expires = f"kept for {size.keep_days:,} days" if size.keep_days is not None else "only appended to"
    reads_by_time = [
        each.id for each in spec.access_patterns if each.entity == entity.name and _bounds_time(entity, each.range)
    ]
    elsewhere = [
        each.id for each in spec.access_patterns if each.entity == entity.name and each.id not in reads_by_time
    ]
    cost = f" {', '.join(elsewhere)} name no time and look into each partition." if elsewhere else ""
    return Decision(
        question=f"partitioning of {table.name}",
        choice=f"RANGE ({column}), one partition a {period}, made ahead and detached by {function}()",
        reason=(
            f"{size.rows:,} rows, {expires}: an expired {period} is detached at once instead of deleted row by row, and"
            f" each partition is vacuumed alone. The key takes {column} in, as Postgres asks; rows outside of every"
            f" partition fall into the DEFAULT one.{cost}"
        ),
        shaped=(
            table_object(table),
            constraint_object(table, table.primary_key.name if table.primary_key else ""),
            ObjectName(kind="function", name=function, namespace=table.namespace),
        ),
        facts=(*entity.at, *(entity.volume.at if entity.volume else ())),
        rejected=(
            Rejected(choice="one table", reason="deletes leave dead rows behind in every index"),
            Rejected(choice="fixed partitions in the DDL", reason="a design has no clock; they would run out"),
        ),
        source=_SOURCE,
        patterns=tuple(reads_by_time),
        asked=asked(spec, "volume", entity.name),
    )


def _bounds_time(entity: Entity, ranges: tuple[str, ...]) -> bool:
    return any(
        entity.has_attribute(name) and entity.attribute(name).type.base in {"timestamp", "date"} for name in ranges
    )


def _whole(spec: Spec, entity: Entity, table: Table, size: _Size, obstacle: str) -> Decision:
    return Decision(
        question=f"partitioning of {table.name}",
        choice="one table",
        reason=f"It is planned for {size.rows:,} rows, but {obstacle}.",
        shaped=(table_object(table),),
        facts=(*entity.at, *(entity.volume.at if entity.volume else ())),
        rejected=(Rejected(choice="RANGE by time", reason=obstacle),),
        source=_SOURCE,
        asked=asked(spec, "volume", entity.name),
    )
