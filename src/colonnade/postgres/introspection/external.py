"""Tables that are not ours to create but that a foreign key of ours references."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from colonnade.postgres.introspection.constraints import (
    ConstraintRow,
    TableConstraints,
    collect,
    read_constraints,
)
from colonnade.postgres.introspection.indexes import read_indexes
from colonnade.postgres.introspection.relations import Columns, oid_array, read_columns
from colonnade.postgres.session import Session
from colonnade.schema import Column, Index, Table

_NAMES = """
SELECT c.oid::int8, n.nspname, c.relname, i.inhparent::int8
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND c.relispartition
WHERE c.oid = ANY (%s::oid[])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Referenced:
    """What foreign keys reference beyond the tables already read."""

    names: dict[int, tuple[str, str]]
    columns: Columns
    tables: tuple[Table, ...]


def read_referenced(session: Session, rows: Iterable[ConstraintRow], known: Iterable[int]) -> Referenced:
    """Return the other tables that these foreign keys reference, each with the keys that they rely on."""
    keys: dict[int, set[frozenset[int]]] = defaultdict(set)
    ours = set(known)
    for row in rows:
        if row.kind == "f" and row.referenced_table not in ours:
            keys[row.referenced_table].add(frozenset(row.referenced_key or ()))
    if not keys:
        return Referenced(names={}, columns={}, tables=())
    found = {
        oid: (namespace, name, parent) for oid, namespace, name, parent in session.execute(_NAMES, (oid_array(keys),))
    }
    columns = read_columns(session, oid_array(keys))
    # A partition of a table of ours is created with it.
    foreign = [oid for oid, (_, _, parent) in found.items() if parent not in ours]
    return Referenced(
        names={oid: (namespace, name) for oid, (namespace, name, _) in found.items()},
        columns=columns,
        tables=_tables(session, {oid: found[oid][:2] for oid in foreign}, columns, keys) if foreign else (),
    )


def _tables(
    session: Session,
    names: dict[int, tuple[str, str]],
    columns: Columns,
    keys: dict[int, set[frozenset[int]]],
) -> tuple[Table, ...]:
    """Return the tables as far as they are relied on: the referenced columns, and what makes them a key."""
    oids = oid_array(names)
    rows = read_constraints(session, oids)
    unique_rows = [row for row in rows if row.kind in ("p", "u")]
    constraints = collect(unique_rows, columns, names={}, exclusions={}, indexes={})
    indexes = read_indexes(session, oids, columns, but=(row.index_oid for row in rows if row.owns_index))
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
    """Return the table with nothing but the referenced columns and one thing that makes each key unique."""
    own_key = table.primary_key
    primary_key = own_key if own_key and frozenset(own_key.columns) in keys else None
    uniques = tuple(each for each in table.uniques if frozenset(each.columns) in keys)
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
            index for index in table.indexes if _is_key(index) and frozenset(index.columns) in keys - by_constraint
        ),
    )


def _is_key(index: Index) -> bool:
    """Tell whether a foreign key can reference what the index keeps unique."""
    return index.unique and index.predicate is None and len(index.columns) == len(index.keys)
