"""String and number literals, for DDL where no parameter can stand."""

from __future__ import annotations

from decimal import Decimal


def literal(value: str | int | float | bool | Decimal | None) -> str:
    """Return the value as an SQL literal.

    Backslashes are plain characters, as with standard_conforming_strings = on, the default since
    Postgres 9.1. Raises ValueError for text with NUL, which Postgres cannot store.
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    if "\0" in value:
        msg = "text with NUL cannot be stored"
        raise ValueError(msg)
    return "'" + value.replace("'", "''") + "'"
