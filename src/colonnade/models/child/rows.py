"""Rows in Postgres's input form as objects of mapped classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapper

from colonnade.models.child.outcome import SetupError, described, refusal


def run(connection: sa.Connection, statements: Iterable[str]) -> None:
    """Run statements as they stand, in one round trip."""
    script = ";\n".join(statements)
    if script:
        connection.exec_driver_sql(script, execution_options={"no_parameters": True})


def prepare(connection: sa.Connection, prelude: Iterable[str], setup: Iterable[str]) -> None:
    """Store the rows that a trial starts from; raises SetupError when the database refuses them."""
    run(connection, prelude)
    try:
        run(connection, setup)
    except DBAPIError as problem:
        raise SetupError(f"the rows it starts from are refused: {described(problem)}") from problem


def python_values(connection: sa.Connection, mapper: Mapper[Any], values: Mapping[str, str | None]) -> dict[str, Any]:
    """Return the values by attribute, as Python objects: the server reads the text, the column's type the answer."""
    columns = {column.name: column for column in mapper.local_table.columns}
    given = {name: text for name, text in values.items() if text is not None and name in columns}
    casts = [_cast(text, columns[name]).label(f"value_{place}") for place, (name, text) in enumerate(given.items())]
    row = connection.execute(sa.select(*casts)).one() if casts else ()
    found = dict(zip(given, row, strict=True))
    return {mapper.get_property_by_column(columns[name]).key: found.get(name) for name in values if name in columns}


def row_query(mapper: Mapper[Any], key: Mapping[str, str | None]) -> sa.Select[Any]:
    """Return the query for the one row that has these values."""
    columns = {column.name: column for column in mapper.local_table.columns}
    conditions = [
        columns[name].is_(None) if text is None else columns[name] == _cast(text, columns[name])
        for name, text in key.items()
    ]
    return sa.select(mapper.class_).where(*conditions)


def refused_in_sql(connection: sa.Connection, statement: sa.Executable) -> str:
    """Return how the database refuses a statement, "" when it does not; nothing of it stays."""
    with connection.begin_nested() as savepoint:
        try:
            connection.execute(statement)
        except DBAPIError as problem:
            return refusal(problem)
        finally:
            savepoint.rollback()
    return ""


def unlike(instance: object, expected: Mapping[str, Any]) -> str:
    """Return the first attribute that is not as expected and how, "" when all are."""
    for name, value in expected.items():
        found = getattr(instance, name)
        if found != value:
            return f'"{name}" was written as {value!r} and read as {found!r}'
    return ""


def read_columns(mapper: Mapper[Any], instance: object) -> None:
    """Read every column of an instance, as a program would."""
    for attribute in mapper.column_attrs:
        getattr(instance, attribute.key)


def changeable(mapper: Mapper[Any]) -> str:
    """Return an attribute that a program may change, "" when there is none: all are keys, or the server's."""
    referencing = {key.parent for key in mapper.local_table.foreign_keys}
    for attribute in mapper.column_attrs:
        column = attribute.columns[0]
        fixed = column.primary_key or column.computed is not None or column.server_onupdate is not None
        if not fixed and column not in referencing and column is not mapper.version_id_col:
            return attribute.key
    return ""


def _cast(text: str, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.cast(sa.literal(text, sa.Text), column.type)
