"""How many rows of a table agree on some columns, at the volume to plan for."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from colonnade.design.places import Places
from colonnade.design.volumes import busiest_share, planned_rows, skew
from colonnade.schema import Table
from colonnade.spec import Attribute, Spec
from colonnade.sql.identifier import quote

GROUPING_VALUES = 1_000
"""How many values a text is taken to have that lists are filtered by and that no rule makes unique."""

USUAL_NUMBERS = 10_000
"""How many values a number without bounds is taken to have."""

_COMMON_BOOLEAN = 0.8


def grouping(spec: Spec) -> frozenset[tuple[str, str]]:
    """Return the entities and attributes that lists are filtered by: their values are shared by many rows."""
    return frozenset(
        (pattern.entity, name)
        for pattern in spec.access_patterns
        if pattern.kind in {"list", "search"}
        for name in (*pattern.equality, *pattern.required_equality)
    )


def usual_values(attribute: Attribute, rows: int, *, grouped: bool) -> float:
    """Return how many values an attribute has in so many rows: as declared, by its bounds, or by its use."""
    if attribute.distinct is not None:
        return float(attribute.distinct)
    stated = attribute.type
    if stated.base in {"integer", "decimal", "float"}:
        if stated.base == "integer" and stated.minimum is not None and stated.maximum is not None:
            return float(stated.maximum - stated.minimum) + 1
        return float(USUAL_NUMBERS)
    return float(min(GROUPING_VALUES, rows) if grouped and stated.base == "text" else rows)


class GroupSizes:
    """The rows of one table that share their commonest values, columns taken to be independent as the planner does."""

    def __init__(self, places: Places, table: Table, grouping: frozenset[tuple[str, str]]) -> None:
        self._places = places
        self._spec = places.spec
        self._entity = places.entity_of(table.name)
        self._grouping = grouping
        self.rows = planned_rows(self._spec, self._entity)
        self._shares: dict[str, float] = {}
        for column in table.columns:
            share = self._share(table, column.name)
            self._shares[quote(column.name)] = self._shares[f"lower({quote(column.name)})"] = share

    def of(self, keys: Iterable[str]) -> float:
        """Return about how many rows agree on these keys, spelled as `quote` and `lower(…)` do."""
        return self.rows * prod(self._shares.get(key, 1.0) for key in keys)

    def _share(self, table: Table, column: str) -> float:
        """Return the share of the rows that have the column's commonest value."""
        for key in table.foreign_keys:
            if key.columns == (column,):
                target = self._places.entity_of(key.referenced_table)
                return busiest_share(planned_rows(self._spec, target), skew(self._spec, self._entity))
        attribute = self._places.attribute_of(table.name, column)
        if attribute is None:
            return 1.0 / self.rows
        if attribute.share:
            return max(share for _, share in attribute.share)
        match attribute.type.base:
            case "enum":
                return busiest_share(len(attribute.type.values), 1.0)
            case "boolean":
                return _COMMON_BOOLEAN
            case "json" | "binary":
                return 1.0
            case _:
                grouped = (self._entity, attribute.name) in self._grouping
                return 1.0 / max(1.0, usual_values(attribute, self.rows, grouped=grouped))
