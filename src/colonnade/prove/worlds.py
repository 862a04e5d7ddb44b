"""Which row refers to which: row n of every table together make world n, whose rows belong together."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from colonnade.prove.conditions import Key, keys_of, mentioned
from colonnade.prove.hints import hints_of
from colonnade.prove.values import value_kind
from colonnade.schema import Column, ForeignKey, Schema, Table
from colonnade.sql.identifier import quote
from colonnade.sql.tokens import names

FIRST_FRESH = 4
_LEAST_STRIDE = 16
_MOST_WORLDS = 80  # so that references which conditions choose come to an end, too
_FEW = 2 * 3 * 5 * 7
_MEMBERSHIP = r"\(*{column}\)?(?:::\w+)? (?:IN \(|= ANY \()"

TableName = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowName:
    """A row that a factory makes: its table and number."""

    table: TableName
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """How the few values of a key's columns take turns, so that rows agree in none before all of them have been had.

    `slowness` says after how many rows a column goes on to its next value, `room` how many rows there can be; None for
    any number.
    """

    slowness: Mapping[str, int]
    room: int | None


def name_of(table: Table) -> TableName:
    """Return what a table is looked up by."""
    return table.namespace, table.name


def referenced(key: ForeignKey) -> TableName:
    """Return the name of the table that a foreign key refers to."""
    return key.referenced_namespace, key.referenced_table


@dataclass(frozen=True)
class Worlds:
    """The numbers of the rows that rows refer to.

    A second reference to the same table goes to another row of it, `stride` further, which shares its own
    references with the first: so the two sides of a transfer differ, yet have one owner.
    """

    schema: Schema

    @cached_property
    def tables(self) -> Mapping[TableName, Table]:
        """Every table by name."""
        return {name_of(table): table for table in self.schema.tables}

    @cached_property
    def stride(self) -> int:
        """How far the row of a second reference is away."""
        return max(_LEAST_STRIDE, FIRST_FRESH + self._spread + self._depth)

    @cached_property
    def _depth(self) -> int:
        return 1 + max(self.levels.values(), default=0)

    @cached_property
    def _spread(self) -> int:
        """How far two fresh rows are apart: no multiple of the few values that a column may have, which take turns."""
        return next(each for each in itertools.count(self._depth) if math.gcd(each, _FEW) == 1)

    @cached_property
    def levels(self) -> Mapping[TableName, int]:
        """How many references lead from a table at most that its rows cannot do without; a cycle counts once."""
        found: dict[TableName, int] = {}
        for name in self.tables:
            self._level(name, found, ())
        return found

    @cached_property
    def offsets(self) -> Mapping[tuple[TableName, str], int]:
        """How far the row that a foreign key refers to is from the world's own, by table and constraint."""
        return {
            (name, key): offset for name, table in self.tables.items() for key, offset in self._offsets(table).items()
        }

    @cached_property
    def keys(self) -> Mapping[TableName, tuple[Key, ...]]:
        """What tells the rows of each table apart."""
        return {name: keys_of(table) for name, table in self.tables.items()}

    @cached_property
    def given(self) -> frozenset[tuple[TableName, str]]:
        """The references, by table and constraint, that our rows have: when they must, and some others.

        These say whose a row is, or, where a key counts absent references as equal, which one it is.
        """
        found = {
            (name, key.name)
            for name, table in self.tables.items()
            for key in table.foreign_keys
            if is_required(table, key) or _is_owner(table, key)
        }
        for name, table in sorted(self.tables.items()):
            for key in table.foreign_keys:
                closes = referenced(key) != name and name in self._reached(referenced(key), found)
                if _tells_apart_when_absent(table, key) and not closes:
                    found.add((name, key.name))
        return frozenset(found)

    def is_given(self, table: Table, key: ForeignKey) -> bool:
        """Tell whether our rows of the table have the reference."""
        return (name_of(table), key.name) in self.given

    @cached_property
    def identifying(self) -> frozenset[tuple[TableName, str]]:
        """The references, by table and constraint, that alone make a row differ from others."""
        return frozenset(
            (name, key.name)
            for name, table in self.tables.items()
            for key in table.foreign_keys
            if self._identifies(table, key)
        )

    def fresh(self, table: Table, place: int = 0) -> int:
        """Return a number whose ancestors can be stored while the row itself is not; `place` 0 or 1 tells two apart.

        The ancestors of fresh rows of one table are never fresh rows of another.
        """
        return FIRST_FRESH + place * self._spread + self.levels[name_of(table)]

    @cached_property
    def _circular(self) -> frozenset[tuple[TableName, str]]:
        """The references, by table and constraint, that lead back to the table they start from."""
        return frozenset(
            (name, key) for name, key in self.given if name in self._reached(self._targets[name, key], self.given)
        )

    def in_circle(self, table: Table, key: ForeignKey) -> bool:
        """Tell whether a reference that our rows have leads, over other tables, back to the one it starts from."""
        return (name_of(table), key.name) in self._circular and referenced(key) != name_of(table)

    def number(self, table: Table, key: ForeignKey, number: int, *, offset: int | None = None) -> int:
        """Return the number of the row that row `number` refers to through a foreign key."""
        if offset is None and (name_of(table), key.name) in self._circular:
            return number  # a circle must close: the first row of such a table refers to itself
        own = number if (name_of(table), key.name) in self.identifying else (number - 1) % self.stride + 1
        target = own + (self.offsets[name_of(table), key.name] if offset is None else offset)
        return self.within(referenced(key), (target - 1) % (_MOST_WORLDS * self.stride) + 1)

    def within(self, table: TableName, number: int) -> int:
        """Return the number of the row that stands for this one where a key leaves room for few rows."""
        turns = self.turns.get(table)
        return number if turns is None or turns.room is None else (number - 1) % turns.room + 1

    @cached_property
    def turns(self) -> Mapping[TableName, Turns]:
        """How the values of each table's keys take turns."""
        return {name: self._turns(table) for name, table in self.tables.items()}

    def _turns(self, table: Table) -> Turns:
        few = {each.name: count for each in table.columns if (count := self._distinct(table, each))}
        slowness: dict[str, int] = {}
        rooms: list[int] = []
        for key in self.keys[name_of(table)]:
            if set(key.columns) <= few.keys():
                room = 1
                for name in key.columns:
                    slowness.setdefault(name, room)
                    room *= few[name]
                rooms.append(room)
        return Turns(slowness=slowness, room=min(rooms, default=None))

    def _distinct(self, table: Table, column: Column) -> int:
        """Return how many values a column may have, where they are few and named; 0 for one that is not so."""
        checks = [check.expression for check in table.checks if column.name in mentioned(table, check.expression)]
        if len(checks) > 1 or any(column.name in key.columns for key in table.foreign_keys):
            return 0
        if checks:
            listed = re.match(_MEMBERSHIP.format(column=re.escape(quote(column.name))), checks[0])
            return len(hints_of(checks[0]).strings) if listed else 0
        kind = value_kind(column.type, self.schema)
        return (kind.distinct or 0) if kind else 0

    @cached_property
    def _targets(self) -> Mapping[tuple[TableName, str], TableName]:
        """The referenced table of each foreign key, by table and constraint."""
        return {(name, key.name): referenced(key) for name, table in self.tables.items() for key in table.foreign_keys}

    def _reached(self, start: TableName, links: Collection[tuple[TableName, str]]) -> set[TableName]:
        """Return the tables that these references lead to from a table, itself included."""
        found: set[TableName] = set()
        pending = [start]
        while pending:
            name = pending.pop()
            if name not in found and name in self.tables:
                found.add(name)
                table = self.tables[name]
                pending += [referenced(key) for key in table.foreign_keys if (name, key.name) in links]
        return found

    def _level(self, name: TableName, found: dict[TableName, int], above: tuple[TableName, ...]) -> int:
        if name not in found:
            table = self.tables[name]
            conditions = names(" ".join(check.expression for check in table.checks))
            targets = {
                referenced(key)
                for key in table.foreign_keys
                if self.is_given(table, key) or conditions & set(key.columns)
            }
            below = [
                self._level(target, found, (*above, name))
                for target in sorted(targets)
                if target in self.tables and target != name and target not in above
            ]
            found[name] = 1 + max(below, default=-1)
        return found[name]

    def _offsets(self, table: Table) -> dict[str, int]:
        isolating = set().union(*(names(each.using or "") for each in table.policies))

        def importance(key: ForeignKey) -> tuple[bool, bool, str]:
            return not isolating & set(key.columns), not is_required(table, key), key.name

        found: dict[str, int] = {}
        seen: dict[TableName, int] = {name_of(table): 1}
        for key in sorted(table.foreign_keys, key=importance):
            place = seen.get(referenced(key), 0)
            found[key.name] = place * self.stride
            seen[referenced(key)] = place + 1
        return found

    def _identifies(self, table: Table, key: ForeignKey) -> bool:
        """Tell whether a key made of references only needs this one to differ from row to row."""
        referencing = {column for each in table.foreign_keys for column in each.columns}
        keys = self.keys[name_of(table)]
        return any(set(key.columns) & set(each.columns) and set(each.columns) <= referencing for each in keys)


def _is_owner(table: Table, key: ForeignKey) -> bool:
    """Tell whether policies find the owner of a row by the reference."""
    isolating = names(" ".join(policy.using or "" for policy in table.policies))
    return bool(isolating & set(key.columns)) and referenced(key) != name_of(table)


def _tells_apart_when_absent(table: Table, key: ForeignKey) -> bool:
    """Tell whether a key counts an absent reference as a value, so that few rows could be without it."""
    alike = [unique.columns for unique in table.uniques if unique.nulls_not_distinct]
    alike += [index.columns for index in table.indexes if index.unique and index.nulls_not_distinct]
    return any(set(key.columns) & set(columns) for columns in alike)


def is_required(table: Table, key: ForeignKey) -> bool:
    """Tell whether every row has the reference."""
    return all(table.column(name).not_null for name in key.columns)
