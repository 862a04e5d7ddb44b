"""What a column holds, in words: its description, else its role, its reference, its values and bounds."""

from __future__ import annotations

import re
from decimal import Decimal

from colonnade.design import Design
from colonnade.schema import Column, Table
from colonnade.spec import Attribute, ValueType

_ROLES = {
    "version": "raised by each update, so that of two writers one is told",
    "created": "when the row was written",
    "updated": "when the row last changed",
    "deleted": "when the row was deleted; empty while it lives",
    "password": "hash of the password, never the password",
}
_MANY_VALUES = 12


def meanings(design: Design) -> dict[tuple[str, str], str]:
    """Return the meaning of every column, "" where nothing is known, by table and column."""
    found: dict[tuple[str, str], str] = {}
    attributes = {
        (entity.name, attribute.name): attribute for entity in design.spec.entities for attribute in entity.attributes
    }
    for binding in design.bindings.attributes:
        attribute = attributes.get((binding.entity, binding.attribute))
        if attribute is not None and binding.column:
            found[binding.table, binding.column] = _of_attribute(attribute)
    for relationship in design.bindings.relationships:
        if len(relationship.columns) == 1 and not relationship.association:
            key = (relationship.table, relationship.columns[0])
            found[key] = _of_reference(relationship.relationship, relationship.target)
    for table in design.schema.tables:
        for column in table.columns:
            key = (table.name, column.name)
            found[key] = _description(column) or found.get(key) or _of_column(table, column)
    return found


def spoken(name: str) -> str:
    """Return a name as separate words in lower case: `dueDate` and `due_date` are both `due date`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_\s]+", " ", name).strip().lower()


def _description(column: Column) -> str:
    return " ".join((column.comment or "").split())


def _of_column(table: Table, column: Column) -> str:
    if column.generated is not None:
        return "computed by the database from the same row"
    for key in table.foreign_keys:
        if key.columns == (column.name,):
            return f"refers to {key.referenced_table}"
    if table.primary_key and table.primary_key.columns == (column.name,):
        return "identifies the row"
    return ""


def _of_reference(name: str, target: str) -> str:
    said, meant = spoken(name), spoken(target)
    return f"its {said}" if said == meant else f"its {said} ({meant})"


def _of_attribute(attribute: Attribute) -> str:
    if attribute.role in _ROLES:
        return _ROLES[attribute.role]
    if attribute.role == "key":
        return "identifies the row"
    return _of_values(attribute.type)


def _of_values(type_: ValueType) -> str:
    """Return the bounds of a value, as a person would say them."""
    parts: list[str] = []
    if type_.values:
        shown = ", ".join(type_.values[:_MANY_VALUES]) + (" …" if len(type_.values) > _MANY_VALUES else "")
        parts.append(f"one of {shown}" + (", in this order" if type_.ordered else ""))
    elif type_.format:
        parts.append(type_.format)
    if type_.min_length is not None or type_.max_length is not None:
        parts.append(_span(type_.min_length, type_.max_length, "character"))
    if type_.minimum is not None or type_.maximum is not None:
        parts.append(_span(type_.minimum, type_.maximum, ""))
    if type_.multiple_of is not None:
        parts.append(f"in steps of {type_.multiple_of}")
    said = ", ".join(parts)
    return f"list: {said}" if type_.array and said else "list" if type_.array else said


def _span(least: Decimal | int | None, most: Decimal | int | None, unit: str) -> str:
    if least is not None and least == most:
        said = f"{most}"
    elif least is None:
        said = f"at most {most}"
    elif most is None:
        said = f"at least {least}"
    else:
        said = f"{least} to {most}"
    last = most if most is not None else least
    return f"{said} {unit}{'' if last == 1 else 's'}" if unit else said
