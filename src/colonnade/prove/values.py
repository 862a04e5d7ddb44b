"""The values of a column's type: an endless series of plain ones, and the edges that conditions speak of.

Every value is text in the input form that Postgres reads for the type, so one kind of value serves
every type.
"""

from __future__ import annotations

import functools
import json
import re
import string
import struct
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

from colonnade.schema import Schema
from colonnade.sql.identifier import qualified

Family = Literal[
    "text", "integer", "decimal", "float", "boolean", "timestamptz", "timestamp", "date", "time", "interval",
    "uuid", "json", "bytes", "inet", "cidr", "macaddr", "range", "tsvector", "enum", "array",
]  # fmt: skip

BASE = datetime(2024, 1, 15, 8, tzinfo=UTC)
STEP = timedelta(days=30)
_NUMBER_STEP = 1_000

_FAMILIES: Mapping[str, Family] = {
    "text": "text", "character varying": "text", "character": "text", "citext": "text", "name": "text",
    "smallint": "integer", "integer": "integer", "bigint": "integer",
    "numeric": "decimal", "double precision": "float", "real": "float", "boolean": "boolean",
    "timestamp with time zone": "timestamptz", "timestamp without time zone": "timestamp", "date": "date",
    "time without time zone": "time", "time with time zone": "time", "interval": "interval",
    "uuid": "uuid", "json": "json", "jsonb": "json", "bytea": "bytes",
    "inet": "inet", "cidr": "cidr", "macaddr": "macaddr", "tsvector": "tsvector",
    "int4range": "range", "int8range": "range", "numrange": "range", "tstzrange": "range", "tsrange": "range",
    "daterange": "range",
}  # fmt: skip
_RANGE_OF = {
    "int4range": "integer", "int8range": "bigint", "numrange": "numeric", "daterange": "date",
    "tstzrange": "timestamp with time zone", "tsrange": "timestamp without time zone",
}  # fmt: skip
_BITS = {"smallint": 16, "integer": 32, "bigint": 64, "real": 32, "double precision": 64}
_MODIFIER = re.compile(r"(?P<before>[^(]+)\((?P<numbers>[\d,-]+)\)(?P<after>.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueKind:
    """A type, as far as making values of it goes.

    `length` bounds characters, `precision` and `scale` a numeric, `bits` an integer or a float; `values` are
    an enum's; `element` is of an array or range.
    """

    family: Family
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    bits: int = 64
    values: tuple[str, ...] = ()
    element: ValueKind | None = None

    @property
    def distinct(self) -> int | None:
        """How many values there are, when they are few."""
        return {"enum": len(self.values), "boolean": 2}.get(self.family)

    @property
    def step(self) -> Decimal:
        """The distance between neighbours of a number type, as far as a limit is concerned."""
        if self.family in {"integer", "float"}:
            return Decimal(1) if self.family == "integer" else Decimal("0.5")
        return Decimal(1).scaleb(-self.scale) if self.scale is not None else Decimal("0.01")


def value_kind(type_name: str, schema: Schema) -> ValueKind | None:
    """Return the kind of a type spelled as `format_type` does; None for a type that we make no values of."""
    if type_name.endswith("[]"):
        element = value_kind(type_name.removesuffix("[]"), schema)
        return ValueKind(family="array", element=element) if element else None
    for enum in schema.enum_types:
        if type_name in {enum.name, qualified(enum.namespace, enum.name)}:
            return ValueKind(family="enum", values=enum.values)
    base = base_type(type_name, schema)
    return _built_in(base, schema) if base == type_name else value_kind(base, schema)


def base_type(type_name: str, schema: Schema) -> str:
    """Return what a domain is over, through all its layers; any other type is its own."""
    for domain in schema.domains:
        if type_name in {domain.name, qualified(domain.namespace, domain.name)}:
            return base_type(domain.base_type, schema)
    return type_name


def _built_in(type_name: str, schema: Schema) -> ValueKind | None:
    modifier = _MODIFIER.fullmatch(type_name)
    name = (modifier["before"] + modifier["after"]) if modifier else type_name
    numbers = [int(each) for each in modifier["numbers"].split(",")] if modifier else []
    family = _FAMILIES.get(name)
    match family:
        case None:
            return None
        case "text":
            return ValueKind(family=family, length=numbers[0] if numbers else 1 if name == "character" else None)
        case "decimal":
            scale = numbers[1] if len(numbers) > 1 else 0 if numbers else None
            return ValueKind(family=family, precision=numbers[0] if numbers else None, scale=scale)
        case "range":
            return ValueKind(family=family, element=value_kind(_RANGE_OF[name], schema))
    return ValueKind(family=family, bits=_BITS.get(name, 64))


def series(kind: ValueKind, number: int, *, label: str, ordinal: int = 0) -> str:
    """Return the plain value with this number, counted from 1; different numbers, different values.

    `label` is the column's name, which texts begin with; `ordinal` its place in the table, which keeps
    moments and uuids of one row apart. Booleans and enums repeat.
    """
    return _SERIES[kind.family](_Nth(kind=kind, number=number, label=label, ordinal=ordinal))


@functools.lru_cache(maxsize=10_000)  # many columns have the same few lengths
def code(number: int, length: int, *, alphabet: str = string.ascii_lowercase) -> str:
    """Return the number in letters, exactly so long: `aab`; wraps when it does not fit."""
    letters = []
    for _ in range(length):
        number, digit = divmod(number, len(alphabet))
        letters.append(alphabet[digit])
    return "".join(reversed(letters))


def moment(kind: ValueKind, at: datetime) -> str:
    """Return the moment in the type's input form."""
    match kind.family:
        case "date":
            return at.date().isoformat()
        case "timestamptz":
            return at.strftime("%Y-%m-%d %H:%M:%S+00")
    return at.strftime("%Y-%m-%d %H:%M:%S")


def later(kind: ValueKind, text: str, steps: int) -> str | None:
    """Return the value so many steps of the plain series later; None for a kind without an order of its own."""
    match kind.family:
        case "timestamptz" | "timestamp" | "date":
            return moment(kind, datetime.fromisoformat(text).replace(tzinfo=UTC) + steps * STEP)
        case "time":
            hour, minute, *_ = map(int, text.split(":"))
            minutes = (hour * 60 + minute + 15 * steps) % 1440
            return f"{minutes // 60:02}:{minutes % 60:02}:00"
        case "integer" | "decimal" | "float":
            return format(Decimal(text) + steps * _NUMBER_STEP, "f")
    return None


def array(elements: Sequence[str | None]) -> str:
    """Return an array literal."""
    quoted = (
        "NULL" if each is None else '"' + each.replace("\\", "\\\\").replace('"', '\\"') + '"' for each in elements
    )
    return "{" + ",".join(quoted) + "}"


def fits(kind: ValueKind, value: Decimal) -> bool:
    """Tell whether a number is of the type at all, neither too large nor too fine."""
    if kind.family == "integer":
        limit = Decimal(2) ** (kind.bits - 1)
        return value == value.to_integral_value() and -limit <= value < limit
    places = len(format(value, "f").partition(".")[2].rstrip("0"))
    if kind.scale is not None and places > kind.scale:
        return False
    return kind.precision is None or abs(value) < Decimal(1).scaleb(kind.precision - (kind.scale or 0))


def identity(kind: ValueKind | None, text: str) -> str:
    """Return a text that values share when Postgres may hold them for equal, though they are spelled differently.

    A float has so many bits only, a number is the same with zeros behind the point, and keys may ignore letter case
    and outer spaces.
    """
    match kind.family if kind else None:
        case "float":
            return repr(_nearest(float(text), bits=kind.bits if kind else 64) + 0.0)  # zero has two signs
        case "decimal" | "integer":
            return format(Decimal(text).normalize() + 0, "f")
    return text.casefold().strip()


def _nearest(value: float, *, bits: int) -> float:
    """Return the nearest float of so many bits; one that is too large for them stays what it is."""
    with suppress(OverflowError):
        return float(struct.unpack("f", struct.pack("f", value))[0]) if bits == 32 else value
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class _Nth:
    """Which value of a series is wanted."""

    kind: ValueKind
    number: int
    label: str
    ordinal: int

    def element(self, number: int) -> str:
        """Return a value of the element type."""
        assert self.kind.element is not None  # noqa: S101 - a range or array has an element by construction
        return series(self.kind.element, number, label=self.label, ordinal=self.ordinal)


def _text(nth: _Nth) -> str:
    text = f"{nth.label.replace('_', ' ')} {nth.number}"
    return text if nth.kind.length is None or len(text) <= nth.kind.length else code(nth.number, nth.kind.length)


def _decimal(nth: _Nth) -> str:
    kind, number = nth.kind, nth.number
    roomy = kind.precision is None or kind.precision - (kind.scale or 0) >= len(str(number))
    return str(number) if roomy else str(number * kind.step)


def _moment(nth: _Nth) -> str:
    offset = timedelta(days=nth.ordinal % 28) if nth.kind.family == "date" else timedelta(hours=nth.ordinal)
    return moment(nth.kind, BASE + nth.number * STEP + offset)


def _time(nth: _Nth) -> str:
    minutes = (480 + nth.ordinal + 15 * nth.number) % 1440
    return f"{minutes // 60:02}:{minutes % 60:02}:00"


def _cyclic(values: tuple[str, ...], number: int) -> str:
    return values[(number - 1) % len(values)]


_SERIES: Mapping[Family, Callable[[_Nth], str]] = {
    "text": _text,
    "integer": lambda nth: str(nth.number),
    "decimal": _decimal,
    "float": lambda nth: f"{nth.number}.5",
    "boolean": lambda nth: _cyclic(("false", "true"), nth.number),
    "timestamptz": _moment,
    "timestamp": _moment,
    "date": _moment,
    "time": _time,
    "interval": lambda nth: f"{nth.number} days",
    "uuid": lambda nth: f"{nth.ordinal:08x}-0000-4000-8000-{nth.number:012x}",
    "json": lambda nth: f'{{"n": {nth.number}}}',
    "bytes": lambda nth: f"\\x{nth.number:04x}",
    "inet": lambda nth: f"198.18.{nth.number // 250}.{nth.number % 250 + 1}",
    "cidr": lambda nth: f"198.{18 + nth.number // 250}.{nth.number % 250}.0/24",
    "macaddr": lambda nth: f"08:00:2b:00:{nth.number // 256:02x}:{nth.number % 256:02x}",
    "range": lambda nth: f"[{nth.element(2 * nth.number)},{nth.element(2 * nth.number + 1)})",
    "tsvector": lambda nth: f"word{nth.number}",
    "enum": lambda nth: _cyclic(nth.kind.values, nth.number),
    "array": lambda nth: array([nth.element(nth.number)]),
}


def python_value(kind: ValueKind, text: str) -> object:
    """Return the Python value that a driver hands over for this text of this kind."""
    if kind.family == "array":
        assert kind.element is not None  # noqa: S101 - an array has an element by construction
        element = kind.element
        return [None if each is None else python_value(element, each) for each in array_elements(text)]
    convert = _PYTHON.get(kind.family)
    return text if convert is None else convert(text)


def array_elements(text: str) -> list[str | None]:
    """Return the elements of a one-dimensional array literal."""
    found: list[str | None] = []
    for quoted, bare in _ELEMENT.findall(text[1:-1]):
        if quoted:
            found.append(re.sub(r"\\(.)", r"\1", quoted[1:-1]))
        elif bare:
            found.append(None if bare.upper() == "NULL" else bare)
    return found


def _interval(text: str) -> timedelta:
    days, _ = text.split(" ")
    return timedelta(days=int(days))


_ELEMENT = re.compile(r'("(?:[^"\\]|\\.)*")|([^,]+)')
_PYTHON: Mapping[Family, Callable[[str], object]] = {
    "integer": int,
    "decimal": Decimal,
    "float": float,
    "boolean": lambda text: text == "true",
    "timestamptz": datetime.fromisoformat,
    "timestamp": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "interval": _interval,
    "uuid": UUID,
    "json": json.loads,
    "bytes": lambda text: bytes.fromhex(text[2:]),
}
