"""What a table would take as one row: combinations of values for the columns that conditions tie together."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from colonnade.postgres import Session
from colonnade.prove.candidates import Candidate
from colonnade.prove.conditions import Condition
from colonnade.prove.trials import Part, Trial, judge
from colonnade.schema import Schema, Table

# How many values of each column are combined, when so many columns hang together.
_BREADTH = {2: 30, 3: 11, 4: 6, 5: 4, 6: 3}
_NARROW = 2
_MOST_COMBINATIONS = 3_000
_WITH_ONE_EDGE = 16
_MOST_PAIRS = 4
_LISTED = 40

Combination = tuple[Candidate, ...]
Resolve = Callable[[str, Candidate], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """Both sides of a condition: trials that break it, and the nearest ones that keep every condition.

    `overlapping` names the conditions that every found counter-example breaks too; empty when the
    `broken` trials break this condition alone.
    """

    broken: tuple[Trial, ...]
    kept: tuple[Trial, ...]
    overlapping: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Component:
    """Columns that conditions tie together, those conditions, and what was tried, the most ordinary first.

    `referencing` are the columns of foreign keys, which hold references only.
    """

    table: Table
    columns: tuple[str, ...]
    conditions: tuple[Condition, ...]
    trials: tuple[Trial, ...]
    referencing: frozenset[str] = frozenset()

    @cached_property
    def acceptable(self) -> tuple[Trial, ...]:
        """The trials that can be stored, those that every partial index covers first."""
        found = [trial for trial in self._present if self._storable(trial) and not self._broken(trial)]
        return tuple(sorted(found, key=self._oddity))

    def boundary(self, condition: Condition) -> Boundary:
        """Return the trials on both sides of a condition."""
        place = self.conditions.index(condition)
        against = [trial for trial in self._present if trial.verdicts[place] is False]
        alone = sorted((trial for trial in against if self._broken(trial) == (condition,)), key=self._oddity)
        kept = self.acceptable
        if not alone:
            fewest = sorted(against, key=lambda trial: len(self._broken(trial)))[:1]
            others = tuple(each.name for trial in fewest for each in self._broken(trial) if each != condition)
            return Boundary(broken=tuple(fewest), kept=kept[:1], overlapping=others)
        pairs = self._nearest(alone, kept)
        broken = dict.fromkeys((pair[0] for pair in pairs) if pairs else alone[:1])
        near = dict.fromkeys((pair[1] for pair in pairs) if pairs else kept[:1])
        near |= dict.fromkeys(self._listed(condition, kept))
        return Boundary(broken=tuple(broken), kept=tuple(near))

    @cached_property
    def _present(self) -> tuple[Trial, ...]:
        """The trials in which no column is NULL that must not be."""
        required = [place for place, name in enumerate(self.columns) if self.table.column(name).not_null]
        return tuple(trial for trial in self.trials if not any(trial.candidates[place].is_null for place in required))

    @cached_property
    def _dangling(self) -> tuple[int, ...]:
        """The places of the columns that hold references only."""
        return tuple(place for place, name in enumerate(self.columns) if name in self.referencing)

    def _storable(self, trial: Trial) -> bool:
        """Tell whether the foreign keys allow the trial."""
        return all(trial.candidates[place].text is None for place in self._dangling)

    @cached_property
    def _demanded(self) -> tuple[int, ...]:
        """The places of the conditions that a stored row must keep."""
        return tuple(place for place, condition in enumerate(self.conditions) if condition.demanded)

    @cached_property
    def _optional(self) -> tuple[int, ...]:
        """The places of the conditions that only say what an index is about."""
        return tuple(place for place, condition in enumerate(self.conditions) if not condition.demanded)

    @cached_property
    def _free(self) -> tuple[int, ...]:
        """The places of the columns that hold values of their own."""
        return tuple(place for place, name in enumerate(self.columns) if name not in self.referencing)

    def _broken(self, trial: Trial) -> tuple[Condition, ...]:
        return tuple(self.conditions[place] for place in self._demanded if trial.verdicts[place] is False)

    def _oddity(self, trial: Trial) -> tuple[int, int]:
        """Count the partial indexes that leave it out, and the values that are absent without need."""
        left_out = sum(trial.verdicts[place] is not True for place in self._optional)
        return left_out, sum(trial.candidates[place].is_null for place in self._free)

    def _nearest(self, broken: Sequence[Trial], kept: Sequence[Trial]) -> list[tuple[Trial, Trial]]:
        """Return pairs that differ in one column only, by the least step of one group of candidates each."""
        at: dict[object, list[Trial]] = {}
        for trial in kept:
            for place in range(len(self.columns)):
                at.setdefault(_around(trial, place), []).append(trial)
        best: dict[tuple[int, str], tuple[int, Trial, Trial]] = {}
        for trial in broken:
            for place, candidate in enumerate(trial.candidates):
                for other in at.get(_around(trial, place), ()):
                    distance = abs(candidate.position - other.candidates[place].position)
                    edge = (place, candidate.group)
                    if edge not in best or distance < best[edge][0]:
                        best[edge] = (distance, trial, other)
        ranked = sorted(best.items(), key=lambda item: (_vagueness(item[0][1]), item[1][0]))
        chosen: dict[object, tuple[Trial, Trial]] = {}
        for _, (_, trial, other) in ranked:
            chosen.setdefault(_identity(trial), (trial, other))
        return list(chosen.values())[:_MOST_PAIRS]

    def _listed(self, condition: Condition, kept: Sequence[Trial]) -> Iterator[Trial]:
        """Yield one acceptable trial for each value that the condition lists."""
        for place, name in enumerate(self.columns):
            if name not in condition.columns:
                continue
            seen: set[str | None] = set()
            for trial in kept:
                candidate = trial.candidates[place]
                if candidate.group == "listed" and candidate.text not in seen and len(seen) < _LISTED:
                    seen.add(candidate.text)
                    yield trial


def _around(trial: Trial, place: int) -> object:
    """Return what two trials have in common that differ in one column, within one group."""
    others = tuple(each.identity for number, each in enumerate(trial.candidates) if number != place)
    return place, trial.candidates[place].group, others


def _identity(trial: Trial) -> object:
    return tuple(each.identity for each in trial.candidates)


def _vagueness(group: str) -> int:
    """Rank groups: where neighbours differ by one step, elsewhere at an edge, then plain values."""
    if group.startswith(("length", "number", "like", "moment")) or group.endswith(("later", "elements")):
        return 0
    return 2 if group == "plain" else 1


class Trier:
    """Tries the candidates of one table's columns on a server."""

    def __init__(
        self,
        table: Table,
        candidates: Mapping[str, Sequence[Candidate]],
        *,
        session: Session,
        schema: Schema,
        resolve: Resolve,
        referencing: Iterable[str],
    ) -> None:
        """Take the candidates of each column that a condition speaks of; `resolve` gives their texts."""
        self._table = table
        self._candidates = candidates
        self._session = session
        self._schema = schema
        self._resolve = resolve
        self._referencing = frozenset(referencing)

    def components(self, groups: Sequence[Sequence[Condition]]) -> tuple[Component, ...]:
        """Return a component for each group of conditions.

        Each column is tried by itself first. Where several hang together, the values that each takes
        are combined, and each of its edges with a few values of the others.
        """
        drafts = [self._component(group) for group in groups]
        alone: list[Component] = []
        for draft in drafts:
            alone += [self._component(_only(draft.conditions, name), (name,)) for name in draft.columns]
        rows = [[(each,) for each in self._candidates[draft.columns[0]]] for draft in alone]
        tried = {each.columns[0]: each for each in self._tried(alone, rows)}
        tied = [draft for draft in drafts if len(draft.columns) > 1]
        combined = self._tried(tied, [self._combinations([tried[name] for name in each.columns]) for each in tied])
        return (*(tried[draft.columns[0]] for draft in drafts if len(draft.columns) == 1), *combined)

    def more(self, component: Component, combinations: Sequence[Combination]) -> Component:
        """Return the component with these combinations tried instead."""
        return self._tried([component], [combinations])[0]

    def _component(self, conditions: Sequence[Condition], columns: tuple[str, ...] = ()) -> Component:
        names = {name for each in conditions for name in each.columns}
        ordered = columns or tuple(column.name for column in self._table.columns if column.name in names)
        return Component(
            table=self._table,
            columns=ordered,
            conditions=tuple(conditions),
            trials=(),
            referencing=self._referencing & set(ordered),
        )

    def _tried(self, components: Sequence[Component], combinations: Sequence[Sequence[Combination]]) -> list[Component]:
        """Return the components with the combinations judged; those that raise an error are left out."""
        parts = [
            Part(
                table=self._table,
                columns=component.columns,
                conditions=component.conditions,
                rows=tuple(
                    tuple(self._resolve(name, each) for name, each in zip(component.columns, row, strict=True))
                    for row in rows
                ),
            )
            for component, rows in zip(components, combinations, strict=True)
        ]
        judged = judge(self._session, self._schema, parts)
        return [
            Component(
                table=component.table,
                columns=component.columns,
                conditions=component.conditions,
                trials=tuple(
                    Trial(candidates=row, verdicts=verdicts)
                    for row, verdicts in zip(rows, found, strict=True)
                    if verdicts is not None
                ),
                referencing=component.referencing,
            )
            for component, rows, found in zip(components, combinations, judged, strict=True)
        ]

    def _combinations(self, columns: Sequence[Component]) -> list[Combination]:
        """Return combinations of the columns' values: good ones, and each edge with good ones of the others."""
        good = [_first_and_absent([trial.candidates[0] for trial in each.acceptable]) for each in columns]
        if not all(good):
            return []
        breadth = _BREADTH.get(len(columns), _NARROW)
        if breadth ** len(columns) > _MOST_COMBINATIONS:
            found = list(_few_differences([values[:_NARROW] for values in good]))
        else:
            places = sorted(itertools.product(*(range(len(values[:breadth])) for values in good)), key=sum)
            found = [tuple(values[place] for values, place in zip(good, row, strict=True)) for row in places]
        for place, column in enumerate(columns):
            for edge in _edges(column):
                others = [values[:3] if number != place else [edge] for number, values in enumerate(good)]
                found += itertools.islice(itertools.product(*others), _WITH_ONE_EDGE)
        return list({tuple((each.group, *each.identity) for each in row): row for row in found}.values())


def _only(conditions: Sequence[Condition], column: str) -> list[Condition]:
    return [each for each in conditions if each.columns == (column,)]


def _first_and_absent(values: list[Candidate]) -> list[Candidate]:
    """Return the values with NULL second, so that it is among the few that are combined."""
    absent = [each for each in values if each.is_null]
    present = [each for each in values if not each.is_null]
    return present[:1] + absent + present[1:] if not values or not values[0].is_null else values


def _few_differences(values: Sequence[Sequence[Candidate]]) -> Iterator[Combination]:
    """Yield the combination of the first values, and those that differ from it in one or two columns."""
    first = tuple(each[0] for each in values)
    yield first
    for count in (1, 2):
        for places in itertools.combinations(range(len(values)), count):
            for changed in itertools.product(*(values[place][1:] for place in places)):
                row = list(first)
                for place, candidate in zip(places, changed, strict=True):
                    row[place] = candidate
                yield tuple(row)


def _edges(column: Component) -> list[Candidate]:
    """Return the values at both sides of each condition of one column."""
    found: dict[Candidate, None] = {}
    for condition in column.conditions:
        boundary = column.boundary(condition)
        found |= dict.fromkeys(trial.candidates[0] for trial in (*boundary.broken, *boundary.kept))
    return list(found)
