"""Constants to plan with: the commonest, a middling and the rarest value of each column, from its statistics."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from colonnade.design.queries import PatternQuery
from colonnade.design.query_conditions import QueryParameter
from colonnade.postgres.scale import DatabaseStatistics
from colonnade.prove.profiles import END, START
from colonnade.sql.literal import literal
from colonnade.sql.tokens import Token, tokens

Witness = Literal["common", "median", "rare"]
WITNESSES: tuple[Witness, ...] = ("common", "median", "rare")


def _moment(share: float) -> str:
    """Return a point in time after this share of the span in which rows come about."""
    return f"{literal((START + share * (END - START)).isoformat())}::timestamp with time zone"


_ELEMENT = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")
_BY_TYPE = {
    "boolean": "true",
    "date": "2024-01-01",
    "inet": "10.0.0.1",
    "interval": "1 hour",
    "json": "{}",
    "jsonb": "{}",
    "text": "amber",
    "time without time zone": "12:00",
    "timestamp with time zone": "2024-01-01 00:00+00",
    "timestamp without time zone": "2024-01-01 00:00",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
# How late it is: after everything, in the middle, and near the beginning, when little is due yet.
_TIMES: dict[Witness, str] = {
    "common": "",
    "median": _moment(0.5),
    "rare": _moment(0.02),
}
_TERMS: dict[Witness, str] = {"common": "amber", "median": "meadow 0", "rare": "qzxqzx"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """The values of a column that the planner knows; `bounds` are in order and evenly spaced."""

    common: tuple[str, ...] = ()
    bounds: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()


class Witnesses:
    """The values that statistics hold, read where they are asked for."""

    def __init__(self, statistics: DatabaseStatistics) -> None:
        self._statistics = {
            (each.relation, each.name): each for each in statistics.columns if each.index_attribute is None
        }
        self._read: dict[tuple[str, str], _Known] = {}

    def statement(self, template: Template, witness: Witness) -> str:
        """Return the statement of a pattern with constants in place of its parameters."""
        query = template.query
        values = [self._literal(parameter, witness, query) for parameter in query.parameters]
        return template.filled(values, now=_TIMES[witness])

    def value(self, table: str, column: str, witness: Witness) -> str | None:
        """Return a value of a column, None when none is known."""
        known = self._known(table, column)
        if witness == "median" and known.bounds:
            return known.bounds[len(known.bounds) // 2]
        if witness == "rare" and len(known.bounds) > 1:
            return known.bounds[-2]
        if known.common:
            place = {"common": 0, "median": len(known.common) // 2, "rare": -1}[witness]
            return known.common[place]
        return known.bounds[len(known.bounds) // 3] if known.bounds else None

    def _known(self, table: str, column: str) -> _Known:
        key = (table, column)
        if key not in self._read:
            found = self._statistics.get(key)
            self._read[key] = (
                _Known(
                    common=_elements(found.most_common_vals),
                    bounds=_elements(found.histogram_bounds),
                    elements=_elements(found.most_common_elems),
                )
                if found is not None
                else _Known()
            )
        return self._read[key]

    def _literal(self, parameter: QueryParameter, witness: Witness, query: PatternQuery) -> str:
        if parameter.role == "offset":
            return "0"
        if parameter.role == "search":
            return literal(_term(query, witness))
        value = self._ranged(parameter, witness)
        type_ = parameter.type.removesuffix("[]")
        if value is None:
            value = _BY_TYPE.get(type_.split("(")[0], "1")
        if type_ != parameter.type:
            value = array_literal([value])
        return f"{literal(value)}::{parameter.type}"

    def _ranged(self, parameter: QueryParameter, witness: Witness) -> str | None:
        known = self._known(parameter.table, parameter.column)
        last = len(known.bounds) - 1
        if parameter.role in {"low", "high"} and last > 1:
            low, high = {
                "common": (1, last - 1),
                "median": (last // 2, min(last, last // 2 + last // 10 + 1)),
                "rare": (last // 2, last // 2 + 1),
            }[witness]
            return known.bounds[low if parameter.role == "low" else high]
        if parameter.role == "cursor":
            return self.value(parameter.table, parameter.column, "median")
        if known.elements:
            return known.elements[0 if witness == "common" else -1]
        return self.value(parameter.table, parameter.column, witness)


class Template:
    """A statement cut at its parameters and where it asks for the time, to be filled many times."""

    def __init__(self, query: PatternQuery) -> None:
        self.query = query
        self._texts: list[str] = [""]
        self._holes: list[int | str] = []
        known = [token for token in tokens(query.sql) if token.kind != "comment"]
        position = 0
        while position < len(known):
            hole, size = _hole(known, position)
            if hole:
                self._holes.append(hole)
                self._texts.append("")
            else:
                self._texts[-1] += known[position].text
            position += size

    def filled(self, literals: Sequence[str], *, now: str = "") -> str:
        """Return the statement with literals in place of `$1`, `$2` …, and `now` in place of the time, if given."""
        values = [literals[hole - 1] if isinstance(hole, int) else (now or hole) for hole in self._holes]
        return "".join(text + value for text, value in zip(self._texts, [*values, ""], strict=True))


def _hole(known: Sequence[Token], position: int) -> tuple[int | str, int]:
    """Return the number of the parameter or the call for the time that starts here, 0 for neither, and its tokens."""
    following = [token.text for token in known[position : position + 3]]
    token = known[position]
    if token.text == "$" and len(following) > 1 and known[position + 1].kind == "number":
        return int(following[1]), 2
    if token.is_word("now") and following[1:] == ["(", ")"]:
        return "now()", 3
    if token.is_word("current_timestamp"):
        return token.text, 1
    return 0, 1


def array_literal(values: Sequence[str]) -> str:
    """Return values as an array literal, each quoted."""
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"


def _elements(array: str | None) -> tuple[str, ...]:
    """Return the values of an array literal whose elements are all quoted, as ours are."""
    if not array or array == "{}":
        return ()
    if "\\" not in array:  # then no quote stands inside an element
        return tuple(array[2:-2].split('","'))
    return tuple(_ESCAPED.sub(r"\1", element) for element in _ELEMENT.findall(array))


def _term(query: PatternQuery, witness: Witness) -> str:
    """Return what is searched for, in the form of the operator."""
    term = _TERMS[witness]
    if re.search(r" ILIKE \$\d+", query.sql):
        return f"%{term}%"
    return f"{term}%" if re.search(r" LIKE \$\d+", query.sql) else term
