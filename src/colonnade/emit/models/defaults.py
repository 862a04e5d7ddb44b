"""SQL defaults as Python values, and what triggers fill in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from colonnade.emit.models.code import Text, flat
from colonnade.emit.models.plan import EnumPlan
from colonnade.schema import Schema, Table, Trigger
from colonnade.sql.identifier import qualified_function

_CAST = r'(?:::(?:[\w\s.\[\](),]|"(?:[^"]|"")+")+)?\Z'
_STRING = re.compile(rf"'((?:[^']|'')*)'{_CAST}")
_NUMBER = re.compile(rf"\(?(-?\d+(?:\.\d+)?)\)?{_CAST}")
_ASSIGNMENT = re.compile(
    r"(?P<start>(?:^|;|\bBEGIN\b|\bTHEN\b|\bELSE\b|\bLOOP\b)\s*)?\bNEW\s*\.\s*"
    r'(?P<column>"(?:[^"]|"")+"|\w+)\s*(?P<operator>:?=)',
    re.IGNORECASE,
)


def python_default(default: str | None, annotation: str, enum: EnumPlan | None) -> tuple[str, str]:
    """Return a literal default as Python code and, for a mutable one, its factory; "" for any other."""
    if default is None:
        return "", ""
    text = default.strip()
    if text.lower() in ("true", "false") and annotation == "bool":
        return text.capitalize(), ""
    if found := _NUMBER.match(text):
        return _number(found[1], annotation), ""
    if found := _STRING.match(text):
        return _string(found[1].replace("''", "'"), annotation, enum)
    if re.fullmatch(r"ARRAY\[\](::.*)?", text) and annotation.startswith("list["):
        return "", "list"
    return "", ""


def _number(text: str, annotation: str) -> str:
    """Return a number as the annotated type."""
    if annotation == "int" and "." not in text:
        return text
    if annotation == "Decimal":
        return f'Decimal("{text}")'
    if annotation == "float":
        return text if "." in text else f"{text}.0"
    return ""


def _string(value: str, annotation: str, enum: EnumPlan | None) -> tuple[str, str]:
    """Return a quoted default as the annotated type."""
    if enum is not None and annotation == enum.name:
        return enum.member(value) or "", ""
    if annotation == "str":
        return flat(Text(value)), ""
    if annotation.startswith("list[") and value == "{}":
        return "", "list"
    if annotation == "JsonValue" and value in ("{}", "[]"):
        return "", "dict" if value == "{}" else "list"
    if annotation in ("int", "float", "Decimal") and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return _number(value, annotation), ""
    return "", ""


def refuses(table: Table, event: Literal["UPDATE", "DELETE"], schema: Schema) -> bool:
    """Whether a trigger of the table may refuse the event for a row."""
    return any(
        event in trigger.events and re.search(r"\bRAISE\s+EXCEPTION\b", _body(trigger, schema), re.IGNORECASE)
        for trigger in table.triggers
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerWrites:
    """The columns that triggers set on a new row and on a changed one."""

    inserted: frozenset[str] = frozenset()
    updated: frozenset[str] = frozenset()


def trigger_writes(table: Table, schema: Schema) -> TriggerWrites:
    """Return what the BEFORE triggers of a table assign to the row."""
    inserted: set[str] = set()
    updated: set[str] = set()
    for trigger in table.triggers:
        if trigger.timing == "BEFORE" and trigger.level == "ROW":
            columns = _assigned(trigger, schema) & {column.name for column in table.columns}
            inserted |= columns if "INSERT" in trigger.events else set()
            updated |= columns if "UPDATE" in trigger.events else set()
    return TriggerWrites(inserted=frozenset(inserted), updated=frozenset(updated))


def _assigned(trigger: Trigger, schema: Schema) -> set[str]:
    """Return the columns of NEW that the trigger's function assigns."""
    found: set[str] = set()
    for each in _ASSIGNMENT.finditer(_body(trigger, schema)):
        if each["operator"] == ":=" or each["start"] is not None:
            column = each["column"]
            quoted = column.startswith('"')
            found.add(column[1:-1].replace('""', '"') if quoted else column.lower())
    return found


def _body(trigger: Trigger, schema: Schema) -> str:
    """Return the body of the trigger's function."""
    called = {qualified_function(each.namespace, each.name): each.body for each in schema.functions}
    return called.get(trigger.function, "")
