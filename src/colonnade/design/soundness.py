"""What must hold of a whole schema before anybody builds it: names that differ, and Postgres's limits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from colonnade.design.decision import Decision
from colonnade.design.names import free_name
from colonnade.errors import DesignError
from colonnade.schema import ObjectName, Schema, Table

_MOST_COLUMNS = 1600
_MOST_KEYS = 32
_LIMITS = "postgresql.org/docs/current/limits.html"
_Renames = dict[tuple[str, str, str], str]


def sound(schema: Schema, decisions: tuple[Decision, ...]) -> tuple[Schema, tuple[Decision, ...]]:
    """Return schema and decisions with every index and type under a name of its own.

    Tables, indexes and the constraints that indexes hold share one set of names in a namespace, as do tables and
    types; the names that the deciders give are distinct within a table only. Raises DesignError where Postgres's
    limits are passed.
    """
    for table in schema.tables:
        _refuse_excess(table)
    renames: _Renames = {}
    taken: dict[str, set[str]] = defaultdict(set)
    for table in schema.tables:
        taken[table.namespace].add(table.name)
    tables = []
    for table in schema.tables:
        changed = table if table.external else _renamed(table, taken, renames)
        tables.append(changed)
    schema = replace(schema, tables=tuple(tables))
    return schema, tuple(_with_renames(decision, renames) for decision in decisions)


def _refuse_excess(table: Table) -> None:
    if len(table.columns) > _MOST_COLUMNS:
        raise DesignError(
            f'table "{table.name}" would have {len(table.columns)} columns',
            detail=f"Postgres allows at most {_MOST_COLUMNS} ({_LIMITS}).",
            hint="Split the entity, or keep what varies in one attribute of type json.",
        )
    for name, size in _key_sizes(table):
        if size > _MOST_KEYS:
            raise DesignError(
                f'"{name}" of table "{table.name}" would have {size} key columns',
                detail=f"Postgres allows at most {_MOST_KEYS} ({_LIMITS}).",
            )


def _key_sizes(table: Table) -> Iterator[tuple[str, int]]:
    if table.primary_key:
        yield table.primary_key.name, len(table.primary_key.columns)
    yield from ((each.name, len(each.columns)) for each in table.uniques)
    yield from ((each.name, len(each.keys) + len(each.include)) for each in table.indexes)


def _renamed(table: Table, taken: dict[str, set[str]], renames: _Renames) -> Table:
    """Return the table with indexes and index-backed constraints under free names."""

    def free(name: str) -> str:
        chosen = free_name(name, taken[table.namespace])
        taken[table.namespace].add(chosen)
        if chosen != name:
            renames[table.namespace, table.name, name] = chosen
        return chosen

    key = table.primary_key
    return replace(
        table,
        primary_key=replace(key, name=free(key.name)) if key else None,
        uniques=tuple(replace(each, name=free(each.name)) for each in table.uniques),
        exclusions=tuple(replace(each, name=free(each.name)) for each in table.exclusions),
        indexes=tuple(replace(each, name=free(each.name)) for each in table.indexes),
    )


def _with_renames(decision: Decision, renames: _Renames) -> Decision:
    if not any((each.namespace, each.table, each.name) in renames for each in decision.shaped):
        return decision
    return replace(decision, shaped=tuple(_object(each, renames) for each in decision.shaped))


def _object(name: ObjectName, renames: _Renames) -> ObjectName:
    renamed = renames.get((name.namespace, name.table, name.name)) if name.kind in ("constraint", "index") else None
    return replace(name, name=renamed) if renamed else name
