"""The SQL DEFAULT of an attribute's default, checked against its type."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from colonnade.errors import DesignError
from colonnade.spec import Attribute, Entity
from colonnade.sql.literal import literal

_NOW = frozenset({"now", "now()", "current_timestamp", "today", "current_date", "utcnow"})
_BOOLEANS = {"true": "true", "yes": "true", "1": "true", "on": "true", "false": "false", "no": "false", "0": "false"}
_BOOLEANS["off"] = "false"
_CLOCKS = {
    "timestamp with time zone": "now()",
    "timestamp without time zone": "LOCALTIMESTAMP",
    "date": "CURRENT_DATE",
    "time without time zone": "LOCALTIME",
}
_INTEGERS = {"smallint": 16, "integer": 32, "bigint": 64}


def default_of(entity: Entity, attribute: Attribute, type_name: str) -> str | None:
    """Return the column's DEFAULT, or None.

    Raises DesignError for a default that is no value of the type.
    """
    if attribute.role in ("created", "updated"):
        return clock(type_name)
    if attribute.role == "version":
        return attribute.default if (attribute.default or "").isdigit() else "1"
    if attribute.role == "deleted":
        return "false" if type_name == "boolean" else None
    written = attribute.default
    if written is None or attribute.role in ("generated", "password"):
        return None
    if written.lower() in ("null", "none") and not _is_textual(type_name):
        return None
    return _literal(entity, attribute, type_name, written)


def clock(type_name: str) -> str:
    """Return the time of the transaction as a value of the type; numbers count seconds since 1970."""
    if type_name in _CLOCKS:
        return _CLOCKS[type_name]
    is_number = type_name in _INTEGERS or type_name.startswith(("numeric", "double"))
    return f"{'extract(epoch FROM now())' if is_number else 'now()'}::{type_name}"


def _is_textual(type_name: str) -> bool:
    return type_name in ("text", "citext")


def _literal(entity: Entity, attribute: Attribute, type_name: str, written: str) -> str:
    if type_name.endswith("[]"):
        return _array(entity, attribute, type_name, written)
    if type_name in _CLOCKS and written.lower() in _NOW:
        return _CLOCKS[type_name]
    if attribute.type.base == "enum":
        if attribute.type.values and written not in attribute.type.values:
            raise _refusal(entity, attribute, f"one of {', '.join(attribute.type.values)}")
        return literal(written) if _is_textual(type_name) else f"{literal(written)}::{type_name}"
    convert = _CONVERTERS.get(type_name.partition("(")[0], _text)
    try:
        return convert(written, type_name)
    except (ValueError, InvalidOperation) as error:
        raise _refusal(entity, attribute, type_name) from error


def _array(entity: Entity, attribute: Attribute, type_name: str, written: str) -> str:
    if written in ("", "[]", "{}"):
        return f"'{{}}'::{type_name}"
    try:
        items = json.loads(written)
    except json.JSONDecodeError:
        items = written.strip("{}").split(",")
    if not isinstance(items, list):
        items = [items]
    element = type_name.removesuffix("[]")
    values = ", ".join(
        _literal(entity, attribute, element, item if isinstance(item, str) else json.dumps(item)) for item in items
    )
    return f"ARRAY[{values}]::{type_name}"


def _boolean(written: str, _: str) -> str:
    if written.lower() not in _BOOLEANS:
        raise ValueError(written)
    return _BOOLEANS[written.lower()]


def _integer(written: str, type_name: str) -> str:
    value = int(written)
    if not -(2 ** (_INTEGERS[type_name] - 1)) <= value < 2 ** (_INTEGERS[type_name] - 1):
        raise ValueError(written)
    return str(value)


def _decimal(written: str, _: str) -> str:
    value = Decimal(written)
    if not value.is_finite():
        raise ValueError(written)
    return literal(value)


def _uuid(written: str, _: str) -> str:
    if written.lower() in ("random", "uuid", "uuid4", "uuidv4", "gen_random_uuid()"):
        return "gen_random_uuid()"
    return "uuidv7()" if written.lower() in ("uuidv7", "uuidv7()") else f"{literal(str(uuid.UUID(written)))}::uuid"


def _json(written: str, _: str) -> str:
    try:
        json.loads(written)
    except json.JSONDecodeError:
        written = json.dumps(written, ensure_ascii=False)
    return f"{literal(written)}::jsonb"


def _time(written: str, type_name: str) -> str:
    if not re.search(r"\d", written):
        raise ValueError(written)
    return f"{literal(written)}::{type_name}"


def _bytes(written: str, type_name: str) -> str:
    return literal("\\x" + written.encode().hex()) + f"::{type_name}"


def _text(written: str, type_name: str) -> str:
    return literal(written) if _is_textual(type_name) else f"{literal(written)}::{type_name}"


_CONVERTERS: dict[str, Callable[[str, str], str]] = {
    "boolean": _boolean,
    "smallint": _integer,
    "integer": _integer,
    "bigint": _integer,
    "numeric": _decimal,
    "double precision": _decimal,
    "uuid": _uuid,
    "jsonb": _json,
    "bytea": _bytes,
    "date": _time,
    "interval": _time,
    "time without time zone": _time,
    "timestamp with time zone": _time,
    "timestamp without time zone": _time,
}


def _refusal(entity: Entity, attribute: Attribute, expected: str) -> DesignError:
    return DesignError(
        f'default "{attribute.default}" of "{entity.name}.{attribute.name}" is no value of its type',
        detail=f"Expected {expected}.",
        at=next(iter(attribute.at), None),
    )
