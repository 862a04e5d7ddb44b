"""Which Postgres type holds the values of an attribute."""

from __future__ import annotations

from decimal import Decimal

from colonnade.design.names import column_name, free_name, table_name
from colonnade.design.words import singular
from colonnade.spec import Attribute, Entity, Spec, ValueType
from colonnade.sql.identifier import MAX_BYTES, fit, quote, words

MONEY = "numeric(19,4)"
_INTEGER_TYPES = ((16, "smallint"), (32, "integer"), (64, "bigint"))
_PLAIN = {
    "boolean": "boolean",
    "date": "date",
    "time": "time without time zone",
    "interval": "interval",
    "uuid": "uuid",
    "json": "jsonb",
    "binary": "bytea",
    "inet": "inet",
    "enum": "text",
}
_MONEY_WORDS = frozenset({"price", "cost", "fee", "tax", "salary", "balance", "refund", "subtotal", "wage", "revenue"})
_MAYBE_MONEY_WORDS = frozenset({"amount", "total", "discount", "budget", "payment", "deposit", "credit", "debit"})
_NOT_MONEY_WORDS = frozenset(
    {"rate", "ratio", "percent", "percentage", "factor", "score", "count", "weight", "id", "index", "pct"}
)
_MONEY_FORMATS = frozenset({"money", "currency", "monetary", "price"})


def is_money(entity: Entity, attribute: Attribute) -> bool:
    """Tell whether the attribute holds money, by its format or by its name.

    A name such as `amount` counts only beside an attribute that names the currency.
    """
    if attribute.type.base not in ("decimal", "float", "integer"):
        return False
    if attribute.type.format.lower() in _MONEY_FORMATS:
        return True
    name = set(words(attribute.name))
    if name & _NOT_MONEY_WORDS:
        return False
    if name & _MONEY_WORDS:
        return True
    return bool(name & _MAYBE_MONEY_WORDS) and any("currency" in words(other.name) for other in entity.attributes)


def is_sorted(spec: Spec, entity: Entity, attribute: Attribute) -> bool:
    """Tell whether some access pattern sorts the entity by the attribute."""
    return any(
        key.attribute == attribute.name
        for pattern in spec.access_patterns
        if pattern.entity == entity.name
        for key in pattern.sort
    )


def native_enum(spec: Spec, entity: Entity, attribute: Attribute) -> str:
    """Return the name of the enum type, or the empty text when text with a CHECK is better.

    Text sorts by spelling, so only an order that is declared and asked for needs the native type, whose values are
    names of at most 63 bytes.
    """
    value = attribute.type
    if value.base != "enum" or value.array or not value.values:
        return ""
    if max(len(each.encode()) for each in value.values) > MAX_BYTES:
        return ""
    if not (value.ordered and is_sorted(spec, entity, attribute)):
        return ""
    name = fit(f"{singular(table_name(spec, entity))}_{column_name(attribute)}")
    # A table is a type too, of its own name.
    return free_name(name, {table_name(spec, each) for each in spec.entities})


def type_of(spec: Spec, entity: Entity, attribute: Attribute) -> str:
    """Return the column's type as `format_type` spells it."""
    enum = native_enum(spec, entity, attribute)
    element = quote(enum) if enum else _element(attribute.type, money=is_money(entity, attribute), role=attribute.role)
    return f"{element}[]" if attribute.type.array and element != "jsonb" else element


def _element(value: ValueType, *, money: bool, role: str) -> str:
    if role == "password":
        return "text"
    if role == "version":
        return "bigint"
    match value.base:
        case "text":
            return "citext" if value.case_insensitive else "text"
        case "integer":
            return "bigint" if money and value.bits is None else _integer(value)
        case "decimal":
            return _decimal(value, money=money)
        case "float":
            return MONEY if money else "double precision"
        case "timestamp":
            return "timestamp with time zone" if value.zoned else "timestamp without time zone"
        case other:
            return _PLAIN[other]


def _integer(value: ValueType) -> str:
    """Return the stated width, else the smallest that both bounds allow, else four bytes."""
    for bits, name in _INTEGER_TYPES:
        if value.bits == bits:
            return name
    if value.minimum is not None and value.maximum is not None and _fits(value, 16):
        return "smallint"
    return "integer" if _fits(value, 32) else "bigint"


def _fits(value: ValueType, bits: int) -> bool:
    limit = Decimal(2) ** (bits - 1)
    lowest = -limit if value.minimum is None else value.minimum
    highest = limit - 1 if value.maximum is None else value.maximum
    return -limit <= lowest and highest < limit


def _decimal(value: ValueType, *, money: bool) -> str:
    if value.precision is not None:
        return f"numeric({value.precision},{value.scale or 0})"
    if money:
        return MONEY
    return "numeric"
