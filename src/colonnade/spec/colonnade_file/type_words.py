"""The words for types in a field line, and what each of them means."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from colonnade.spec.entities import AttributeRole, Base

Arguments = Literal["none", "length", "range", "digits", "values", "type"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeWord:
    """The base type, what may stand in its parentheses, and what it says beyond.

    `required` says that such an attribute is never absent, so that `!` adds nothing.
    """

    base: Base
    arguments: Arguments = "none"
    role: AttributeRole = "plain"
    required: bool = False
    meaning: str
    more: tuple[tuple[str, Any], ...] = ()


def _text(meaning: str, **more: Any) -> TypeWord:
    return TypeWord(base="text", arguments="length", meaning=meaning, more=tuple(more.items()))


TYPE_WORDS = MappingProxyType(
    {
        "text": _text("text; the length in characters"),
        "citext": _text("text that compares without case", case_insensitive=True),
        "email": _text("an e-mail address", format="email"),
        "uri": _text("a URL", format="uri"),
        "slug": _text("the part of a URL that names a thing", format="slug"),
        "phone": _text("a telephone number", format="phone"),
        "color": _text("a colour", format="color"),
        "currency": _text("a currency code (ISO 4217)", format="currency"),
        "country": _text("a country code (ISO 3166)", format="country"),
        "language": _text("a language tag (BCP 47)", format="language"),
        "timezone": _text("a time zone's name (IANA)", format="timezone"),
        "password": TypeWord(
            base="text", arguments="length", role="password", meaning="arrives as text, only its hash is kept"
        ),
        "int": TypeWord(base="integer", arguments="range", meaning="a whole number; its bounds choose the width"),
        "smallint": TypeWord(base="integer", arguments="range", meaning="16 bits", more=(("bits", 16),)),
        "int32": TypeWord(base="integer", arguments="range", meaning="32 bits", more=(("bits", 32),)),
        "bigint": TypeWord(base="integer", arguments="range", meaning="64 bits", more=(("bits", 64),)),
        "decimal": TypeWord(base="decimal", arguments="digits", meaning="an exact number: digits, decimals, bounds"),
        "money": TypeWord(
            base="decimal", arguments="digits", meaning="an exact amount of money", more=(("format", "money"),)
        ),
        "float": TypeWord(base="float", arguments="range", meaning="a measured number"),
        "bool": TypeWord(base="boolean", meaning="true or false"),
        "date": TypeWord(base="date", meaning="a day"),
        "time": TypeWord(base="time", meaning="a time of day"),
        "timestamp": TypeWord(base="timestamp", meaning="a point in time; with `local`, a wall clock's"),
        "interval": TypeWord(base="interval", meaning="a length of time"),
        "uuid": TypeWord(base="uuid", meaning="a UUID"),
        "json": TypeWord(base="json", meaning="a document of open shape"),
        "binary": TypeWord(base="binary", arguments="length", meaning="bytes; the length in bytes"),
        "inet": TypeWord(base="inet", meaning="an IP address or network"),
        "enum": TypeWord(base="enum", arguments="values", meaning="one of the values, separated by |"),
        "version": TypeWord(
            base="integer",
            role="version",
            required=True,
            meaning="optimistic lock, raised on every update",
            more=(("bits", 64),),
        ),
        "created": TypeWord(base="timestamp", role="created", required=True, meaning="set by the server on insert"),
        "updated": TypeWord(base="timestamp", role="updated", required=True, meaning="set on insert and update"),
        "deleted": TypeWord(base="timestamp", role="deleted", meaning="soft delete marker"),
        "computed": TypeWord(
            base="text", arguments="type", role="computed", meaning="in responses only, never a column"
        ),
    }
)
