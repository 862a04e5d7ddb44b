"""The schemas that a chain passes through, in which old and new columns stand side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from colonnade.migrate.expand_contract.move import Move
from colonnade.migrate.expand_contract.renamed_table import RenamedTable
from colonnade.schema import Column, Policy, Schema, Table, Unique
from colonnade.schema.constraints import Check, ForeignKey
from colonnade.schema.dependencies import Catalog, Dependencies
from colonnade.schema.indexes import ExtendedStatistics, Index
from colonnade.schema.members import object_name, place_of
from colonnade.schema.names import ObjectName
from colonnade.sql.identifier import chosen_name

_Member = TypeVar("_Member", Unique, Check, ForeignKey, Index, Policy, ExtendedStatistics)


def dependents(catalog: Catalog, table: Table, columns: Iterable[str]) -> frozenset[ObjectName]:
    """Return what stands on any of the columns of a table."""
    names = (ObjectName(kind="column", name=each, table=table.name, namespace=table.namespace) for each in set(columns))
    return frozenset[ObjectName]().union(*(catalog.dependencies.needed_by.get(name, frozenset()) for name in names))


def side_by_side(end: Catalog, now: Catalog, tables: Sequence[Sequence[Move]]) -> Catalog:
    """Return the last schema of the chain together with the old columns and what stands on them.

    `now` has the old columns, and the new ones and the triggers if they are there yet. A policy and the like that have
    one name at both ends stay as they were: they are exchanged when the old columns go.
    """
    schema, kept = end.schema, set[ObjectName]()
    for moves in tables:
        table = moves[0].table
        theirs = now.schema.table(table.name, namespace=table.namespace)
        olds = dependents(now, theirs, [move.old.name for move in moves])
        triggers = frozenset(object_name(move.trigger, theirs) for move in moves)
        kept |= olds | triggers
        ours = schema.table(table.name, namespace=table.namespace)
        schema = schema.with_tables([_united(ours, theirs, olds, moves)])
        functions = {object_name(move.function) for move in moves}
        added = (each for each in now.schema.functions if object_name(each) in functions)
        schema = replace(schema, functions=tuple(sorted([*schema.functions, *added], key=place_of)))
    return Catalog(schema=schema, dependencies=_dependencies(end, now, kept))


def with_old_names(whole: Catalog, now: Catalog, tables: Iterable[RenamedTable]) -> Catalog:
    """Return the schema together with the views that have the old names of tables, as they are."""
    kept = {object_name(each.view) for each in tables}
    views = (each for each in now.schema.views if object_name(each) in kept)
    schema = replace(whole.schema, views=tuple(sorted([*whole.schema.views, *views], key=place_of)))
    return Catalog(schema=schema, dependencies=_dependencies(whole, now, kept))


def without_new_columns(whole: Catalog, tables: Sequence[Sequence[Move]]) -> Catalog:
    """Return the schema without the new columns and all that stands on them."""
    left = without_new_members(whole, tables)
    schema = left.schema
    for moves in tables:
        table = schema.table(moves[0].table.name, namespace=moves[0].table.namespace)
        names = {move.new.name for move in moves}
        columns = tuple(each for each in table.columns if each.name not in names)
        grants = tuple(each for each in table.grants if not names.intersection(each.columns))
        schema = schema.with_tables([replace(table, columns=columns, grants=grants)])
    return Catalog(schema=schema, dependencies=left.dependencies)


def without_new_members(whole: Catalog, tables: Sequence[Sequence[Move]]) -> Catalog:
    """Return the schema without what can only stand on the new columns when they are filled."""
    schema = whole.schema
    for moves in tables:
        table = schema.table(moves[0].table.name, namespace=moves[0].table.namespace)
        names = {move.new.name for move in moves}
        later = dependents(whole, table, names) - dependents(whole, table, [move.old.name for move in moves])
        columns = (
            replace(each, not_null=False, not_null_name="") if each.name in names else each for each in table.columns
        )
        schema = _without(schema.with_tables([replace(table, columns=tuple(columns))]), later)
    return Catalog(schema=schema, dependencies=whole.dependencies)


def old_keys(now: Catalog, moves: Sequence[Move]) -> tuple[ForeignKey, ...]:
    """Return the foreign keys of a table that stand on its old columns."""
    table = now.schema.table(moves[0].table.name, namespace=moves[0].table.namespace)
    names = {move.old.name for move in moves}
    return tuple(each for each in table.foreign_keys if names.intersection(each.columns))


def free_to_part(now: Catalog, end: Catalog, tables: Sequence[Sequence[Move]]) -> Catalog:
    """Return the schema with nothing on the old columns but what goes when they are dropped."""
    schema = now.schema
    for moves in tables:
        table = schema.table(moves[0].table.name, namespace=moves[0].table.namespace)
        last = end.schema.table(table.name, namespace=table.namespace)
        olds = dependents(now, table, [move.old.name for move in moves])
        policies = tuple(each for each in table.policies if object_name(each, table) not in olds)
        statistics = tuple(each for each in table.statistics if object_name(each, table) not in olds)
        freed = replace(
            table,
            policies=_merged(last.policies, policies),
            statistics=_merged(last.statistics, statistics),
        )
        schema = schema.with_tables([freed])
    return Catalog(schema=schema, dependencies=end.dependencies)


def _united(ours: Table, theirs: Table, olds: frozenset[ObjectName], moves: Sequence[Move]) -> Table:
    """Return our table with the old columns of theirs, and what stands on them."""

    def kept(members: Iterable[_Member]) -> tuple[_Member, ...]:
        return tuple(each for each in members if object_name(each, theirs) in olds)

    names = {move.old.name for move in moves}
    news = {move.new.name: move for move in moves}
    columns = [_meanwhile(each, theirs, news[each.name]) if each.name in news else each for each in ours.columns]
    triggers = {move.trigger.name for move in moves}
    return replace(
        ours,
        columns=(*columns, *(each for each in theirs.columns if each.name in names)),
        uniques=_merged(ours.uniques, kept(theirs.uniques)),
        checks=_merged(ours.checks, kept(theirs.checks)),
        foreign_keys=_merged(ours.foreign_keys, kept(theirs.foreign_keys)),
        indexes=_merged(ours.indexes, kept(theirs.indexes)),
        policies=_merged(ours.policies, kept(theirs.policies)),
        statistics=_merged(ours.statistics, kept(theirs.statistics)),
        triggers=tuple(
            sorted(
                [*ours.triggers, *(each for each in theirs.triggers if each.name in triggers)],
                key=lambda each: each.name,
            )
        ),
        grants=(*ours.grants, *(each for each in theirs.grants if names.intersection(each.columns))),
    )


def _meanwhile(column: Column, theirs: Table, move: Move) -> Column:
    """Return the new column as it is beside the old one, which may have the name of its NOT NULL."""
    taken = move.old.not_null_name or chosen_name(theirs.name, move.old.name, "not_null")
    name = "" if move.switches or column.not_null_name == taken else column.not_null_name
    default = theirs.column(column.name).default if theirs.has_column(column.name) else column.default
    return replace(column, default=default, not_null_name=name)


def _merged(ours: Iterable[_Member], theirs: Iterable[_Member]) -> tuple[_Member, ...]:
    """Return the members of both, theirs where the name is the same, by name."""
    by_name = {each.name: each for each in ours} | {each.name: each for each in theirs}
    return tuple(by_name[name] for name in sorted(by_name))


def _without(schema: Schema, names: frozenset[ObjectName]) -> Schema:
    """Return the schema without these objects, on whichever table they are."""

    def left(members: Iterable[_Member], table: Table) -> tuple[_Member, ...]:
        return tuple(each for each in members if object_name(each, table) not in names)

    tables = (
        replace(
            table,
            uniques=left(table.uniques, table),
            checks=left(table.checks, table),
            foreign_keys=left(table.foreign_keys, table),
            indexes=left(table.indexes, table),
            policies=left(table.policies, table),
            statistics=left(table.statistics, table),
        )
        for table in schema.tables
    )
    views = tuple(view for view in schema.views if object_name(view) not in names)
    return replace(schema, tables=tuple(tables), views=views)


def _dependencies(end: Catalog, now: Catalog, kept: Iterable[ObjectName]) -> Dependencies:
    ends = ((name, each) for name, needed in end.dependencies.needs.items() for each in needed)
    return Dependencies.of([*ends, *((name, each) for name in kept for each in now.dependencies.needs.get(name, ()))])
