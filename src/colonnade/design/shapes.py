"""The forms of an access pattern's statement: one for each filter, range and order a caller may choose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from colonnade.design.history import live_predicate
from colonnade.design.ownership import Ownership, owner_entity, ownership
from colonnade.design.pattern_conditions import Part, parts_of
from colonnade.design.places import Place, Places, key_columns
from colonnade.schema import Table
from colonnade.spec import AccessPattern, SortKey
from colonnade.sql.expression import rename, value_names

_FEW_VALUES = frozenset(("enum", "boolean"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A name that a caller gives a value for, and where it lives.

    `contained` says that the column is a list or document of which the value is a part.
    """

    name: str
    place: Place
    contained: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderKey:
    """One key of an order; in the entity's own table unless `place` has joins."""

    place: Place
    descending: bool = False
    nullable: bool = False
    tie_break: bool = False

    @property
    def column(self) -> str:
        """The column sorted by."""
        return self.place.columns[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One form of a pattern's statement over the pattern's own table.

    `parts` are the fixed conditions, of which those in `pattern_parts` come from the pattern itself and the others
    from soft deletion. `combined` marks a form that no index is made for: it takes several choices at once.
    """

    pattern: AccessPattern
    label: str
    table: str
    owner: Ownership | None = None
    equality: tuple[Filter, ...] = ()
    ranges: tuple[Filter, ...] = ()
    search: tuple[Place, ...] = ()
    order: tuple[OrderKey, ...] = ()
    parts: tuple[Part, ...] = ()
    pattern_parts: tuple[Part, ...] = ()
    combined: bool = False

    @property
    def limit(self) -> int | None:
        """How many rows are asked for at once; None for all."""
        return None if self.pattern.page.style == "none" else self.pattern.page.size


def shapes(places: Places, pattern: AccessPattern) -> tuple[Shape, ...]:
    """Return the forms of a pattern's statement, the default one first.

    None for a pattern that states its own SQL, inserts, is over an entity without a table, or asks for what no column
    holds. Choices that no column holds are left out; `unplaced` names them.
    """
    if pattern.sql is not None or pattern.writes == "insert" or not places.has_table(pattern.entity):
        return ()
    required = (*pattern.by, *pattern.required_equality)
    if any(places.place(pattern.entity, name) is None for name in required):
        return ()
    base = _base(places, pattern)
    if pattern.kind in {"get", "write"}:
        return (base,)
    return tuple(_distinct(_chosen(places, base)))


def unplaced(places: Places, pattern: AccessPattern) -> tuple[str, ...]:
    """Return the names of a pattern that stand for no column."""
    if pattern.sql is not None or not places.has_table(pattern.entity):
        return ()
    named = (
        *pattern.by,
        *pattern.required_equality,
        *pattern.equality,
        *pattern.range,
        *(key.attribute for key in pattern.sort),
        *pattern.search,
        *pattern.group_by,
    )
    return tuple(dict.fromkeys(name for name in named if places.place(pattern.entity, name) is None))


def default_order(places: Places, pattern: AccessPattern) -> SortKey | None:
    """Return the order a list has that states none: the newest first, where the entity knows when it was made."""
    if pattern.sort or pattern.kind not in {"list", "search"}:
        return pattern.sort[0] if pattern.sort else None
    entity = places.entities.get(pattern.entity)
    created = [each.name for each in entity.attributes if each.role == "created"] if entity else []
    return SortKey(attribute=created[0], descending=True) if created else None


def _base(places: Places, pattern: AccessPattern) -> Shape:
    """Return the form that every caller gets: whose rows, what is required, the fixed conditions."""
    table = places.table(pattern.entity)
    required = (*pattern.by, *pattern.required_equality, *_parents(places, pattern))
    filters = tuple(_filters(places, pattern, tuple(dict.fromkeys(required)), required=True))
    own = tuple(parts_of(_bare(places, pattern), _columns(table))) if pattern.where else ()
    return Shape(
        pattern=pattern,
        label="default",
        table=table.name,
        owner=_owner(places, pattern, filters),
        equality=filters,
        search=tuple(place for name in pattern.search if (place := places.place(pattern.entity, name))),
        parts=(*own, *_alive(places, pattern, table, own)),
        pattern_parts=own,
    )


def _chosen(places: Places, base: Shape) -> Iterator[Shape]:
    """Yield the default form, then one for each choice, then a few combinations."""
    pattern = base.pattern
    taken = {filter_.name for filter_ in base.equality}
    filters = [each for each in _filters(places, pattern, pattern.equality) if each.name not in taken]
    ranges = list(_filters(places, pattern, pattern.range))
    first = default_order(places, pattern)
    ordered = replace(base, order=_order(places, base, first))
    yield ordered
    for filter_ in filters:
        yield _with_order(places, replace(base, label=filter_.name, equality=(*base.equality, filter_)), first)
    for range_ in ranges:
        match = next((key for key in pattern.sort if key.attribute == range_.name), first)
        yield _with_order(places, replace(base, label=f"range of {range_.name}", ranges=(range_,)), match)
    for key in pattern.sort[1:]:
        label = f"by {key.attribute}{' descending' if key.descending else ''}"
        yield _with_order(places, replace(base, label=label), key)
    yield from _combined(places, base, filters, first)


def _combined(places: Places, base: Shape, filters: list[Filter], first: SortKey | None) -> Iterator[Shape]:
    """Yield the first two filters together, and the first filter in the second order."""
    if len(filters) >= 2:
        pair = (*base.equality, *filters[:2])
        label = f"{filters[0].name} and {filters[1].name}"
        yield _with_order(places, replace(base, label=label, equality=pair, combined=True), first)
    if filters and len(base.pattern.sort) >= 2:
        key = base.pattern.sort[1]
        label = f"{filters[0].name}, by {key.attribute}"
        one = replace(base, label=label, equality=(*base.equality, filters[0]), combined=True)
        yield _with_order(places, one, key)


def _with_order(places: Places, shape: Shape, key: SortKey | None) -> Shape:
    return replace(shape, order=_order(places, shape, key))


def _order(places: Places, shape: Shape, key: SortKey | None) -> tuple[OrderKey, ...]:
    """Return the whole order: the chosen key, the default one among its equals, the primary key for pages.

    Equals are put in the default order where there are many of them, and where a filter asks for them: one index
    then serves the filter and the order.
    """
    pattern, table = shape.pattern, places.table(shape.pattern.entity)
    if pattern.kind in {"aggregate", "report"}:
        return ()
    first = default_order(places, pattern)
    wanted = [key] if key else []
    if key and first and key.attribute != first.attribute and _has_equals(places, pattern, key.attribute):
        wanted.append(first)
    keys: list[OrderKey] = [made for each in wanted if (made := _order_key(places, pattern.entity, each))]
    if not keys and pattern.kind == "job":
        keys = _bounded_order(shape, table)
    paged = pattern.page.style != "none"
    if paged and all(each.place.own for each in keys) and not _unique_within(table, shape, keys):
        down = keys[-1].descending if keys else False
        present = {each.column for each in keys}
        keys += [
            OrderKey(place=Place(table=table.name, columns=(name,)), descending=down, tie_break=True)
            for name in key_columns(table)
            if name not in present
        ]
    return tuple(keys)


def _order_key(places: Places, entity: str, key: SortKey) -> OrderKey | None:
    place = places.place(entity, key.attribute)
    if place is None or len(place.columns) != 1 or any(step.many for step in place.steps):
        return None
    column = places.table_named(place.table).column(place.columns[0])
    return OrderKey(place=place, descending=key.descending, nullable=not column.not_null)


def _bounded_order(shape: Shape, table: Table) -> list[OrderKey]:
    """Return the order of a job that states none: along the column that its condition bounds."""
    bounded = [part.range_column for part in shape.pattern_parts if part.range_column and not part.constant]
    return [
        OrderKey(place=Place(table=table.name, columns=(name,)), nullable=not table.column(name).not_null)
        for name in bounded[:1]
    ]


def _unique_within(table: Table, shape: Shape, keys: list[OrderKey]) -> bool:
    """Tell whether no two rows of the form have the same keys, so that nothing has to break ties."""
    fixed = {name for each in shape.equality if each.place.own for name in each.place.columns}
    fixed |= set(shape.owner.columns) if shape.owner and shape.owner.direct else set()
    sorted_by = {key.column for key in keys if not (key.nullable or key.place.lowered)}
    uniques = [unique.columns for unique in table.uniques] + [key_columns(table)]
    return any(set(columns) <= fixed | sorted_by and set(columns) & sorted_by for columns in uniques if columns)


def _has_equals(places: Places, pattern: AccessPattern, name: str) -> bool:
    place = places.place(pattern.entity, name)
    few = place is not None and place.attribute is not None and place.attribute.type.base in _FEW_VALUES
    return few or name in pattern.equality


def _filters(
    places: Places, pattern: AccessPattern, names: tuple[str, ...], *, required: bool = False
) -> Iterator[Filter]:
    for name in names:
        place = places.place(pattern.entity, name)
        if place is not None:
            yield Filter(name=name, place=place, contained=not required and _holds_many(place))


def _holds_many(place: Place) -> bool:
    attribute = place.attribute
    return attribute is not None and (attribute.type.array or attribute.type.base == "json")


def _parents(places: Places, pattern: AccessPattern) -> tuple[str, ...]:
    """Return the filters that name the parent whose rows are listed; it is never left out."""
    if pattern.scope != "parent":
        return ()
    parents = {each.name: each for each in places.relationships_of(pattern.entity) if each.kind != "N-M"}
    named = [name for name in pattern.equality if name.partition(".")[0] in parents]
    parts = [name for name in named if parents[name.partition(".")[0]].composition]
    return tuple((parts or named)[:1])


def _owner(places: Places, pattern: AccessPattern, filters: tuple[Filter, ...]) -> Ownership | None:
    """Return whose rows are read; None for all, and for the owners' own table unless it is the caller's own row."""
    if pattern.scope != "owner":
        return None
    own_row = pattern.kind == "get" and not pattern.by
    if pattern.entity == owner_entity(places.spec) and not own_row:
        return None
    found = ownership(places, pattern.entity)
    stated = [each.place.columns for each in filters if each.place.own]
    return None if found is not None and found.direct and found.columns in stated else found


def _alive(places: Places, pattern: AccessPattern, table: Table, own: tuple[Part, ...]) -> tuple[Part, ...]:
    """Return the condition that leaves out the rows that are only marked as deleted."""
    entity = places.entities.get(pattern.entity)
    found = parts_of(live_predicate(entity), _columns(table)) if entity is not None else ()
    stated = {name for part in own for name in part.columns}
    return tuple(part for part in found if part.columns and not stated & set(part.columns))


def _bare(places: Places, pattern: AccessPattern) -> str:
    """Return the fixed condition over column names of the pattern's own table."""
    stated = pattern.where or ""
    columns = {
        name: place.columns[0]
        for name in value_names(stated, _Known(places, pattern.entity))
        if (place := places.place(pattern.entity, name)) is not None and place.own and len(place.columns) == 1
    }
    return rename(stated, columns)


class _Known:
    """The names that stand for one column of an entity's own table."""

    def __init__(self, places: Places, entity: str) -> None:
        self._places = places
        self._entity = entity

    def __contains__(self, name: object) -> bool:
        place = self._places.place(self._entity, str(name))
        return place is not None and place.own


def _columns(table: Table) -> frozenset[str]:
    return frozenset(column.name for column in table.columns)


def _distinct(found: Iterator[Shape]) -> Iterator[Shape]:
    """Yield each form once: two choices may come to the same statement."""
    seen: set[tuple[object, ...]] = set()
    for shape in found:
        key = (
            shape.equality,
            tuple(each.place.columns for each in shape.ranges),
            tuple((each.place.columns, each.descending) for each in shape.order),
        )
        if key not in seen:
            seen.add(key)
            yield shape
