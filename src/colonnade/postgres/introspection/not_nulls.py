"""What NOT NULL constraints are called: since Postgres 18 each has a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from colonnade.postgres.introspection.reading import Query, Reading
from colonnade.postgres.introspection.relations import CatalogColumn, Columns, OidArray
from colonnade.sql.identifier import chosen_name

_LABEL = re.compile(r"_(not_null\d*)\Z")
NOT_NULLS_NAMED = 180000
"""The first version where a NOT NULL is a constraint."""

# All of them: comparing with the names of tables and columns costs the server three times what it saves.
_NAMES = """
SELECT conrelid::int8, conkey[1], conname FROM pg_constraint
WHERE conrelid = ANY (%s::oid[]) AND contype = 'n' AND conislocal
"""


def read_not_null_names(
    oids: OidArray, columns: Callable[[], Columns], tables: Mapping[int, str]
) -> Reading[dict[tuple[int, int], str]]:
    """Return the names that somebody chose, by the table's oid and the column's number; `tables` names those."""
    rows = yield Query(_NAMES, (oids,))
    columns_of = columns()
    return {
        (oid, number): name
        for oid, number, name in rows
        if not _is_chosen(name, tables[oid], columns_of[oid][number].value.name)
    }


def _is_chosen(name: str, table: str, column: str) -> bool:
    """Tell whether Postgres chose the name, which it shortens when it is too long, and numbers when it is taken."""
    if name == f"{table}_{column}_not_null":
        return True
    label = _LABEL.search(name)
    return label is not None and name == chosen_name(table, column, label[1])


def with_not_null_names(columns: Columns, names: dict[tuple[int, int], str]) -> Columns:
    """Return the columns with those names; without names, the same value."""
    if not names:
        return columns
    named: dict[int, dict[int, CatalogColumn]] = {oid: dict(columns[oid]) for oid in {oid for oid, _ in names}}
    for (oid, number), name in names.items():
        column = named[oid][number]
        named[oid][number] = replace(column, value=replace(column.value, not_null_name=name))
    return {**columns, **named}
