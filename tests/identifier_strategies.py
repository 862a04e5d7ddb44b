"""Random identifiers, column types and texts, for random schemas."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from hypothesis import strategies as st

from colonnade.sql.identifier import MAX_BYTES, RESERVED

# format_type qualifies a type of ours that is called like a built-in one.
BUILT_IN_TYPES = frozenset(
    {"any", "char", "bit", "box", "cid", "oid", "tid", "xid", "xml", "date", "inet", "int2", "name"}
)
_SYSTEM_COLUMNS = frozenset({"ctid", "cmin", "cmax", "tableoid", "xmin", "xmax"})
_WORDS = ("user", "order", "Group", 'say "hi"', "two words", "näme", "日本語", "a.b", "it's", "$1", "é" * 31, "x" * 63)


_CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
COMMENTS = st.none() | st.text(_CHARACTERS, min_size=1, max_size=20)
REMARKS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
ARGUMENTS = st.lists(st.text(_CHARACTERS, max_size=8), max_size=2)


def _fitting(name: str) -> str:
    return name.encode()[:MAX_BYTES].decode(errors="ignore")


IDENTIFIERS = st.one_of(
    st.from_regex(r"[a-z_][a-z0-9_]{0,20}", fullmatch=True),
    st.text(_CHARACTERS, min_size=1, max_size=MAX_BYTES).map(_fitting),
    st.sampled_from(sorted(RESERVED)),
    st.sampled_from(_WORDS),
).filter(lambda name: not name.startswith("pg_") and name not in _SYSTEM_COLUMNS | {"public", "none"})
"""Any identifier that fits: reserved words, quotes, spaces, any Unicode, 63 bytes."""

ENUM_VALUES = st.lists(IDENTIFIERS, min_size=1, max_size=4, unique=True)


@dataclass(frozen=True, slots=True)
class Kind:
    """A column type with what can be said about values of it; `{}` is the column."""

    type: str
    defaults: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    is_key: bool = True
    is_text: bool = False
    is_integer: bool = False


_TEXT_CHECKS = (
    "char_length({}) BETWEEN 1 AND 200",
    "{} IN ('a', 'b''c')",
    "{} ~ '^[a-z]+$'",
    "{} <> ''",
    "{} LIKE 'a%%'",
)
_NUMBER_CHECKS = ("{} >= 0", "{} BETWEEN 1 AND 5", "{} IN (1, 2, 3)", "{} * 2 > 3 OR {} IS NULL")

KINDS = (
    Kind("bigint", ("0", "1 + 2"), _NUMBER_CHECKS, is_integer=True),
    Kind("integer", ("42", "-1"), _NUMBER_CHECKS, is_integer=True),
    Kind("smallint", ("7",), _NUMBER_CHECKS, is_integer=True),
    Kind("text", ("''", "'it''s'", "E'a\\\\b'", "lower('X')"), _TEXT_CHECKS, is_text=True),
    Kind("character varying(20)", ("'x'",), _TEXT_CHECKS, is_text=True),
    Kind("character(5)", ("'x'",), ("{} <> 'abc'",)),
    Kind("numeric(19,4)", ("0", "1.5"), _NUMBER_CHECKS),
    Kind("numeric", ("0",), _NUMBER_CHECKS),
    Kind("double precision", ("0", "'NaN'"), _NUMBER_CHECKS),
    Kind("real", ("1.5",), _NUMBER_CHECKS),
    Kind("boolean", ("true", "NOT true"), ("{}", "{} IS NOT FALSE")),
    Kind("date", ("CURRENT_DATE", "'2024-02-29'"), ("{} > '2020-01-01'",)),
    Kind("timestamp with time zone", ("now()", "now() + interval '1 day'"), ("{} >= '2020-01-01 12:00:00+00'",)),
    Kind("timestamp(3) without time zone", ("LOCALTIMESTAMP",), ("{} < '2100-01-01'",)),
    Kind("time without time zone", ("'12:00'",), ("{} > '01:00'",)),
    Kind("interval", ("'1 day 02:03:04'",), ("{} > interval '0'",)),
    Kind("uuid", ("gen_random_uuid()",)),
    Kind("bytea", ("'\\xdeadbeef'",), ("octet_length({}) < 100",)),
    Kind("inet", ("'10.0.0.1'",)),
    Kind("text[]", ("'{}'", "ARRAY['a', 'b']"), ("cardinality({}) < 10", "'x' <> ALL ({})")),
    Kind("integer[]", ("'{1,2}'",)),
    Kind("jsonb", ("'{}'", "'{\"a\": [1]}'"), ("jsonb_typeof({}) = 'object'",)),
    Kind("tstzrange", (), ("NOT isempty({})",)),
    Kind("tsvector"),
    Kind("json", ("'{}'",), is_key=False),
    Kind("point", ("'(1,2)'",), is_key=False),
)


FEW = tuple(f"{'Ä b' if number % 5 == 0 else 'n'}{number}" for number in range(400))


class Names:
    """Identifiers that have not been given out yet."""

    def __init__(self, draw: st.DrawFn, *, few: bool = False) -> None:
        """Draw with the strategy's own function; with `few`, so that two schemas have most names in common."""
        self._draw = draw
        self._few = few
        self._taken: set[str] = set()

    def new(self, *, but: frozenset[str] = frozenset()) -> str:
        """Return an identifier that no other object has, and that is none of these."""
        if self._few:
            name = self._draw(
                st.sampled_from([each for each in FEW if each not in self._taken and each not in but][:4])
            )
            self._taken.add(name)
            return name
        name = self._draw(IDENTIFIERS)
        while name in self._taken or name in but:
            name = _fitting(f"{len(self._taken)}{name}")
        self._taken.add(name)
        return name

    def elsewhere(self, few: str) -> str:
        """Return an identifier of another product, which two schemas with `few` names have in common."""
        return few if self._few else self.new()


class _Named(Protocol):
    @property
    def name(self) -> str: ...


AnyNamed = TypeVar("AnyNamed", bound=_Named)


def named(items: Iterable[AnyNamed]) -> tuple[AnyNamed, ...]:
    """Return the objects sorted by name, as a schema holds them."""
    return tuple(sorted(items, key=lambda each: each.name))
