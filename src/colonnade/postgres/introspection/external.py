"""Tables that are not ours to create but that a foreign key of ours references."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from colonnade.postgres.introspection.constraints import (
    ConstraintRow,
    TableConstraints,
    collect,
    constraint_indexes,
    read_constraints,
)
from colonnade.postgres.introspection.indexes import (
    indexes_by_table,
    read_definitions,
    read_index_rows,
    read_plain_classes,
    special_indexes,
)
from colonnade.postgres.introspection.reading import Query, Reading
from colonnade.postgres.introspection.relations import Columns, oid_array, read_columns
from colonnade.schema import Column, Index, PrimaryKey, Table, Unique

_NAMES = """
SELECT c.oid::int8, n.nspname, c.relname, i.inhparent::int8
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND c.relispartition
WHERE c.oid = ANY (%s::oid[])
"""

AnyKey = TypeVar("AnyKey", PrimaryKey, Unique, Index)
Keys = Mapping[int, set[frozenset[int]]]
"""Keys of tables by their oid, as the numbers of their columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Referenced:
    """What foreign keys reference beyond the tables already read."""

    names: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    columns: Columns = field(default_factory=dict)
    tables: tuple[Table, ...] = ()


def foreign_keys(rows: Iterable[ConstraintRow], known: Iterable[int]) -> Keys:
    """Return the keys that foreign keys reference beyond the known tables."""
    keys: dict[int, set[frozenset[int]]] = defaultdict(set)
    ours = set(known)
    for row in rows:
        if row.kind == "f" and row.referenced_table not in ours:
            keys[row.referenced_table].add(frozenset(row.referenced_key or ()))
    return keys


def read_referenced(keys: Keys, known: Collection[int], *, version: int) -> Reading[Referenced]:
    """Return the tables of these keys, beside those that are known; `version` is the server's."""
    ours = set(known)
    names = yield Query(_NAMES, (oid_array(keys),))
    found = {oid: (namespace, name, parent) for oid, namespace, name, parent in names}
    columns = yield from read_columns(oid_array(keys))
    # A partition of a table of ours is created with it.
    foreign = [oid for oid, (_, _, parent) in found.items() if parent not in ours]
    return Referenced(
        names={oid: (namespace, name) for oid, (namespace, name, _) in found.items()},
        columns=columns,
        tables=(yield from _read_tables({oid: found[oid][:2] for oid in foreign}, columns, keys, version=version)),
    )


def _read_tables(
    names: Mapping[int, tuple[str, str]], columns: Columns, keys: Keys, *, version: int
) -> Reading[tuple[Table, ...]]:
    """Return the tables as far as they are relied on: the referenced columns, and what makes them a key."""
    oids = oid_array(names)
    rows = yield from read_constraints(oids, dict, version=version)
    unique_rows = [row for row in rows if row.kind in ("p", "u")]
    index_rows = yield from read_index_rows(oids, dict, version=version)
    owned = {row.index_oid for row in rows if row.owns_index}
    owned_indexes = constraint_indexes((row for row in index_rows if row.oid in owned), columns)
    constraints = collect(unique_rows, columns, names={}, exclusions={}, indexes=owned_indexes)
    others = [row for row in index_rows if row.oid not in owned]
    plain = yield from read_plain_classes()
    definitions = yield from read_definitions(special_indexes(others, columns, plain))
    indexes = indexes_by_table(others, columns, definitions)
    return tuple(
        _relied_on(
            Table(
                namespace=namespace,
                name=name,
                columns=tuple(each.value for each in columns[oid].values()),
                primary_key=constraints.get(oid, TableConstraints()).primary_key,
                uniques=tuple(constraints.get(oid, TableConstraints()).uniques),
                indexes=indexes.get(oid, ()),
                external=True,
            ),
            {frozenset(columns[oid][number].value.name for number in key) for key in keys[oid]},
        )
        for oid, (namespace, name) in names.items()
    )


def _relied_on(table: Table, keys: set[frozenset[str]]) -> Table:
    """Return the table with nothing but the referenced columns and one plain thing that makes each key unique."""
    own_key = table.primary_key
    primary_key = _plain(own_key) if own_key and frozenset(own_key.columns) in keys else None
    uniques = tuple(_plain(each) for each in table.uniques if frozenset(each.columns) in keys)
    by_constraint = {frozenset(each.columns) for each in uniques}
    by_constraint |= {frozenset(primary_key.columns)} if primary_key else set()
    return replace(
        table,
        columns=tuple(
            Column(name=each.name, type=each.type, not_null=each.not_null)
            for each in table.columns
            if any(each.name in key for key in keys)
        ),
        primary_key=primary_key,
        uniques=uniques,
        indexes=tuple(
            _plain(index)
            for index in table.indexes
            if _is_key(index) and frozenset(index.columns) in keys - by_constraint
        ),
    )


def _plain(key: AnyKey) -> AnyKey:
    """Return the key without parameters, and columns that it only carries, which the table may not have here."""
    return replace(key, include=(), storage_parameters=())


def _is_key(index: Index) -> bool:
    """Tell whether a foreign key can reference what the index keeps unique."""
    return index.unique and index.predicate is None and len(index.columns) == len(index.keys)
