"""What a column's Postgres type is called in Python and in SQLAlchemy."""

from __future__ import annotations

import re
from dataclasses import dataclass

from colonnade.emit.models.code import Node, Text, call
from colonnade.schema import Schema

_SPELLING = re.compile(
    r"(?P<name>[^(\[]+?)\s*(?:\((?P<arguments>[\d, -]+)\))?(?P<tail> (?:with|without) time zone)?(?P<array>(?:\[\])*)\Z"
)
_SIMPLE: dict[str, tuple[str, str]] = {
    "text": ("str", "sa.Text"),
    "bigint": ("int", "sa.BigInteger"),
    "integer": ("int", "sa.Integer"),
    "smallint": ("int", "sa.SmallInteger"),
    "double precision": ("float", "pg.DOUBLE_PRECISION"),
    "real": ("float", "sa.REAL"),
    "boolean": ("bool", "sa.Boolean"),
    "date": ("dt.date", "sa.Date"),
    "uuid": ("UUID", "sa.Uuid"),
    "bytea": ("bytes", "sa.LargeBinary"),
    "inet": ("IPv4Address | IPv6Address", "pg.INET"),
    "citext": ("str", "pg.CITEXT"),
    "tsvector": ("str", "pg.TSVECTOR"),
    "cidr": ("str", "pg.CIDR"),
    "macaddr": ("str", "pg.MACADDR"),
    "interval": ("dt.timedelta", "pg.INTERVAL"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedType:
    """The annotation of a value, and the SQLAlchemy type that gives exactly the Postgres type."""

    annotation: str
    sql: Node


def mapped_type(spelled: str, schema: Schema, *, enum: str = "", collation: str = "") -> MappedType:
    """Return how a type, spelled as `format_type` does, is mapped; `enum` names the Python enum of its values."""
    found = _SPELLING.match(spelled)
    name = (found["name"] + (found["tail"] or "")) if found else spelled
    arguments = tuple(part.strip() for part in (found["arguments"] or "").split(",") if part) if found else ()
    element = _element(name, arguments, schema, enum=enum, collation=collation, whole=spelled)
    if found is None or not found["array"]:
        return element
    if name == "citext" and found["array"] == "[]":
        return MappedType(annotation="list[str]", sql="CitextArray")
    depth = len(found["array"]) // 2
    annotation = "list[" * depth + element.annotation + "]" * depth
    dimensions = str(depth) if depth > 1 else None
    return MappedType(annotation=annotation, sql=call("pg.ARRAY", element.sql, dimensions=dimensions))


def _element(
    name: str, arguments: tuple[str, ...], schema: Schema, *, enum: str, collation: str, whole: str
) -> MappedType:
    """Return how a type that is no array is mapped."""
    if name == "text" and (enum or collation):
        return _text(enum, collation)
    if name in _SIMPLE and not arguments:
        annotation, sql = _SIMPLE[name]
        return MappedType(annotation=annotation, sql=sql)
    if name in ("numeric", "character varying", "character", "json", "jsonb") or name.startswith(("time", "interval")):
        return _parametric(name, arguments, collation)
    for each in schema.enum_types:
        if name in (each.name, f"{each.namespace}.{each.name}", f'"{each.name}"') and enum:
            return MappedType(annotation=enum, sql=_native_enum(enum, each.name, each.namespace))
    for domain in schema.domains:
        if name in (domain.name, f"{domain.namespace}.{domain.name}", f'"{domain.name}"'):
            base = mapped_type(domain.base_type, schema)
            return MappedType(annotation=base.annotation, sql=call("PostgresType", Text(whole)))
    return MappedType(annotation="Any", sql=call("PostgresType", Text(whole)))


def _text(enum: str, collation: str) -> MappedType:
    """Return how `text` is mapped: plain, in another collation, or as an enum."""
    if enum:
        return MappedType(annotation=enum, sql=call("TextEnum", enum))
    return MappedType(annotation="str", sql=call("sa.Text", collation=Text(collation)))


def _parametric(name: str, arguments: tuple[str, ...], collation: str) -> MappedType:
    """Return how a type is mapped whose precision, length or zone matters."""
    first = arguments[0] if arguments else None
    match name:
        case "numeric":
            return MappedType(annotation="Decimal", sql=call("sa.Numeric", *arguments))
        case "character varying" | "character":
            head = "sa.String" if name == "character varying" else "sa.CHAR"
            named = Text(collation) if collation else None
            return MappedType(annotation="str", sql=call(head, *arguments, collation=named))
        case "json" | "jsonb":
            # Without this, None would be stored as the JSON value null.
            head = "pg.JSONB" if name == "jsonb" else "pg.JSON"
            return MappedType(annotation="JsonValue", sql=call(head, none_as_null="True"))
        case "interval":
            return MappedType(annotation="dt.timedelta", sql=call("pg.INTERVAL", precision=first))
    zoned = "True" if name.endswith(" with time zone") else None
    if name.startswith("timestamp"):
        if first is None:
            return MappedType(annotation="dt.datetime", sql=call("sa.DateTime", timezone=zoned))
        return MappedType(annotation="dt.datetime", sql=call("pg.TIMESTAMP", timezone=zoned, precision=first))
    if first is None:
        return MappedType(annotation="dt.time", sql=call("sa.Time", timezone=zoned))
    return MappedType(annotation="dt.time", sql=call("pg.TIME", timezone=zoned, precision=first))


def _native_enum(enum: str, name: str, namespace: str) -> Node:
    """Return the type that creates and uses a native enum, stored by value."""
    return call(
        "sa.Enum",
        enum,
        name=Text(name),
        schema=None if namespace == "public" else Text(namespace),
        metadata="Model.metadata",
        values_callable="stored_values",
    )
