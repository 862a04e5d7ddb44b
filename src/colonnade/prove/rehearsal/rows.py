"""Rows that a migration meets, and what is left of them afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from colonnade.postgres import Session
from colonnade.prove.rows import RowFactory
from colonnade.prove.stage import store
from colonnade.prove.worlds import RowName, name_of
from colonnade.schema import Schema, Table
from colonnade.sql.identifier import quote

ColumnName = tuple[str, str, str]
"""Namespace, table and column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a column holds: how many rows, and a digest of its values in the order of the table's key."""

    rows: int
    digest: str


def fill(session: Session, schema: Schema, rows: int) -> tuple[str, ...]:
    """Store so many rows in every table, and return why a table has none or fewer."""
    factory = RowFactory(schema, session)
    names = [
        RowName(table=name_of(table), number=number) for table in schema.owned_tables for number in range(1, rows + 1)
    ]
    problems = store(session, factory, names)
    told: dict[str, str] = {}
    for name, reason in problems.items():
        told.setdefault(".".join(name.table), reason)
    return tuple(f"{table}: {reason}" for table, reason in told.items())


def contents(session: Session, schema: Schema, *, within: Schema | None = None) -> Mapping[ColumnName, Content]:
    """Return what each column holds that is in both schemas; `within` is the other one."""
    others = {(each.namespace, each.name): each for each in (within or schema).tables}
    found: dict[ColumnName, Content] = {}
    for table in schema.owned_tables:
        other = others.get((table.namespace, table.name))
        if other is not None:
            found |= _contents(session, table, other)
    return found


def _contents(session: Session, table: Table, other: Table) -> dict[ColumnName, Content]:
    theirs = {column.name for column in other.columns}
    names = [column.name for column in table.columns if column.name in theirs]
    if not names:
        return {}
    order = _order(table, other, names)
    digests = ", ".join(
        f"coalesce(md5(string_agg(coalesce({quote(name)}::text, '~'), '|' ORDER BY {order})), '')" for name in names
    )
    (row,) = session.execute(f"SELECT count(*), {digests} FROM {table.identifier}")  # noqa: S608 - quoted identifiers
    return {
        (table.namespace, table.name, name): Content(rows=row[0], digest=digest)
        for name, digest in zip(names, row[1:], strict=True)
    }


def _order(table: Table, other: Table, names: Iterable[str]) -> str:
    """Return what rows are ordered by: the key that both tables have, else all that both have."""
    keys = {each.primary_key.columns if each.primary_key else () for each in (table, other)}
    columns = keys.pop() if len(keys) == 1 and all(keys) else tuple(names)
    return ", ".join(f"{quote(name)}::text" for name in columns)
