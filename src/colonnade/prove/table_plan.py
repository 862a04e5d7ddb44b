"""How acceptable rows of one table are made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from colonnade.errors import ProofError
from colonnade.postgres import Session
from colonnade.prove.candidates import NULL, Candidate, edges, neighbours, plain
from colonnade.prove.conditions import Condition, conditions_of, groups, mentioned
from colonnade.prove.hints import Hints, hints_of
from colonnade.prove.solution import Component, Trier
from colonnade.prove.trials import Trial
from colonnade.prove.values import ValueKind, identity, later, value_kind
from colonnade.prove.worlds import Turns, Worlds, name_of, referenced
from colonnade.schema import Column, Schema, Table

# A prime, so that numbers a stride apart differ too.
_SERIES = 61

_BASES = 8
"""Trials from which rows are tried to be made, where those of one are not all acceptable."""


class Values(Protocol):
    """What makes values of other columns, and of rows that are referred to."""

    schema: Schema
    session: Session
    worlds: Worlds

    def text(self, table: Table, name: str, candidate: Candidate, number: int) -> str | None:
        """Return the value that a candidate stands for in a row."""
        ...

    def plain(self, table: Table, column: Column, number: int) -> str | None:
        """Return the value of a column that no condition speaks of."""
        ...

    def is_plain_key(self, table: Table, column: Column) -> bool:
        """Tell whether a column is a key that is counted."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Variants:
    """The acceptable trials of a component, one for each row where a key wants them to differ."""

    component: Component
    trials: tuple[Trial, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePlan:
    """How rows of a table are made: which values the columns of conditions take, and which columns get none."""

    table: Table
    variants: tuple[Variants, ...]
    left_to_default: frozenset[str]
    turns: Turns

    @property
    def components(self) -> tuple[Component, ...]:
        """The judged combinations of values."""
        return tuple(each.component for each in self.variants)

    def row(self, number: int) -> dict[str, Candidate]:
        """Return what the columns of conditions hold in the row with this number."""
        found: dict[str, Candidate] = {}
        for each in self.variants:
            turn = (number - 1) // self.turns.slowness.get(each.component.columns[0], 1)
            trial = each.trials[turn % len(each.trials)]
            found |= dict(zip(each.component.columns, trial.candidates, strict=True))
        return found


def plan_table(values: Values, table: Table) -> TablePlan:
    """Return how rows of a table are made; raises ProofError when no tried combination is acceptable."""
    return _Planner(values, table).plan()


class _Planner:
    """Tries candidates for one table."""

    def __init__(self, values: Values, table: Table) -> None:
        self._values = values
        self._table = table
        self._schema = values.schema
        self._conditions = [each for each in conditions_of(table, values.schema) if each.columns]
        self._in_keys = {name for key in values.worlds.keys[name_of(table)] for name in key.columns}
        self._referencing = {name for key in table.foreign_keys for name in key.columns}
        exclusions = " ".join(element.expression for each in table.exclusions for element in each.elements)
        self._not_overlapping = set(mentioned(table, exclusions)) - self._referencing

    def plan(self) -> TablePlan:
        """Return the plan."""
        grouped = groups(self._conditions)
        found = {
            name: self._candidates(self._table.column(name), group)
            for group in grouped
            for name in dict.fromkeys(name for each in group for name in each.columns)
        }
        trier = Trier(
            self._table,
            found,
            session=self._values.session,
            schema=self._schema,
            resolve=lambda name, candidate: self._values.text(self._table, name, candidate, 1),
            referencing=self._referencing,
        )
        constrained = set(found) | self._in_keys | self._referencing
        return TablePlan(
            table=self._table,
            variants=tuple(self._variants(trier, component) for component in trier.components(grouped)),
            left_to_default=frozenset(column.name for column in self._table.columns if column.default is not None)
            - constrained,
            turns=self._values.worlds.turns[name_of(self._table)],
        )

    def _variants(self, trier: Trier, component: Component) -> Variants:
        """Return the trials for rows 1, 2, …: one when no key wants more."""
        found = component.acceptable
        if not found:
            rules = ", ".join(f'"{each.name}"' for each in component.conditions if each.demanded)
            columns = ", ".join(component.columns)
            raise ProofError(f'no tried values of {columns} in "{self._table.name}" keep {rules}')
        varying = [
            place
            for place, name in enumerate(component.columns)
            if name in self._in_keys and name not in self._referencing
        ]
        if not varying:
            return Variants(component=component, trials=found[:1])
        if len(component.columns) > 1:
            found = self._for_each_row(trier, component) + found
        kinds = [value_kind(self._table.column(component.columns[place]).type, self._schema) for place in varying]
        distinct: dict[object, Trial] = {}
        for trial in found:
            texts = [trial.candidates[place].text for place in varying]
            if any(text is not None for text in texts) or not distinct:
                same = tuple(text and identity(kind, text) for kind, text in zip(kinds, texts, strict=True))
                distinct.setdefault(same, trial)
        return Variants(component=component, trials=tuple(distinct.values())[:_SERIES])

    def _for_each_row(self, trier: Trier, component: Component) -> tuple[Trial, ...]:
        """Return a trial as it is in rows 1, 2, …; where a key is counted, one that is acceptable in all of them."""
        counted = any(self._values.is_plain_key(self._table, self._table.column(name)) for name in component.columns)
        first: tuple[Trial, ...] = ()
        for trial in component.acceptable[: _BASES if counted else 1]:
            rows = [self._shifted(component, trial, number) for number in range(1, _SERIES + 1)]
            accepted = trier.more(component, rows).acceptable
            if len(accepted) == len(rows):
                return accepted
            first = first or accepted
        return first

    def _shifted(self, component: Component, trial: Trial, number: int) -> tuple[Candidate, ...]:
        """Return the trial as it could be in the row with this number.

        Plain values are those of the number, and so are those that are like a key which is counted; moments, and
        whatever may not overlap, come as much later as the number says, so that they keep their order.
        """
        found: list[Candidate] = []
        for name, candidate in zip(component.columns, trial.candidates, strict=True):
            column = self._table.column(name)
            kind = value_kind(column.type, self._schema)
            text = None
            if candidate.text is not None and kind is not None and self._moves(name, kind):
                text = later(kind, candidate.text, number - 1)
            elif candidate.text is not None and candidate.series:
                text = self._values.plain(self._table, column, number)
            elif candidate.like:
                text = self._values.text(self._table, name, candidate, number)
            found.append(candidate if text is None else replace(candidate, text=text, position=number))
        return tuple(found)

    def _moves(self, name: str, kind: ValueKind) -> bool:
        """Tell whether the column's values are moved in step with each other."""
        return kind.family in {"timestamptz", "timestamp", "date"} or name in self._not_overlapping

    def _candidates(self, column: Column, group: Sequence[Condition]) -> tuple[Candidate, ...]:
        """Return the values to try in a column, the most ordinary first."""
        own = list(self._references(column, group)) if column.name in self._referencing else []
        absent = [] if column.not_null else [NULL]
        kind = value_kind(column.type, self._schema)
        if kind is None:
            if not own and column.not_null:
                raise ProofError(f'no value of type "{column.type}" is known for "{self._table.name}.{column.name}"')
            return (*absent, *own)
        concerned = [each for each in group if column.name in each.columns]
        tied = _hints(each for each in concerned if len(each.columns) > 1)
        alone = _hints(each for each in concerned if len(each.columns) == 1)
        count = _SERIES if column.name in self._in_keys else 3
        ordinary = plain(kind, label=column.name, ordinal=self._table.columns.index(column), count=count)
        if self._values.is_plain_key(self._table, column):
            # A condition that ties the key to other columns is tried with the row's own key only.
            return (*ordinary[:1], *(edges(kind, alone, label=column.name) if alone.numbers else ()))
        found: dict[tuple[str, str | None], Candidate] = {}
        for each in (
            *ordinary,
            *(edges(kind, tied, label=column.name, count=count) if tied != Hints() else ()),
            *self._likenesses(column, concerned),
            *edges(kind, alone, label=column.name, count=count),
        ):
            found.setdefault((each.group, each.text), each)
        return (*absent, *own, *found.values()) if own else (*found.values(), *absent)

    def _references(self, column: Column, group: Sequence[Condition]) -> Iterator[Candidate]:
        """Yield references to the rows that this and the tied columns refer to."""
        tied = {name for each in group for name in each.columns}
        keys = [key for key in self._table.foreign_keys if column.name in key.columns]
        offsets = self._values.worlds.offsets
        for key in keys[:1]:
            alike = [other for other in self._table.foreign_keys if referenced(other) == referenced(key)]
            found = {offsets[name_of(self._table), key.name]: None}
            found |= {offsets[name_of(self._table), each.name]: None for each in alike if tied & set(each.columns)}
            if referenced(key) == name_of(self._table):
                found |= {0: None}
            for place, offset in enumerate(found):
                yield Candidate(text=None, group="reference", position=place, reference=offset)

    def _likenesses(self, column: Column, concerned: Sequence[Condition]) -> Iterator[Candidate]:
        """Yield the plain values of the columns that a condition compares this one with, and their neighbours."""
        kind = value_kind(column.type, self._schema)
        for name in dict.fromkeys(name for each in concerned for name in each.columns):
            other = self._table.column(name)
            other_kind = value_kind(other.type, self._schema)
            if name == column.name or kind is None or other_kind is None or kind.family != other_kind.family:
                continue
            text = self._values.plain(self._table, other, 1)
            if text is not None and name not in self._referencing:
                like = name if self._values.is_plain_key(self._table, other) else ""
                for each in neighbours(kind, text, group=f"like {name}"):
                    yield replace(each, like=like)


def _hints(conditions: Iterator[Condition]) -> Hints:
    found = Hints()
    for condition in conditions:
        found += hints_of(condition.expression)
    return found
