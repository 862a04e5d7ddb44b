"""What each form of each access pattern needs of an index: equalities, then an order or a range."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from colonnade.design.ownership import Ownership, owner_entity, ownership, under_policy
from colonnade.design.places import Place, Places, key_columns
from colonnade.design.shapes import Filter, Shape, default_order, shapes
from colonnade.design.volumes import planned_rows
from colonnade.schema import Table
from colonnade.spec import AccessPattern
from colonnade.sql.identifier import quote

Purpose = Literal["key", "order", "filter", "link", "few values", "range", "foreign key"]

# Types whose comparisons are LEAKPROOF: only these reach an index past the condition of a policy.
# Source: pg_proc.proleakproof of Postgres 18; postgresql.org/docs/current/ddl-rowsecurity.html
LEAKPROOF_TYPES = frozenset(
    (
        "bigint",
        "boolean",
        "bytea",
        "date",
        "double precision",
        "inet",
        "integer",
        "interval",
        "real",
        "smallint",
        "text",
        "time without time zone",
        "timestamp with time zone",
        "timestamp without time zone",
        "uuid",
    )
)
LONGEST_KEY = 2000
"""Characters of a text beyond which a B-tree entry may exceed a third of a page, 2704 bytes, and be refused."""

HUGE_ROWS = 50_000_000
"""Rows from which a B-tree on a time column costs more than reading a few hundred pages beside the point."""

_UNPAGED = "the list is read whole, and sorting rows that are all fetched costs less than fetching them in order"
_COVERING_PER_SECOND = 10.0
_COVERING_WIDTH = 2
_FIXED_WIDTH = LEAKPROOF_TYPES - {"text", "bytea", "inet"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of an index to be: a column, or it in lower case. `tie_break` marks the appended primary key."""

    column: str
    lowered: bool = False
    descending: bool = False
    tie_break: bool = False

    @property
    def text(self) -> str:
        """The key as SQL, without its direction."""
        return f"lower({quote(self.column)})" if self.lowered else quote(self.column)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What one form of a pattern needs of an index on a table.

    `equality` comes first, in any order; `order` follows in this order, all as said or all reversed. `limits` are
    the fixed conditions that the index has to share, `alive` the ones that it may share. `include` are columns that it
    may carry. `order_optional` says that a new index holds the order too, but that any index with the equalities will
    do. A need without a pattern is a foreign key's, named in `label`.
    """

    table: str
    equality: tuple[Key, ...]
    order: tuple[Key, ...] = ()
    limits: tuple[str, ...] = ()
    alive: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    order_optional: bool = False
    purpose: Purpose = "filter"
    label: str = ""
    pattern: AccessPattern | None = None

    @property
    def keys(self) -> tuple[Key, ...]:
        """All keys, in the order in which an index has them."""
        return (*self.equality, *self.order)


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """A choice of a pattern that no index can serve, and why."""

    pattern: AccessPattern
    table: str
    column: str
    reason: str


class Needs:
    """Works out what the patterns of a spec need of indexes."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._spec = places.spec
        self.barred: list[Barred] = []

    def of(self, pattern: AccessPattern) -> Iterator[Need]:
        """Yield what each form of a pattern needs; what cannot be served is kept in `barred`."""
        for shape in shapes(self._places, pattern):
            if not shape.combined:
                yield from self._of_shape(shape)

    def _of_shape(self, shape: Shape) -> Iterator[Need]:
        """Yield the need of the table itself, and those of the tables that its filters lead to."""
        equality = self._owner_keys(shape.owner)
        extra = shape.equality[-1] if shape.label == (shape.equality[-1].name if shape.equality else "") else None
        own = True
        for filter_ in shape.equality:
            keys, direct = self._filter_keys(shape, filter_)
            equality += tuple(key for key in keys if key.text not in {each.text for each in equality})
            own = own and (direct or filter_ != extra)
            yield from self._remote(shape, filter_.place)
        if own and (need := self._base_need(shape, equality)) is not None:
            yield need
        if shape.owner and shape.owner.steps:
            yield from self._owner_lookup(shape, shape.owner)

    def _base_need(self, shape: Shape, equality: tuple[Key, ...]) -> Need | None:
        order = self._order_keys(shape, {key.text for key in equality})
        whole = self._read_whole(shape)
        if whole:
            order = self._unpaged_order(shape, equality, order)
        if not equality and (not order or [key.column for key in order] == [long_stretch(self._places, shape.pattern)]):
            return None
        purpose = self._purpose(shape)
        if purpose == "few values" and not order and shape.pattern.kind in {"aggregate", "report"}:
            return None  # the rows are read by the other columns, and only counted or not
        limits = tuple(part.text for part in shape.pattern_parts if part.constant)
        include: tuple[str, ...] = ()
        if shape.pattern.kind == "aggregate" and not order:
            order, include = self._covering(shape, {key.text for key in equality})
        return Need(
            table=shape.table,
            equality=equality,
            order=order,
            limits=limits,
            alive=tuple(part.text for part in shape.parts if part not in shape.pattern_parts),
            include=include,
            order_optional=whole,
            purpose=purpose,
            label=shape.label,
            pattern=shape.pattern,
        )

    def _read_whole(self, shape: Shape) -> bool:
        """Tell whether all rows that match are fetched before they are sorted: without a page, or by a search."""
        bounded = shape.ranges or any(part.range_column and not part.constant for part in shape.pattern_parts)
        fetched = shape.limit is None and shape.pattern.kind in {"list", "job"} and not bounded
        return bool(shape.search) or fetched

    def _unpaged_order(self, shape: Shape, equality: tuple[Key, ...], order: tuple[Key, ...]) -> tuple[Key, ...]:
        """Return the order that an index keeps for a list that is read whole: only the default one of some of the rows.

        All the rows are fetched anyway, and sorting them costs less than fetching them in the order of an index.
        """
        first = default_order(self._places, shape.pattern)
        place = self._places.place(shape.pattern.entity, first.attribute) if first else None
        default = bool(order) and place is not None and order[0].column in place.columns
        if equality and (default or not order):
            return order
        if order and not shape.search:
            table = self._places.table_named(shape.table)
            self.bar(shape.pattern, table, order[0].column, _UNPAGED)
        return ()

    def _purpose(self, shape: Shape) -> Purpose:
        if shape.pattern.kind in {"get", "write"}:
            return "key"
        if shape.ranges:
            return "range"
        chosen = next((each for each in shape.equality if each.name == shape.label), None)
        if chosen is None:
            return "order"
        attribute = chosen.place.attribute
        few = attribute is not None and attribute.type.base in {"enum", "boolean"}
        return "few values" if few else "filter"

    def _owner_keys(self, owner: Ownership | None) -> tuple[Key, ...]:
        return tuple(Key(column=name) for name in owner.leading) if owner else ()

    def _filter_keys(self, shape: Shape, filter_: Filter) -> tuple[tuple[Key, ...], bool]:
        """Return the keys of a filter in the pattern's own table, and whether an index on them serves it."""
        place = filter_.place
        if filter_.contained:
            return (), False
        if place.own:
            usable = all(self._usable(shape, filter_, column) for column in place.columns)
            return (
                (tuple(Key(column=name, lowered=place.lowered) for name in place.columns), True)
                if usable
                else (
                    (),
                    False,
                )
            )
        local = tuple(left for left, _ in place.steps[0].pairs)
        if set(local) == set(key_columns(self._places.table_named(shape.table))):
            return (), False
        return tuple(Key(column=name) for name in local), True

    def _comparable(self, shape: Shape, table: Table, column: str) -> bool:
        """Tell whether a range of the column can be an index condition for this pattern; keep the reason if not."""
        type_ = table.column(column).type
        if type_ in LEAKPROOF_TYPES or not self.secured(shape.pattern):
            return True
        self.bar(shape.pattern, table, column, _leaks(type_))
        return False

    def _usable(self, shape: Shape, filter_: Filter, column: str) -> bool:
        """Tell whether an index can find the column's values for this pattern; keep the reason if not."""
        table = self._places.table_named(shape.table)
        type_ = table.column(column).type
        attribute = filter_.place.attribute
        reason = ""
        if (type_ not in LEAKPROOF_TYPES or filter_.place.lowered) and self.secured(shape.pattern):
            reason = _leaks("lower()" if filter_.place.lowered else type_)
        elif attribute is not None and attribute.type.base == "text" and (attribute.type.max_length or 0) > LONGEST_KEY:
            reason = f"texts of up to {attribute.type.max_length} characters do not fit into a B-tree entry"
        if reason:
            self.bar(shape.pattern, table, column, reason)
        return not reason

    def secured(self, pattern: AccessPattern) -> bool:
        """Tell whether the pattern runs under a policy on its own table."""
        return under_policy(self._places, pattern)

    def bar(self, pattern: AccessPattern, table: Table, column: str, reason: str) -> None:
        """Keep why no index serves a column of a pattern, once."""
        found = Barred(pattern=pattern, table=table.name, column=column, reason=reason)
        if found not in self.barred:
            self.barred.append(found)

    def _order_keys(self, shape: Shape, fixed: set[str]) -> tuple[Key, ...]:
        """Return the order, or the range where it bounds another column than the order starts with."""
        table = self._places.table_named(shape.table)
        bounded = [each.place.columns[0] for each in shape.ranges if each.place.own and not each.contained]
        bounded += [part.range_column for part in shape.pattern_parts if part.range_column and not part.constant]
        keys = [
            Key(
                column=each.column,
                lowered=each.place.lowered,
                descending=each.descending,
                tie_break=each.tie_break,
            )
            for each in shape.order
            if each.place.own
        ]
        ordered = len(keys) == len(shape.order)
        if bounded and (not keys or keys[0].column != bounded[0]) and self._comparable(shape, table, bounded[0]):
            keys, ordered = [Key(column=bounded[0])], True
        if not ordered:
            other = next(each for each in shape.order if not each.place.own)
            elsewhere = self._places.table_named(other.place.table)
            self.bar(shape.pattern, elsewhere, other.column, "the order is by a column of another table")
            return ()
        for key in keys:
            attribute = next((each.place.attribute for each in shape.order if each.column == key.column), None)
            if attribute is not None and (attribute.type.max_length or 0) > LONGEST_KEY:
                reason = f"texts of up to {attribute.type.max_length} characters do not fit into a B-tree entry"
                self.bar(shape.pattern, table, key.column, reason)
                return ()
        return tuple(key for key in keys if key.text not in fixed)

    def _covering(self, shape: Shape, fixed: set[str]) -> tuple[tuple[Key, ...], tuple[str, ...]]:
        """Return the group columns as keys and the narrow measured ones to carry, where an index-only scan pays."""
        pattern = shape.pattern
        if (pattern.per_second or 0) < _COVERING_PER_SECOND:
            return (), ()
        found = [self._places.place(pattern.entity, name) for name in pattern.group_by]
        if not all(place is not None and place.own for place in found):
            return (), ()
        columns = [name for place in found if place is not None for name in place.columns]
        keys = tuple(Key(column=name) for name in columns if quote(name) not in fixed)
        measured = self._measured(pattern, shape.table)
        return keys, measured if len(measured) <= _COVERING_WIDTH else ()

    def _measured(self, pattern: AccessPattern, table: str) -> tuple[str, ...]:
        """Return the columns of fixed width that the measures read."""
        held = self._places.table_named(table)
        grouped = set(pattern.group_by)
        places = (
            self._places.place(pattern.entity, attribute.name)
            for attribute in self._places.entities[pattern.entity].attributes
            if any(attribute.name in measure for measure in pattern.measures) and attribute.name not in grouped
        )
        names = [place.columns[0] for place in places if place is not None and place.own]
        return tuple(name for name in names if held.column(name).type in _FIXED_WIDTH)

    def _remote(self, shape: Shape, place: Place) -> Iterator[Need]:
        """Yield what finding the value in another table, and coming back from there, needs."""
        if place.own:
            return
        pattern = shape.pattern
        last = place.steps[-1]
        first = place.steps[0]
        back = tuple(Key(column=right) for _, right in first.pairs) if first.many else ()
        owner = self._owner_keys(self._owner_of(pattern, last.table)) if last.table == place.table else ()
        found = tuple(Key(column=name, lowered=place.lowered) for name in place.columns)
        alone = len(place.steps) == 1
        yield Need(
            table=place.table,
            equality=tuple(key for key in owner if key not in found) + found,
            order=back if alone else (),
            purpose="link",
            label=shape.label,
            pattern=pattern,
        )
        for position, step in enumerate(place.steps[1:], start=1):
            yield Need(
                table=step.source,
                equality=tuple(Key(column=left) for left, _ in step.pairs),
                order=back if position == 1 else (),
                purpose="link",
                label=shape.label,
                pattern=pattern,
            )

    def _owner_of(self, pattern: AccessPattern, table: str) -> Ownership | None:
        """Return by what columns a joined table names the same owner; None unless the pattern is the owner's."""
        if pattern.scope != "owner":
            return None
        entity = self._places.entity_of(table)
        found = ownership(self._places, entity) if entity not in {"", owner_entity(self._spec)} else None
        return found if found is not None and found.direct else None

    def _owner_lookup(self, shape: Shape, owner: Ownership) -> Iterator[Need]:
        """Yield what finding the owner's parents needs."""
        for step in owner.steps:
            last = step is owner.steps[-1]
            following = owner.steps[owner.steps.index(step) + 1] if not last else None
            names = owner.columns if following is None else tuple(left for left, _ in following.pairs)
            yield Need(
                table=step.table,
                equality=tuple(Key(column=name) for name in names),
                purpose="link",
                label="owner",
                pattern=shape.pattern,
            )


def long_stretch(places: Places, pattern: AccessPattern) -> str:
    """Return the time column by which a pattern totals long stretches of a huge append-only table, "" for none."""
    entity = places.entities.get(pattern.entity)
    if entity is None or not entity.append_only or pattern.kind not in {"aggregate", "report"}:
        return ""
    if pattern.scope == "owner" or planned_rows(places.spec, entity.name) < HUGE_ROWS:
        return ""
    created = [each.name for each in entity.attributes if each.role == "created" and each.name in pattern.range]
    place = places.place(entity.name, created[0]) if created else None
    return place.columns[0] if place is not None else ""


def _leaks(what: str) -> str:
    """Return why a comparison cannot be an index condition under a policy."""
    return (
        f"row security is applied first, and comparing {what} is not LEAKPROOF, so no index condition may hold it;"
        " the rows of the owner are read instead"
    )
