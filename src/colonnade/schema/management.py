"""What models leave to others: objects of a database that a description of tables does not speak of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from colonnade.schema.dependencies import Catalog, Dependencies
from colonnade.schema.members import Definition, object_name, objects_of, place_of
from colonnade.schema.names import ObjectName
from colonnade.schema.own import ALEMBIC_VERSIONS
from colonnade.schema.schema import Schema
from colonnade.schema.tables import Table
from colonnade.schema.types import Sequence, View
from colonnade.schema.unsaid import surviving

# Kinds of objects that models need not speak of: those that they make none of are somebody else's.
_DEFINITIONS = ("namespaces", "sequences", "domains", "composite_types", "range_types", "functions", "views")
_MEMBERS = ("partitions", "policies", "statistics", "triggers")

Placed = TypeVar("Placed", bound=Definition)


def with_unmanaged(models: Catalog, database: Catalog) -> tuple[Catalog, tuple[ObjectName, ...]]:
    """Return what the models describe together with what they leave alone, and the names of the latter, sorted.

    Left alone are the extensions, the version table of Alembic, and the namespaces, sequences, domains, composite and
    range types, functions and views if the models make none of that kind; on each table its owner, the partitions,
    policies, statistics and triggers if they make none there, its privileges, storage parameters and partition key if
    they name none, and row-level security that they do not turn on; on each view the triggers if they make none there.
    So is what a schema cannot say.
    """
    whole = _with_definitions(models.schema, database.schema)
    tables = {object_name(table): table for table in database.schema.owned_tables}
    views = {object_name(view): view for view in database.schema.views}
    whole = replace(
        whole,
        tables=tuple(_with_members(each, tables.get(object_name(each))) for each in whole.tables),
        views=tuple(_with_triggers(each, views.get(object_name(each))) for each in whole.views),
    )
    whole = replace(whole, unsaid=tuple(sorted({*models.schema.unsaid, *surviving(database.schema, whole)})))
    left = objects_of(whole).keys() - objects_of(models.schema).keys()
    return Catalog(schema=whole, dependencies=_dependencies(models, database, left)), tuple(sorted(_outermost(left)))


def _with_definitions(models: Schema, database: Schema) -> Schema:
    found = {
        kind: _united(getattr(models, kind), _independent(getattr(database, kind)))
        for kind in _DEFINITIONS
        if kind == "namespaces" or not _independent(getattr(models, kind))
    }
    versions = tuple(table for table in database.owned_tables if table.name == ALEMBIC_VERSIONS)
    return replace(
        models,
        **found,
        extensions=_united(models.extensions, database.extensions),
        tables=_united(models.tables, versions),
    )


def _independent(values: Iterable[Placed]) -> tuple[Placed, ...]:
    """Return the objects but the sequences that a column owns, which come and go with it."""
    return tuple(each for each in values if not (isinstance(each, Sequence) and each.owned_by))


def _united(ours: Iterable[Placed], theirs: Iterable[Placed]) -> tuple[Placed, ...]:
    """Return our objects and those of theirs that we do not have, in the order that a schema has them in."""
    by_name = {object_name(each): each for each in theirs} | {object_name(each): each for each in ours}
    return tuple(sorted(by_name.values(), key=place_of))


def _with_members(table: Table, theirs: Table | None) -> Table:
    """Return the table with what belongs to it in the database and is none of the models' business."""
    if theirs is None or table.external:
        return table
    secured = bool(table.policies or table.row_security or table.force_row_security)
    silent = [each for each in _MEMBERS if not getattr(table, each) and not (each == "policies" and secured)]
    silent += [each for each in ("grants", "storage_parameters", "partition_key") if not getattr(table, each)]
    silent += [] if secured else ["row_security", "force_row_security"]
    silent += ["owner"]
    return replace(table, **{each: getattr(theirs, each) for each in silent})


def _with_triggers(view: View, theirs: View | None) -> View:
    """Return the view with its triggers in the database if the models make none there and it can have any."""
    silent = theirs is not None and not view.triggers and not view.materialized
    return replace(view, triggers=theirs.triggers) if theirs is not None and silent else view


def _dependencies(models: Catalog, database: Catalog, left: Iterable[ObjectName]) -> Dependencies:
    """Return the dependencies of the models' objects, and of those that they leave alone."""
    ours = ((name, each) for name, needed in models.dependencies.needs.items() for each in needed)
    needs = database.dependencies.needs
    return Dependencies.of([*ours, *((name, each) for name in left for each in needs.get(name, ()))])


def _outermost(left: Iterable[ObjectName]) -> Iterable[ObjectName]:
    """Yield what is not part of a table or view that is itself left alone."""
    names = set(left)
    relations = {(name.namespace, name.name) for name in names if name.kind in ("table", "view")}
    return (name for name in names if (name.namespace, name.table) not in relations)
