"""Random names, types of values and attributes, for random specs."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

from hypothesis import strategies as st

from colonnade.span import Span
from colonnade.spec import Attribute, ValueType
from colonnade.sql.identifier import snake

_ENTITY_WORDS = [
    "Task", "Tag", "Comment", "Order", "OrderLine", "Person", "Category", "Status", "Group", "Invoice", "Address",
    "Kunde", "Größe", "顧客", "Заказ", "Élève", "TaskUpdate", "HTTPRoute2", "Class", "Series", "Field",
]  # fmt: skip
_ATTRIBUTE_WORDS = [
    "title", "body", "state", "order", "user", "end", "start", "group", "price", "amount", "count", "select", "größe",
    "название", "数量", "due", "weight", "metadata", "class", "xmin", "e_mail", "is_done", "a1", "from", "when", "code",
]  # fmt: skip
_RESERVED_NAMES = frozenset({"id", "created_at", "updated_at", "deleted_at", "version", "owner"})
_PATTERNS = [
    r"^[a-z0-9]+(?:-[a-z0-9]+)*$", r"^#[0-9A-Fa-f]{6}$", r"^\+?[1-9]\d{1,14}$", r"^\S+$", r"\bx\b", r"^\p{L}+$",
    r"^(?=.*\d).{2,}$", r"^[\w.+-]{1,300}$",
]  # fmt: skip
_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
_LETTERS = st.characters(categories=("Ll", "Lu", "Lo", "Nd", "Mn", "Mc"))
_PLACE = st.builds(Span, path=st.just("s.spec.yaml"), line=st.integers(1, 99), quote=st.just("as said"))
PLACES = st.lists(_PLACE, max_size=1).map(tuple)


def entity_names() -> st.SearchStrategy[str]:
    """Names in PascalCase, of many scripts."""
    invented = st.text(_LETTERS, min_size=2, max_size=30).map(lambda text: "E" + text)
    return st.one_of(st.sampled_from(_ENTITY_WORDS), invented)


def attribute_names() -> st.SearchStrategy[str]:
    """Names in snake_case, of many scripts, reserved words among them."""
    invented = st.text(_LETTERS, min_size=1, max_size=70).map(lambda text: snake("a" + text))
    usual = st.sampled_from(_ATTRIBUTE_WORDS)
    return st.one_of(usual, usual, invented).filter(lambda name: name not in _RESERVED_NAMES)


@st.composite
def value_types(draw: st.DrawFn) -> ValueType:
    """Any type of value with consistent bounds."""
    base = draw(st.sampled_from(sorted(_VALUE_TYPES)))
    value = _VALUE_TYPES[base](draw)
    if base != "json" and draw(st.integers(0, 7)) == 0:
        least = draw(st.none() | st.integers(0, 2))
        size = {"array_min": least, "array_max": draw(st.none() | st.integers(3, 9))}
        value = value.model_copy(update={"array": True, "array_unique": draw(st.booleans()), **size})
    return value


def _text(draw: st.DrawFn) -> ValueType:
    shortest = draw(st.none() | st.integers(0, 3))
    longest = draw(st.none() | st.integers(20, 5000))
    return ValueType(
        base="text",
        min_length=shortest,
        max_length=longest,
        trimmed=draw(st.booleans()),
        pattern=draw(st.none() | st.none() | st.sampled_from(_PATTERNS)),
        case_insensitive=draw(st.integers(0, 9)) == 0,
        format=draw(st.sampled_from(["", "", "email", "uri", "slug"])),
    )


def _bounds(draw: st.DrawFn, step: Decimal) -> dict[str, Any]:
    least = draw(st.none() | st.integers(-1000, 1000))
    span = draw(st.none() | st.integers(2, 10**7))
    most = None if span is None else (least or 0) + span
    return {
        "minimum": None if least is None else least * step,
        "maximum": None if most is None else most * step,
        "exclusive_minimum": least is not None and draw(st.booleans()),
        "exclusive_maximum": most is not None and draw(st.booleans()),
    }


def _integer(draw: st.DrawFn) -> ValueType:
    bits: Literal[32, 64] | None = draw(st.sampled_from([None, None, 32, 64]))
    multiple = draw(st.sampled_from([None, None, None, Decimal(1), Decimal(5)]))
    return ValueType(base="integer", bits=bits, multiple_of=multiple, **_bounds(draw, Decimal(10)))


def _decimal(draw: st.DrawFn) -> ValueType:
    scaled = draw(st.booleans())
    return ValueType(
        base="decimal",
        precision=draw(st.integers(12, 20)) if scaled else None,
        scale=draw(st.integers(0, 4)) if scaled else None,
        multiple_of=draw(st.sampled_from([None, None, Decimal("0.01")])) if not scaled else None,
        format=draw(st.sampled_from(["", "", "money"])),
        **_bounds(draw, Decimal(1)),
    )


def _enum(draw: st.DrawFn) -> ValueType:
    values = draw(st.lists(_TEXT, min_size=1, max_size=5, unique=True))
    return ValueType(base="enum", values=tuple(values), ordered=draw(st.booleans()), open=draw(st.booleans()))


_VALUE_TYPES: dict[str, Callable[[st.DrawFn], ValueType]] = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "float": lambda draw: ValueType(base="float", **_bounds(draw, Decimal("0.5"))),
    "boolean": lambda _: ValueType(base="boolean"),
    "date": lambda _: ValueType(base="date"),
    "time": lambda _: ValueType(base="time"),
    "timestamp": lambda draw: ValueType(base="timestamp", zoned=draw(st.integers(0, 3)) > 0),
    "interval": lambda _: ValueType(base="interval"),
    "uuid": lambda _: ValueType(base="uuid"),
    "json": lambda draw: ValueType(base="json", format=draw(st.sampled_from(["", "object", "array"]))),
    "binary": lambda _: ValueType(base="binary"),
    "enum": _enum,
    "inet": lambda _: ValueType(base="inet"),
}


def _default(draw: st.DrawFn, value: ValueType) -> str | None:
    """Return a default that meets the value's own bounds, or None."""
    if value.array:
        return draw(st.sampled_from([None, "[]"])) if not value.array_min else None
    match value.base:
        case "boolean":
            return draw(st.sampled_from(["true", "false"]))
        case "enum":
            return draw(st.sampled_from(value.values))
        case "timestamp" | "date" | "time":
            return "now"
        case "uuid":
            return "random"
        case "json":
            return {"object": "{}", "array": "[]", "": '{"a": "it\'s"}'}[value.format]
        case "text" if not value.pattern and value.format != "email":
            return "it's a default"
        case "integer" | "decimal" | "float" if value.minimum is None and value.maximum is None:
            return "0"
        case _:
            return None


@st.composite
def attributes(draw: st.DrawFn, name: str) -> Attribute:
    """An attribute that is stored as said, or a password."""
    value = draw(value_types())
    required = draw(st.booleans())
    is_password = value.base == "text" and not value.array and draw(st.integers(0, 12)) == 0
    has_default = not is_password and draw(st.integers(0, 2)) == 0
    shares: tuple[tuple[str, float], ...] = ()
    if value.base == "boolean" and not value.array and draw(st.booleans()):
        shares = (("true", 0.1), ("false", 0.9))
    return Attribute(
        name=name,
        type=value,
        required=required,
        role="password" if is_password else "plain",
        default=_default(draw, value) if has_default else None,
        description=draw(st.sampled_from(["", "What it's for"])),
        share=shares,
        null_share=None if required else draw(st.sampled_from([None, None, 0.25])),
        at=draw(PLACES),
    )
