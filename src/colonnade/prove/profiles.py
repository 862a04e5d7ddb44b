"""What rows a designed schema will hold: the profiles from which planner statistics are made.

Nothing here depends on the clock, so that the same design always gets the same plans.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from colonnade.design import Design
from colonnade.design.group_sizes import USUAL_NUMBERS, grouping, usual_values
from colonnade.design.volumes import planned_rows, skew
from colonnade.postgres.scale import (
    ColumnProfile,
    Documents,
    Elements,
    NumberRange,
    ParentKeys,
    RandomUuid,
    Serial,
    TableProfile,
    Text,
    TimeRange,
    TimeUuid,
    Values,
    Weighted,
)
from colonnade.prove.values import base_type, value_kind
from colonnade.schema import Column, ForeignKey, Schema, Table
from colonnade.spec import Attribute, Entity, Spec
from colonnade.sql.identifier import qualified

START, END = datetime(2022, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
"""When rows are taken to have come about; before any clock, so that `now()` lies behind all of them."""

SMALL_ROWS = 10_000
"""Declared rows of an unowned table up to which it is a list of known things, which does not grow with the others."""

_SAMPLES = 101
_PRECISION = re.compile(r"numeric\((\d+)(?:,(\d+))?\)")
_OPTIONAL_NULLS = 0.3
_ALIVE_NULLS = 0.97
_SELF_NULLS = 0.8
_TRUE_SHARE = 0.2
_USUAL_LENGTH = 32
_UNSETTLED_VISIBLE = 0.8
_WORDS_LIST = """
    amber basin cedar delta ember fjord grove haven inlet jetty knoll lagoon meadow nectar orchard pebble quarry
    ridge summit timber upland valley willow yarrow zephyr
"""
_WORDS = _WORDS_LIST.split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """A table's profile, and whether it grows with the others."""

    profile: TableProfile
    grows: bool


def growths(design: Design) -> tuple[Growth, ...]:
    """Return the profile of every table at the volume to plan for."""
    return tuple(_Profiling(design).run())


def at_volume(found: tuple[Growth, ...], rows: float) -> tuple[TableProfile, ...]:
    """Return the profiles when the largest table has this many rows, the others in proportion."""
    largest = max((each.profile.rows for each in found), default=1.0)
    return tuple(each.profile.scaled(rows / largest) if each.grows else each.profile for each in found)


class _Profiling:
    """One run over a design."""

    def __init__(self, design: Design) -> None:
        self._spec: Spec = design.spec
        self._schema: Schema = design.schema
        self._entity_of = {each.table: each.entity for each in design.bindings.entities}
        self._entities = {each.name: each for each in design.spec.entities}
        self._attributes: dict[tuple[str, str], Attribute] = {}
        for binding in design.bindings.attributes:
            attribute = _find(self._entities.get(binding.entity), binding.attribute)
            if binding.column and attribute is not None:
                self._attributes[binding.table, binding.column] = attribute
        self._references = {(table.namespace, table.name): _single_references(table) for table in design.schema.tables}
        self._labels = {qualified(each.namespace, each.name): each.values for each in design.schema.enum_types}
        self._grouping = grouping(design.spec)
        self._texts: dict[int, tuple[str, ...]] = {}

    def run(self) -> Iterator[Growth]:
        for table in self._schema.tables:
            entity = self._entities.get(self._entity_of.get(table.name, ""))
            rows = planned_rows(self._spec, entity.name if entity else table.name)
            columns = tuple(
                self._column(table, replace(column, type=base_type(column.type, self._schema)), entity)
                for column in table.columns
                if column.generated is None and value_kind(column.type, self._schema) is not None
            )
            changed = any(trigger.timing == "BEFORE" and "UPDATE" in trigger.events for trigger in table.triggers)
            yield Growth(
                profile=TableProfile(
                    namespace=table.namespace,
                    name=table.name,
                    rows=float(rows),
                    columns=columns,
                    visible=_UNSETTLED_VISIBLE if changed else 0.98,
                ),
                grows=rows > SMALL_ROWS or bool(table.foreign_keys) or table.external,
            )

    def _column(self, table: Table, column: Column, entity: Entity | None) -> ColumnProfile:
        attribute = self._attributes.get((table.name, column.name))
        reference = self._references[table.namespace, table.name].get(column.name)
        if reference is not None:
            values: Values = self._parents(table, column, *reference, entity)
        else:
            values = self._values(table, column, attribute)
        return ColumnProfile(
            name=column.name,
            values=values,
            null_fraction=_null_fraction(table, column, attribute, reference),
            correlation=_correlation(values, attribute),
        )

    def _parents(
        self, table: Table, column: Column, reference: ForeignKey, referenced: str, entity: Entity | None
    ) -> ParentKeys:
        alone = _is_unique(table, column.name)
        of_itself = (reference.referenced_namespace, reference.referenced_table) == (table.namespace, table.name)
        return ParentKeys(
            namespace=reference.referenced_namespace,
            table=reference.referenced_table,
            column=referenced,
            used=1.0 if alone else 0.1 if of_itself else 0.9,
            skew=0.0 if alone or entity is None else skew(self._spec, entity.name),
        )

    def _values(self, table: Table, column: Column, attribute: Attribute | None) -> Values:
        """Return the kind of values of a column that refers to nothing."""
        if column.identity or _is_serial(table, column):
            return Serial()
        if column.type in self._labels:
            return _shares(attribute, self._labels[column.type])
        if attribute is not None and attribute.type.base == "enum" and not attribute.type.array:
            return _shares(attribute, attribute.type.values)
        found = _by_type(column, attribute, self._distinct(table, column, attribute))
        if isinstance(found, Text) and not found.samples:
            length = _length(attribute)
            if length not in self._texts:
                self._texts[length] = tuple(_sentence(number, length) for number in range(_SAMPLES))
            return replace(found, samples=self._texts[length])
        return found

    def _distinct(self, table: Table, column: Column, attribute: Attribute | None) -> float | None:
        """Return how many values a column has, None for as many as there are rows or its range allows."""
        if attribute is None or _is_unique(table, column.name):
            return None
        entity = self._entity_of.get(table.name, "")
        if attribute.type.base == "text" and (entity, attribute.name) in self._grouping:
            return usual_values(attribute, planned_rows(self._spec, entity), grouped=True)
        return float(attribute.distinct) if attribute.distinct else None


def _find(entity: Entity | None, name: str) -> Attribute | None:
    return next((each for each in entity.attributes if each.name == name), None) if entity else None


def _single_references(table: Table) -> Mapping[str, tuple[ForeignKey, str]]:
    """Return the columns that refer to another one, each with its foreign key."""
    found: dict[str, tuple[ForeignKey, str]] = {}
    for foreign_key in table.foreign_keys:
        for column, referenced in zip(foreign_key.columns, foreign_key.referenced_columns, strict=True):
            own = (foreign_key.referenced_namespace, foreign_key.referenced_table) == (table.namespace, table.name)
            if not (own and column == referenced):
                found.setdefault(column, (foreign_key, referenced))
    return found


def _is_unique(table: Table, column: str) -> bool:
    """Tell whether no value of the column occurs twice."""
    keys = [unique.columns for unique in table.uniques]
    keys += [table.primary_key.columns] if table.primary_key else []
    keys += [index.columns for index in table.indexes if index.unique and len(index.keys) == 1]
    return (column,) in keys


def _is_serial(table: Table, column: Column) -> bool:
    key = table.primary_key.columns if table.primary_key else ()
    return key == (column.name,) and column.type in {"bigint", "integer"}


def _null_fraction(
    table: Table, column: Column, attribute: Attribute | None, reference: tuple[ForeignKey, str] | None
) -> float:
    if column.not_null or (table.primary_key is not None and column.name in table.primary_key.columns):
        return 0.0
    if attribute is not None and attribute.null_share is not None:
        return attribute.null_share
    if attribute is not None and attribute.role == "deleted":
        return _ALIVE_NULLS
    own = reference is not None and reference[0].referenced_table == table.name
    return _SELF_NULLS if own else _OPTIONAL_NULLS


def _correlation(values: Values, attribute: Attribute | None) -> float | None:
    """Return how far times follow the order of the rows: only the time of creation does."""
    if isinstance(values, TimeRange):
        return 1.0 if attribute is not None and attribute.role == "created" else 0.0
    return None


def _shares(attribute: Attribute | None, values: tuple[str, ...]) -> Weighted:
    """Return how often each value occurs: as declared, else the k-th one 1/k as often as the first."""
    if attribute is not None and attribute.share:
        return Weighted(weights=attribute.share)
    return Weighted(weights=tuple((value, 1 / rank) for rank, value in enumerate(values, start=1)))


def _by_type(column: Column, attribute: Attribute | None, distinct: float | None) -> Values:
    """Return the kind of values that the column's type and bounds suggest."""
    type_ = column.type.split("(")[0]
    if type_.endswith("[]"):
        return Elements(frequencies=tuple((_element(type_, rank), 1 / rank) for rank in range(2, 42)))
    match type_:
        case "uuid":
            later = "uuidv7" in (column.default or "")
            return TimeUuid(start=START, end=END) if later else RandomUuid()
        case "boolean":
            return _booleans(attribute)
        case "timestamp with time zone" | "timestamp without time zone" | "date":
            return TimeRange(start=START, end=END, growth=1.0, distinct=_days() if type_ == "date" else distinct)
        case "bigint" | "integer" | "smallint" | "numeric" | "double precision" | "real":
            return _within(_numbers(type_, attribute, distinct), column.type)
        case "jsonb" | "json":
            return Documents(samples=tuple(f'{{"kind": "{word}", "n": {n}}}' for n, word in _numbered()))
        case _:
            return Text(samples=_samples(type_), distinct=distinct)


def _booleans(attribute: Attribute | None) -> Weighted:
    if attribute is not None and attribute.share:
        shares = dict(attribute.share)
        return Weighted.boolean(shares.get("true", 1 - shares.get("false", 1 - _TRUE_SHARE)))
    mostly = attribute is not None and attribute.default == "true"
    return Weighted.boolean(1 - _TRUE_SHARE if mostly else _TRUE_SHARE)


def _numbers(type_: str, attribute: Attribute | None, distinct: float | None) -> NumberRange:
    stated = attribute.type if attribute is not None else None
    low = float(stated.minimum) if stated is not None and stated.minimum is not None else 0.0
    usual = float(USUAL_NUMBERS)
    high = float(stated.maximum) if stated is not None and stated.maximum is not None else low + usual
    whole = type_ in {"bigint", "integer", "smallint"}
    return NumberRange(low=low, high=max(high, low + 1), digits=0 if whole else 2, distinct=distinct)


def _within(range_: NumberRange, type_name: str) -> NumberRange:
    """Return the numbers that a numeric of some precision can hold."""
    limits = _PRECISION.fullmatch(type_name)
    if limits is None:
        return range_
    precision, scale = int(limits[1]), int(limits[2] or 0)
    most = float(10 ** (precision - scale) - 10**-scale)
    return replace(range_, low=min(range_.low, most), high=min(range_.high, most), digits=min(2, scale))


def _samples(type_: str) -> tuple[str, ...]:
    """Return values of a type that is written in a form of its own; none for plain text."""
    match type_:
        case "bytea":
            return tuple(f"\\x{n:04x}{n * 7:060x}" for n in range(_SAMPLES))
        case "inet" | "cidr":
            return tuple(
                f"10.{n % 8}.{n}.{n + 1 if type_ == 'inet' else 0}/{32 if type_ == 'inet' else 24}"
                for n in range(_SAMPLES)
            )
        case "interval":
            return tuple(f"{n} minutes" for n in range(1, _SAMPLES + 1))
        case "time without time zone" | "time with time zone":
            return tuple(f"{n % 24:02}:{n % 60:02}:00" for n in range(_SAMPLES))
        case _:
            return ()


def _length(attribute: Attribute | None) -> int:
    """Return the usual number of characters: as declared, else a third of the most, within reason."""
    if attribute is None:
        return _USUAL_LENGTH
    if attribute.average_length is not None:
        return max(1, attribute.average_length)
    longest = attribute.type.max_length
    usual = _USUAL_LENGTH if longest is None else max(1, longest // 3)
    return max(attribute.type.min_length or 1, min(usual, 400, longest or usual))


def _sentence(number: int, length: int) -> str:
    """Return words that differ from number to number and fill the length."""
    start = f"{_WORDS[number % len(_WORDS)]} {_WORDS[number * 7 % len(_WORDS)]} {number:03}"
    if len(start) >= length:
        return f"{number:03}{start}"[:length]
    filling = " ".join(_WORDS[(number * 3 + step) % len(_WORDS)] for step in range(length // 5 + 1))
    return f"{start} {filling}"[:length].ljust(length, "x")


def _numbered() -> Iterator[tuple[int, str]]:
    return ((number, _WORDS[number % len(_WORDS)]) for number in range(_SAMPLES))


def _element(type_: str, rank: int) -> str:
    """Return one of the elements of an array."""
    element = type_.removesuffix("[]").split("(")[0]
    match element:
        case "bigint" | "integer" | "smallint" | "numeric" | "double precision" | "real":
            return str(rank)
        case "uuid":
            return f"00000000-0000-4000-8000-{rank:012}"
        case "boolean":
            return "true" if rank % 2 else "false"
        case "date" | "timestamp with time zone" | "timestamp without time zone":
            return (START + timedelta(days=rank)).isoformat()
        case "jsonb" | "json":
            return f'{{"n": {rank}}}'
        case _:
            found = _samples(element)
            return found[rank] if found else _sentence(rank, _USUAL_LENGTH)


def _days() -> float:
    return float((END - START).days)
