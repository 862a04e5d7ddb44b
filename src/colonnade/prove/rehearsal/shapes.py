"""What code that was written for a schema sends: each table read, inserted into, updated and deleted from, by name.

Views are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from colonnade.errors import ProofError
from colonnade.postgres import Session
from colonnade.prove import statements
from colonnade.prove.rows import Row, RowFactory
from colonnade.schema import Schema, Table
from colonnade.sql.identifier import quote

Action = Literal["SELECT", "INSERT", "UPDATE", "DELETE"]
_VIEW_COLUMNS = """
    SELECT n.nspname, c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('v', 'm') AND a.attnum > 0 AND NOT a.attisdropped GROUP BY n.nspname, c.relname
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One statement about a table or view, with the rows that it needs before it."""

    table: str
    action: Action
    sql: str

    def __str__(self) -> str:
        """Return what it does, in short."""
        return f"{self.action} {self.table}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A statement that runs on the schema it was written for, and is refused on another."""

    shape: Shape
    refusal: str

    def __str__(self) -> str:
        """Return both in one line."""
        return f"{self.shape}: {self.refusal}"


def shapes(session: Session, schema: Schema, *, row: int = 1, new_row: int) -> tuple[Shape, ...]:
    """Return the statements that run on a database with this schema; `row` of each table is there, `new_row` is not."""
    factory = RowFactory(schema, session)
    found = [shape for table in schema.owned_tables for shape in _shapes(factory, table, row, new_row)]
    found += _views_read(session, schema)
    tried = session.attempt_all([each.sql for each in found])
    return tuple(shape for shape, attempt in zip(found, tried, strict=True) if attempt.ok)


def broken(session: Session, found: Sequence[Shape]) -> tuple[Broken, ...]:
    """Return which statements a database refuses."""
    tried = session.attempt_all([each.sql for each in found])
    return tuple(
        Broken(shape=shape, refusal=f"{attempt.sqlstate} {attempt.message}")
        for shape, attempt in zip(found, tried, strict=True)
        if not attempt.ok
    )


def _shapes(factory: RowFactory, table: Table, row: int, new_row: int) -> Iterator[Shape]:
    try:
        stored = factory.row(table, row)
        new = factory.with_ancestors([factory.row(table, new_row)])
    except ProofError:
        return  # no row of the table can be made, which the rehearsal says of its rows
    name = table.name
    columns = ", ".join(quote(column.name) for column in table.columns)
    where = statements.condition(table, stored.key)
    yield Shape(table=name, action="SELECT", sql=f"SELECT {columns} FROM {table.identifier} WHERE {where}")  # noqa: S608 - quoted
    yield Shape(table=name, action="INSERT", sql=";\n".join(_inserts(new)))
    changes = {
        column.name: stored.values[column.name]
        for column in table.columns
        if column.name in stored.values and column.name not in stored.key and column.identity != "ALWAYS"
    }
    if changes:
        yield Shape(table=name, action="UPDATE", sql=statements.update(table, changes, stored.key))
    yield Shape(table=name, action="DELETE", sql=statements.delete(table, stored.key))


def _views_read(session: Session, schema: Schema) -> Iterator[Shape]:
    """Yield a statement for each view that has columns: a row of it with each of them by name."""
    columns = {(namespace, name): names for namespace, name, names in session.execute(_VIEW_COLUMNS)}
    for view in schema.views:
        if names := columns.get((view.namespace, view.name)):
            yield Shape(table=view.name, action="SELECT", sql=f"SELECT {names} FROM {view.identifier} LIMIT 1")  # noqa: S608 - quoted


def _inserts(groups: Iterable[tuple[Row, ...]]) -> list[str]:
    return [statements.insert_together([row.insert() for row in group]) for group in groups]
