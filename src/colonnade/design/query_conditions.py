"""The conditions of a pattern's statement, with a typed parameter for each value that a caller gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from colonnade.design.ownership import Ownership, owner_entity, ownership
from colonnade.design.places import Place, Places, Step
from colonnade.design.shapes import Filter, OrderKey
from colonnade.design.special_indexes import SEARCH_CONFIGURATION, search_vector
from colonnade.schema import Table
from colonnade.spec import AccessPattern
from colonnade.sql.identifier import quote
from colonnade.sql.literal import literal

ParameterRole = Literal["owner", "key", "filter", "low", "high", "cursor", "offset", "search", "value"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryParameter:
    """A value that a caller gives: of which column of which table, for what.

    `type` is as `format_type` spells it; `column` is empty for an offset and a searched text.
    """

    name: str
    type: str
    role: ParameterRole
    table: str = ""
    column: str = ""


class Conditions:
    """Writes conditions and counts their parameters."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._aliases: dict[str, int] = {}
        self.parameters: list[QueryParameter] = []

    def alias(self, table: str) -> str:
        """Return a name for one more use of a table: its own the first time."""
        count = self._aliases.get(table, 0) + 1
        self._aliases[table] = count
        return table if count == 1 else f"{table}_{count}"

    def source(self, table: str, alias: str) -> str:
        """Return a table as FROM names it."""
        identifier = self._places.table_named(table).identifier
        return identifier if alias == table else f"{identifier} AS {quote(alias)}"

    def parameter(self, name: str, role: ParameterRole, *, table: str, column: str, type_: str = "") -> str:
        """Return the placeholder of a new parameter."""
        found = type_ or self._places.table_named(table).column(column).type
        self.parameters.append(QueryParameter(name=name, type=found, role=role, table=table, column=column))
        return f"${len(self.parameters)}"

    def plain(self, name: str, role: ParameterRole, type_: str) -> str:
        """Return the placeholder of a parameter that is no column's."""
        self.parameters.append(QueryParameter(name=name, type=type_, role=role))
        return f"${len(self.parameters)}"

    def owned(self, alias: str, owner: Ownership) -> str:
        """Return the condition that the rows are one owner's."""
        if owner.direct:
            return " AND ".join(self._equal(alias, owner.table, name, "owner", name) for name in owner.columns)
        return self._owned_through(alias, owner, owner.steps)

    def filtered(self, alias: str, filter_: Filter, pattern: AccessPattern, *, role: ParameterRole) -> str:
        """Return the condition of a filter, over joins where its column is elsewhere."""
        if filter_.contained:
            return self._contained(alias, filter_)
        return self._reached(alias, filter_.place.steps, filter_, pattern, role)

    def between(self, alias: str, filter_: Filter) -> str:
        """Return the condition that a column is in a half-open range."""
        place, column = filter_.place, filter_.place.columns[0]
        if not place.own:
            step, inner = place.steps[0], self.alias(place.steps[0].table)
            below = Filter(
                name=filter_.name, place=Place(table=place.table, columns=place.columns, steps=place.steps[1:])
            )
            return self._exists(alias, step, inner, self.between(inner, below))
        low = self.parameter(f"{filter_.name}_from", "low", table=place.table, column=column)
        high = self.parameter(f"{filter_.name}_to", "high", table=place.table, column=column)
        return f"{_column(alias, column)} >= {low} AND {_column(alias, column)} < {high}"

    def searched(self, alias: str, found: Sequence[Place], mode: str) -> str:
        """Return the condition that any of the texts matches; one parameter for all of them."""
        own = tuple(place.columns[0] for place in found if place.own)
        term = self.plain("search", "search", "text")
        if mode == "word" and len(own) == len(found):
            return f"{search_vector(own, alias=alias)} @@ websearch_to_tsquery({literal(SEARCH_CONFIGURATION)}, {term})"
        parts = [self._matches(alias, place, mode, term) for place in found]
        return f"({' OR '.join(parts)})" if len(parts) > 1 else parts[0]

    def ordered_by(self, alias: str, keys: Sequence[OrderKey]) -> str:
        """Return ORDER BY's list; a column of another table is looked up for each row."""
        parts = []
        for key in keys:
            text = _ordered(alias, key) if key.place.own else self._looked_up(alias, key.place)
            parts.append(text + (" DESC" if key.descending else ""))
        return ", ".join(parts)

    def after(self, alias: str, keys: Sequence[OrderKey]) -> str:
        """Return the condition of the rows after a cursor, in a form that an index can start from.

        Keys of one direction are compared as a row. Otherwise the first key bounds the scan, and the rest decides
        among equals.
        """
        first = keys[0]
        operator = "<" if first.descending else ">"
        if len({key.descending for key in keys}) == 1:
            texts = [_ordered(alias, key) for key in keys]
            values = [self._cursor(key) for key in keys]
            if len(keys) == 1:
                return f"{texts[0]} {operator} {values[0]}"
            return f"({', '.join(texts)}) {operator} ({', '.join(values)})"
        text, value = _ordered(alias, first), self._cursor(first)
        rest = self.after(alias, keys[1:])
        return f"{text} {operator}= {value} AND ({text} {operator} {value} OR {rest})"

    def _looked_up(self, alias: str, place: Place) -> str:
        """Return a subquery for a column at the end of references that each lead to one row."""
        step, inner = place.steps[0], self.alias(place.steps[0].table)
        joined = " AND ".join(f"{_column(inner, right)} = {_column(alias, left)}" for left, right in step.pairs)
        below = Place(table=place.table, columns=place.columns, steps=place.steps[1:])
        wanted = self._looked_up(inner, below) if below.steps else _column(inner, place.columns[0])
        return f"(SELECT {wanted} FROM {self.source(step.table, inner)} WHERE {joined})"  # noqa: S608 - names are quoted

    def _cursor(self, key: OrderKey) -> str:
        value = self.parameter(f"last_{key.column}", "cursor", table=key.place.table, column=key.column)
        return f"lower({value})" if key.place.lowered else value

    def _equal(
        self, alias: str, table: str, column: str, role: ParameterRole, name: str, *, lowered: bool = False
    ) -> str:
        value = self.parameter(name, role, table=table, column=column)
        if lowered:
            return f"lower({_column(alias, column)}) = lower({value})"
        return f"{_column(alias, column)} = {value}"

    def _owned_through(self, alias: str, owner: Ownership, steps: tuple[Step, ...]) -> str:
        if not steps:
            return " AND ".join(self._equal(alias, owner.table, name, "owner", name) for name in owner.columns)
        inner = self.alias(steps[0].table)
        return self._exists(alias, steps[0], inner, self._owned_through(inner, owner, steps[1:]))

    def _reached(
        self, alias: str, steps: tuple[Step, ...], filter_: Filter, pattern: AccessPattern, role: ParameterRole
    ) -> str:
        place = filter_.place
        if not steps:
            named = len(place.columns) == 1
            return " AND ".join(
                self._equal(alias, place.table, column, role, filter_.name if named else column, lowered=place.lowered)
                for column in place.columns
            )
        step, further = steps[0], steps[1:]
        inner = self.alias(step.table)
        owner = self._owner_of(step.table, pattern) if not further else None
        if not further and not step.many and len(step.pairs) == 1 and self._finds_one(step.table, place, owner):
            left, right = step.pairs[0]
            within = self._within(inner, owner, self._reached(inner, (), filter_, pattern, role))
            one = f"SELECT {_column(inner, right)} FROM {self.source(step.table, inner)} WHERE {within}"  # noqa: S608 - names are quoted
            return f"{_column(alias, left)} = ({one})"
        rest = self._reached(inner, further, filter_, pattern, role)
        return self._exists(alias, step, inner, self._within(inner, owner, rest))

    def _within(self, alias: str, owner: Ownership | None, condition: str) -> str:
        return f"{condition} AND {self.owned(alias, owner)}" if owner else condition

    def _exists(self, alias: str, step: Step, inner: str, condition: str) -> str:
        joined = " AND ".join(f"{_column(inner, right)} = {_column(alias, left)}" for left, right in step.pairs)
        return f"EXISTS (SELECT 1 FROM {self.source(step.table, inner)} WHERE {joined} AND {condition})"  # noqa: S608 - names are quoted

    def _owner_of(self, table: str, pattern: AccessPattern) -> Ownership | None:
        """Return by what columns a joined table names the same owner, when the pattern is one owner's."""
        if pattern.scope != "owner":
            return None
        entity = self._places.entity_of(table)
        found = ownership(self._places, entity) if entity not in {"", owner_entity(self._places.spec)} else None
        return found if found is not None and found.direct else None

    def _finds_one(self, table: str, place: Place, owner: Ownership | None) -> bool:
        fixed = {f"lower({quote(name)})" if place.lowered else quote(name) for name in place.columns}
        fixed |= {quote(name) for name in owner.columns} if owner else set()
        return is_unique(self._places.table_named(table), fixed)

    def _contained(self, alias: str, filter_: Filter) -> str:
        place, column = filter_.place, filter_.place.columns[0]
        type_ = self._places.table_named(place.table).column(column).type
        value = self.parameter(filter_.name, "filter", table=place.table, column=column, type_=type_.removesuffix("[]"))
        return f"{_column(alias, column)} @> {value if type_ == 'jsonb' else f'ARRAY[{value}]::{type_}'}"

    def _matches(self, alias: str, place: Place, mode: str, term: str) -> str:
        if not place.own:
            step = place.steps[0]
            inner = self.alias(step.table)
            below = Place(table=place.table, columns=place.columns, steps=place.steps[1:])
            return self._exists(alias, step, inner, self._matches(inner, below, mode, term))
        column = _column(alias, place.columns[0])
        return f"lower({column}) LIKE {term}" if mode == "prefix" else f"{column} ILIKE {term}"


def is_unique(table: Table, fixed: set[str]) -> bool:
    """Tell whether at most one row of a table has given values for the keys, as `quote` and `lower(…)` spell them."""
    found = [{quote(name) for name in unique.columns} for unique in table.uniques]
    found += [{quote(name) for name in table.primary_key.columns}] if table.primary_key else []
    found += [
        {key.expression or quote(key.column) for key in index.keys}
        for index in table.indexes
        if index.unique and index.predicate is None
    ]
    return any(keys <= fixed for keys in found)


def _ordered(alias: str, key: OrderKey) -> str:
    text = _column(alias, key.column)
    return f"lower({text})" if key.place.lowered else text


def _column(alias: str, name: str) -> str:
    return f"{quote(alias)}.{quote(name)}"
