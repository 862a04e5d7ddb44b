"""SELECTs of groups and measures over the joins that a report follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from colonnade.design.pattern_conditions import renamed
from colonnade.design.places import Places, Step
from colonnade.design.query_conditions import Conditions
from colonnade.design.shapes import Shape
from colonnade.sql.identifier import quote


class BaseConditions(Protocol):
    """Yields the conditions of a form; `own` qualifies the bare columns of the fixed ones."""

    def __call__(
        self, writer: Conditions, shape: Shape, alias: str, *, own: Callable[[str], str | None] | None = None
    ) -> Iterator[str]:
        """Yield them."""
        ...


def report(places: Places, writer: Conditions, shape: Shape, base: BaseConditions) -> str:
    """Return the statement of an aggregate or report; joins that only a name asks for are made as well."""
    pattern = shape.pattern
    alias = writer.alias(shape.table)
    joins = _Joins(places, writer, pattern.entity, shape.table, alias)
    for path in pattern.joins:
        joins.follow(path)
    groups = [joins.column(name) for name in pattern.group_by]
    measures = [renamed(text, joins.name) for text in pattern.measures or ("count(*)",)]
    conditions = list(base(writer, shape, alias, own=joins.own))
    lines = [f"SELECT {', '.join([*groups, *measures])}", f"FROM {writer.source(shape.table, alias)}", *joins.lines]
    lines += ["WHERE " + "\n  AND ".join(f"({text})" for text in conditions)] if conditions else []
    lines += [f"GROUP BY {', '.join(groups)}"] if groups else []
    lines += [f"LIMIT {shape.limit}"] if shape.limit is not None and groups else []
    return "\n".join(lines)


class _Joins:
    """The joins made so far, each path once."""

    def __init__(self, places: Places, writer: Conditions, entity: str, table: str, alias: str) -> None:
        self._places = places
        self._writer = writer
        self._entity = entity
        self._table = places.table_named(table)
        self._alias = alias
        self._made: dict[str, tuple[str, str]] = {"": (entity, alias)}
        self.lines: list[str] = []

    def follow(self, path: str) -> tuple[str, str]:
        """Return the entity and alias at the end of a dotted path, joining what is missing."""
        if path in self._made:
            return self._made[path]
        before, _, last = path.rpartition(".")
        entity, alias = self.follow(before)
        found = self._places.follow(entity, last)
        if found is None:
            return entity, alias
        steps, target = found
        for step in steps:
            alias = self._join(step, alias)
        self._made[path] = (target, alias)
        return target, alias

    def column(self, name: str) -> str:
        """Return the column that a dotted name stands for; an unknown name as it is."""
        return self.name(name) or quote(name)

    def name(self, name: str) -> str | None:
        """Return the column that a dotted name stands for, None for what is no name of the spec."""
        path, _, last = name.rpartition(".")
        if last == "*":
            return f"{quote(self.follow(path)[1])}.*"
        if self._places.place(self._entity, name) is None:
            return None
        entity, alias = self.follow(path)
        place = self._places.place(entity, last)
        if place is None:
            return None
        if place.own:
            return f"{quote(alias)}.{quote(place.columns[0])}"
        _, end = self.follow(name)
        return f"{quote(end)}.{quote(place.columns[0])}"

    def own(self, name: str) -> str | None:
        """Return a bare column of the report's own table with the table before it."""
        return f"{quote(self._alias)}.{quote(name)}" if self._table.has_column(name) else None

    def _join(self, step: Step, alias: str) -> str:
        inner = self._writer.alias(step.table)
        on = " AND ".join(f"{quote(inner)}.{quote(right)} = {quote(alias)}.{quote(left)}" for left, right in step.pairs)
        source = self._places.table_named(step.source)
        sure = not step.many and all(source.column(left).not_null for left, _ in step.pairs)
        kind = "JOIN" if sure and not self._outer(alias) else "LEFT JOIN"
        self.lines.append(f"{kind} {self._writer.source(step.table, inner)} ON {on}")
        return inner

    def _outer(self, alias: str) -> bool:
        """Tell whether rows of the alias may be absent, because an outer join brought them."""
        return any(line.startswith("LEFT") and f" {quote(alias)} ON " in f"{line} " for line in self.lines)
