"""Statements that a person can read and repeat: literal values, long texts shortened."""

# ruff: noqa: S608 - identifiers are quoted and values are literals: these statements are for people to repeat

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from colonnade.schema import Table
from colonnade.sql.identifier import quote
from colonnade.sql.literal import literal

_SHORTEN = 60
_RUN = re.compile(r"(.)\1{30,}", re.DOTALL)
_NUMERIC = re.compile(r"(?:smallint|integer|bigint|numeric|double precision|real)(?:\(.*\))?\Z")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?\Z")


def text_expression(text: str | None) -> str:
    """Return an SQL expression of the text; a long repetition is spelled with `repeat`."""
    run = _RUN.search(text) if text is not None and len(text) > _SHORTEN else None
    if run is None or text is None:
        return literal(text)
    before, after = text[: run.start()], text[run.end() :]
    parts = (literal(before) if before else "", f"repeat({literal(run[1])}, {len(run[0])})")
    return " || ".join(filter(None, (*parts, literal(after) if after else "")))


def value_expression(text: str | None, type_name: str) -> str:
    """Return the value as one would write it for a column of this type."""
    if text is None:
        return "NULL"
    if _NUMERIC.match(type_name) and _NUMBER.match(text):
        return text
    if type_name == "boolean" and text in {"true", "false"}:
        return text
    expression = text_expression(text)
    is_text = type_name == "text" or expression == literal(text)
    return expression if is_text else f"({expression})::{type_name}"


def insert(table: Table, values: Mapping[str, str | None], *, overriding: bool = True) -> str:
    """Return an INSERT of one row; `overriding` lets it set identity columns that are GENERATED ALWAYS.

    A NULL is written only where leaving the column out would mean something else or hide the point.
    """
    columns = {column.name: column for column in table.columns}
    written = {
        name: text
        for name, text in values.items()
        if text is not None or columns[name].default is not None or columns[name].not_null
    }
    if not written:
        return f"INSERT INTO {table.identifier} DEFAULT VALUES"
    names = ", ".join(map(quote, written))
    expressions = ", ".join(value_expression(text, columns[name].type) for name, text in written.items())
    always = any(columns[name].identity == "ALWAYS" for name in written)
    override = " OVERRIDING SYSTEM VALUE" if overriding and always else ""
    return f"INSERT INTO {table.identifier} ({names}){override} VALUES ({expressions})"


def insert_together(inserts: Sequence[str]) -> str:
    """Return one statement for rows that refer to each other: foreign keys are looked at when it ends."""
    *others, last = inserts
    if not others:
        return last
    return "WITH " + ", ".join(f"row_{place} AS ({each})" for place, each in enumerate(others, start=1)) + " " + last


def condition(table: Table, values: Mapping[str, str | None]) -> str:
    """Return the condition that a row has these values."""
    return " AND ".join(
        f"{quote(name)} IS NULL"
        if text is None
        else f"{quote(name)} = {value_expression(text, table.column(name).type)}"
        for name, text in values.items()
    )


def is_row(table: Table, values: Mapping[str, str | None], document: str) -> str:
    """Return the condition that a jsonb document is a row of the table with these values."""
    record = f"jsonb_populate_record(NULL::{table.identifier}, {document})"
    return f"EXISTS (SELECT 1 FROM {record} AS kept WHERE {condition(table, values)})"


def update(table: Table, changes: Mapping[str, str | None], where: Mapping[str, str | None]) -> str:
    """Return an UPDATE of the rows that have the values in `where`."""
    settings = ", ".join(
        f"{quote(name)} = {value_expression(text, table.column(name).type)}" for name, text in changes.items()
    )
    return f"UPDATE {table.identifier} SET {settings} WHERE {condition(table, where)}"


def touch(table: Table, where: Mapping[str, str | None]) -> str:
    """Return an UPDATE that changes nothing but is an update: triggers and policies see it."""
    key = table.primary_key.columns if table.primary_key else ()
    written = [column for column in table.columns if column.generated is None and column.identity != "ALWAYS"]
    ordered = sorted(written, key=lambda column: column.name in key)
    setting = f"{quote(ordered[0].name)} = {quote(ordered[0].name)}" if ordered else f"{quote(key[0])} = DEFAULT"
    return f"UPDATE {table.identifier} SET {setting} WHERE {condition(table, where)}"


def delete(table: Table, where: Mapping[str, str | None]) -> str:
    """Return a DELETE of the rows that have the values in `where`."""
    return f"DELETE FROM {table.identifier} WHERE {condition(table, where)}"


def select(table: Table, where: Mapping[str, str | None], *, extra: str = "") -> str:
    """Return a SELECT of the rows that have the values in `where`."""
    conditions = " AND ".join(filter(None, (condition(table, where), extra)))
    return f"SELECT 1 FROM {table.identifier} WHERE {conditions}"
