"""What fills the columns of a new row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from colonnade.design import Design
from colonnade.design.places import Place, Places
from colonnade.schema import Column, Table
from colonnade.spec import Operation, OperationField
from colonnade.sql.identifier import snake

FindPlace = Callable[[OperationField], Place | None]
SourceKind = Literal["given", "optional", "application"]
_GIVEN = ("request", "path", "filter")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What fills a column: something that every call has, a field that a call may leave out, or the application."""

    kind: SourceKind = "given"
    text: str


def must_be_filled(table: Table) -> tuple[Column, ...]:
    """Return the columns that a writer has to give a value."""
    return tuple(
        column
        for column in table.columns
        if column.not_null and column.default is None and not column.identity and column.generated is None
    )


def sources_of(design: Design, places: Places, operation: Operation, find: FindPlace) -> dict[str, Source]:
    """Return what fills each column that must be filled, as far as something does."""
    table = places.table(operation.entity)
    key = table.primary_key.columns if table.primary_key else ()
    given = dict(_given(operation, table, find, required=True))
    optional = dict(_given(operation, table, find, required=False))
    answered = set(_shown(operation, table, find, "response"))
    asked = {name for each in design.spec.operations for name in _shown(each, table, find, "request")}
    found: dict[str, Source] = {}
    for column in must_be_filled(table):
        name = column.name
        text = (
            given.get(name)
            or _referenced(operation, table, column, find)
            or _caller(design, places, operation, table, column)
            or _by_name(operation, column)
        )
        if text:
            found[name] = Source(text=text)
        elif name in optional:
            found[name] = Source(kind="optional", text=f"{optional[name]}, which a call may leave out")
        elif name in answered:
            found[name] = Source(
                kind="application", text="the application: the request does not have it, the answer does"
            )
        elif name in key and name not in asked:
            found[name] = Source(kind="application", text="the application: no request of the contract has the key")
    return found


def _given(operation: Operation, table: Table, find: FindPlace, *, required: bool) -> Iterator[tuple[str, str]]:
    """Yield the columns that the operation's own fields fill, and the field."""
    for field in operation.fields:
        place = find(field) if field.direction in _GIVEN and field.place and _is_sure(field) is required else None
        if place is not None and place.table == table.name and place.own:
            for name in place.columns:
                yield name, f"{field.direction} {field.name}"


def _shown(operation: Operation, table: Table, find: FindPlace, direction: str) -> Iterator[str]:
    """Yield the table's own columns that the operation's requests or responses have."""
    for field in operation.fields:
        place = find(field) if field.direction == direction and field.place else None
        if place is not None and place.table == table.name and place.own:
            yield from place.columns


def _is_sure(field: OperationField) -> bool:
    """Tell whether every call gives the field."""
    return field.required or field.direction == "path"


def _referenced(operation: Operation, table: Table, column: Column, find: FindPlace) -> str:
    """Return the field that identifies the row which a column refers to."""
    for key in table.foreign_keys:
        if column.name not in key.columns:
            continue
        for field in operation.fields:
            place = find(field) if field.direction in _GIVEN and field.place and _is_sure(field) else None
            if place is not None and place.table == key.referenced_table and place.table != table.name:
                return f"{field.direction} {field.name}, which identifies a row of {key.referenced_table}"
    return ""


def _caller(design: Design, places: Places, operation: Operation, table: Table, column: Column) -> str:
    """Return that the column refers to the caller, whom a secured operation knows."""
    owners = {design.spec.identity.entity, design.spec.isolation.entity} - {""}
    tables = {places.table(name).name for name in owners if places.has_table(name)}
    refers = any(column.name in key.columns and key.referenced_table in tables for key in table.foreign_keys)
    return "the caller" if refers and operation.secured else ""


def _by_name(operation: Operation, column: Column) -> str:
    """Return the field of an operation on two things that is called like the column."""
    for field in operation.fields:
        if field.direction in {"request", "path"} and snake(field.name) == column.name and _is_sure(field):
            return f"{field.direction} {field.name}"
    return ""
