"""What fills the columns of a new row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from colonnade.design import Design
from colonnade.design.places import Place, Places
from colonnade.schema import Column, Table
from colonnade.spec import Operation, OperationField
from colonnade.sql.identifier import snake

FindPlace = Callable[[OperationField], Place | None]
_GIVEN = ("request", "path", "filter")


def must_be_filled(table: Table) -> tuple[Column, ...]:
    """Return the columns that a writer has to give a value."""
    return tuple(
        column
        for column in table.columns
        if column.not_null and column.default is None and not column.identity and column.generated is None
    )


def missing_sources(table: Table, sources: Mapping[str, str]) -> tuple[str, ...]:
    """Return the columns that must be filled and have no source."""
    return tuple(column.name for column in must_be_filled(table) if column.name not in sources)


def sources_of(design: Design, places: Places, operation: Operation, find: FindPlace) -> dict[str, str]:
    """Return what fills each column that must be filled, as far as something does."""
    table = places.table(operation.entity)
    given = [*_given(operation, table, find), *_offered_key(operation, table, find)]
    answered = _answered(operation, table, find)
    asked = _asked_anywhere(design, table, find)
    key = set(table.primary_key.columns) if table.primary_key else set()
    found: dict[str, str] = {}
    for column in must_be_filled(table):
        direct = [text for name, text in given if name == column.name]
        source = (
            next(iter(direct), "")
            or _referenced(operation, table, column, find)
            or _caller(design, places, operation, table, column)
            or _by_name(operation, column)
        )
        if not source and column.name not in asked and column.name in answered | key:
            source = "made by the application: no request of the contract has it"
        if source:
            found[column.name] = source
    return found


def _given(operation: Operation, table: Table, find: FindPlace) -> Iterator[tuple[str, str]]:
    """Yield the columns that the operation's own fields fill."""
    for field in operation.fields:
        place = find(field) if field.direction in _GIVEN and field.place and _fills(field) else None
        if place is not None and place.table == table.name and place.own:
            for name in place.columns:
                yield name, f"{field.direction} {field.name}"


def _offered_key(operation: Operation, table: Table, find: FindPlace) -> Iterator[tuple[str, str]]:
    """Yield the key's columns that the request may give: nobody can leave a key out, whatever a contract says."""
    key = set(table.primary_key.columns) if table.primary_key else set()
    for field in operation.fields:
        place = find(field) if field.direction == "request" and field.place and not field.required else None
        if place is not None and place.table == table.name and place.own:
            for name in key & set(place.columns):
                yield name, f"request {field.name}, which the contract calls optional though it is the key"


def _fills(field: OperationField) -> bool:
    """Tell whether every call gives the field."""
    return field.required or field.direction == "path"


def _referenced(operation: Operation, table: Table, column: Column, find: FindPlace) -> str:
    """Return the field that identifies the row which a column refers to."""
    for key in table.foreign_keys:
        if column.name not in key.columns:
            continue
        for field in operation.fields:
            place = find(field) if field.direction in _GIVEN and field.place and _fills(field) else None
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
        if field.direction in {"request", "path"} and snake(field.name) == column.name and _fills(field):
            return f"{field.direction} {field.name}"
    return ""


def _answered(operation: Operation, table: Table, find: FindPlace) -> set[str]:
    """Return the columns that the operation's answer shows."""
    fields = (field for field in operation.fields if field.direction == "response" and field.place)
    places = (find(field) for field in fields)
    return {name for place in places if place is not None and place.table == table.name for name in place.columns}


def _asked_anywhere(design: Design, table: Table, find: FindPlace) -> set[str]:
    """Return the columns that some request of the contract fills."""
    found: set[str] = set()
    for each in design.spec.operations:
        for field in each.fields:
            place = find(field) if field.direction == "request" and field.place else None
            if place is not None and place.table == table.name and place.own:
                found |= set(place.columns)
    return found
