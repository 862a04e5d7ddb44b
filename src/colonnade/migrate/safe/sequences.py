"""Which safe sequence takes the place of which plain step."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from colonnade.migrate.conditions import exists, has_enum_value
from colonnade.migrate.safe.columns import add_filled_column, splits
from colonnade.migrate.safe.constraints import add_checked, add_key, replace_checked
from colonnade.migrate.safe.indexes import build_index, drop_index, replace_index
from colonnade.migrate.safe.not_null import set_not_null
from colonnade.migrate.safe.partitions import detaches, drop_partition
from colonnade.migrate.safe.preconditions import refuse_rows
from colonnade.migrate.safe.second_column import expands
from colonnade.migrate.safe.types import expand
from colonnade.migrate.safe.views import replace_view
from colonnade.migrate.sentences import called
from colonnade.migrate.stage import Stage, alone
from colonnade.migrate.step import Step
from colonnade.postgres.observation import ObservedStatement
from colonnade.schema import Check, Column, EnumType, ForeignKey, Index, Partition, PrimaryKey, Table, Unique, View
from colonnade.schema import changes as c
from colonnade.schema.dependencies import Catalog
from colonnade.schema.members import object_name, table_name
from colonnade.schema.names import ObjectName
from colonnade.sql.locks import LockMode


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedStep:
    """A plain step, with what its statements did on a copy of the schema."""

    step: Step
    observed: tuple[ObservedStatement, ...]


@dataclass(frozen=True, kw_only=True)  # without slots, for what is worked out once
class Surroundings:
    """What a plan leads from and to.

    `digests` are those of the definitions that what is made anew under its old name has in the end.
    """

    before: Catalog
    after: Catalog
    digests: Mapping[ObjectName, str]

    @functools.cached_property
    def used(self) -> frozenset[ObjectName]:
        """The relations that are there before the plan, so that others may wait for them."""
        schema = self.before.schema
        parts = (
            ObjectName(kind="table", name=part.name, namespace=table.namespace)
            for table in schema.tables
            for part in table.partitions
        )
        return frozenset([*map(table_name, schema.tables), *(object_name(view) for view in schema.views), *parts])

    def table_before(self, table: Table) -> Table | None:
        """Return the table as it is before the plan."""
        return self.before.schema.find_table(table.name, namespace=table.namespace)


def safe_stages(steps: Sequence[ObservedStep], around: Surroundings) -> Iterator[Stage]:
    """Yield the stages that do what plain steps do without making anybody wait for long; none where they are safe.

    Nor are there any for what Postgres can only do at once: a table that is rewritten for a generated column, an
    exclusion constraint, a key of a partitioned table.
    """
    match steps:
        case [each]:
            yield from _of_one(each, around)
        case [ObservedStep(step=Step(change=c.Drop(table=Table() | View()) as dropped)), ObservedStep(step=created)]:
            yield from _replacement(dropped, created.change, around)
        case _:
            yield from replace_view([each.step for each in steps], around.digests)
            yield from _expansion(steps, around)


def _of_one(each: ObservedStep, around: Surroundings) -> Iterator[Stage]:
    change = each.step.change
    match change:
        case c.AddEnumValue(enum=enum, value=value):
            yield _add_enum_value(each.step, enum, value)
        case c.Create(value=Index() as index, table=(Table() | View()) as table) if object_name(table) in around.used:
            yield from build_index(table, index)
        case c.Drop(value=Index() as index, table=(Table() | View()) as table) if object_name(table) in around.used:
            yield drop_index(table, index)
        case c.Drop(value=Partition() as partition, table=Table() as table) if detaches(table):
            yield from drop_partition(table, partition, loses=each.step.loses)
        case c.AlterColumnType():
            yield from _expansion([each], around)
        case _ if is_heavy(each, around):
            yield from _light(change, around)


def _replacement(dropped: c.Drop, created: c.Change, around: Surroundings) -> Iterator[Stage]:
    """Yield the stages that put an index or a checked constraint in the place of another one; none where that waits."""
    match dropped, created:
        case (
            c.Drop(value=Index() as old, table=(Table() | View()) as old_table),
            c.Create(value=Index() as new, table=(Table() | View()) as table),
        ):
            digest = around.digests[object_name(new, table)]
            yield from replace_index(old_table, old, table, new, digest=digest)
        case (
            c.Drop(),
            c.Create(value=(Check() | ForeignKey()) as checked, table=Table() as table),
        ):
            if checked.validated and checked.enforced and _is_plain_table(table):
                digest = around.digests[object_name(checked, table)]
                yield from replace_checked(table, checked, digest=digest)
        case _:
            return


def _expansion(steps: Sequence[ObservedStep], around: Surroundings) -> Iterator[Stage]:
    """Yield the stages for another type of a column, with what is made anew on it."""
    retyped = [each for each in steps if isinstance(each.step.change, c.AlterColumnType)]
    if len(retyped) == 1 and is_heavy(retyped[0], around):
        change = retyped[0].step.change
        others = [each.step for each in steps if each is not retyped[0]]
        if isinstance(change, c.AlterColumnType) and expands(
            change, [each.change for each in others], around.before, around.after
        ):
            yield from expand(change, others, around.before, around.after)


def _light(change: c.Change, around: Surroundings) -> Iterator[Stage]:
    """Yield the stages for a change that would read or write a used table while others wait."""
    match change:
        case c.Create(value=(Check() | ForeignKey()) as constraint, table=Table() as table) if isinstance(
            constraint, Check
        ) or _is_plain_table(table):
            yield from add_checked(table, constraint)
        case c.Create(value=(PrimaryKey() | Unique()) as key, table=Table() as table):
            old = around.table_before(table)
            if old is not None and _is_plain_table(table) and not key.without_overlaps:
                yield from add_key(old, table, key)
        case c.Create(value=Column() as column, table=Table() as table) if splits(column):
            yield from add_filled_column(around.table_before(table) or table, table, column)
        case c.SetNotNull(table=table, after=column):
            yield from set_not_null(table, column)
        case _:
            return


def required_column(step: Step, around: Surroundings) -> Iterator[Stage]:
    """Yield the stage that says why a column cannot be added that stored rows would need a value for."""
    match step.change:
        case c.Create(value=Column() as column, table=Table() as table) if object_name(table) in around.used:
            given = column.default is not None or column.identity or column.generated is not None
            if column.not_null and not given:
                problem = f"{called(column, table)} is NOT NULL without a default, and the table has rows"
                hint = "Give it a default, or let it be NULL, fill it, and make it NOT NULL in the next revision."
                yield refuse_rows(table, "true", problem, hint, done=exists(column, table))


def _add_enum_value(step: Step, enum: EnumType, value: str) -> Stage:
    (text,) = step.sql
    sql = text.replace(" ADD VALUE ", " ADD VALUE IF NOT EXISTS ", 1)
    return alone(f"~ {called(enum, None)}: value {value!r} added", sql, done=has_enum_value(enum, value))


def is_heavy(each: ObservedStep, around: Surroundings) -> bool:
    """Tell whether a statement reads, writes or indexes a used table while those who write to it wait."""
    for seen in each.observed:
        built = (home for index in seen.built for home in _homes(index))
        touched = {*seen.scanned, *seen.rewritten, *built} & around.used
        if any(lock.mode.blocks_writes and lock.relation in touched for lock in seen.locks):
            return True
    return False


def is_harmless(each: ObservedStep, around: Surroundings) -> bool:
    """Tell whether nobody can wait for any statement: it only looks at what is used, or does not even that."""
    return not any(
        lock.mode.strength > LockMode.ACCESS_SHARE.strength and not around.used.isdisjoint(_homes(lock.relation))
        for seen in each.observed
        for lock in seen.locks
    )


def _homes(name: ObjectName) -> tuple[ObjectName, ...]:
    """Return the table or materialised view that an index belongs to, any other relation as itself."""
    if name.kind != "index":
        return (name,)
    table = ObjectName(kind="table", name=name.table, namespace=name.namespace)
    return table, replace(table, kind="view")


def _is_plain_table(table: Table) -> bool:
    return table.partition_key is None
