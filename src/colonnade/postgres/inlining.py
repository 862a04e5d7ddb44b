"""Statements with their values in them, as a person would write them."""

from __future__ import annotations

from typing import Any

import psycopg

from colonnade.errors import DatabaseError


def inlined(connection: Any, sql: str, parameters: Any) -> str:
    """Return what a connection of psycopg, be it asynchronous, sends for a statement with values."""
    try:
        if isinstance(connection, psycopg.AsyncConnection):
            return psycopg.AsyncClientCursor(connection).mogrify(sql.encode(), parameters)
        return psycopg.ClientCursor(connection).mogrify(sql.encode(), parameters)
    except psycopg.Error as problem:
        raise DatabaseError("a value cannot be written as SQL", detail=f"{problem}.") from problem
