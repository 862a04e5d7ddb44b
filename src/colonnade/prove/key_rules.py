"""Experiments on rules about two rows: primary keys, uniques, unique indexes, exclusions."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from colonnade.errors import ProofError
from colonnade.prove.bench import Bench, needs
from colonnade.prove.candidates import neighbours
from colonnade.prove.conditions import mentioned
from colonnade.prove.experiments import Experiment, Question, Way
from colonnade.prove.rows import Row
from colonnade.prove.solution import Component
from colonnade.prove.trials import Trial
from colonnade.prove.values import identity, value_kind
from colonnade.schema import Exclusion, Table
from colonnade.schema.names import ObjectKind
from colonnade.sql.identifier import quote
from colonnade.sql.tokens import split_list, without_parentheses

_UNIQUE = ("23505",)
_OTHER_CASE = str.maketrans(string.ascii_letters, string.ascii_letters.swapcase())
_EXCLUSION = ("23P01",)
_RANGE = re.compile(r"(?:tstzrange|tsrange|daterange|int4range|int8range|numrange)\((.*)\)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRule:
    """That no two rows agree: `parts` are the columns of each element, `texts` the elements as written.

    `anyhow` says that a refusal by any rule with one of the states will do.
    """

    name: str
    parts: tuple[tuple[str, ...], ...]
    texts: tuple[str, ...]
    sqlstates: tuple[str, ...] = _UNIQUE
    kind: ObjectKind = "constraint"
    nulls_equal: bool = False
    predicate: str | None = None
    anyhow: bool = False

    @property
    def is_exclusion(self) -> bool:
        """Whether rows may agree in no way that operators say, not just be equal."""
        return self.sqlstates != _UNIQUE

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the rule, each once."""
        return tuple(dict.fromkeys(name for part in self.parts for name in part))

    @property
    def said(self) -> str:
        """The rule in words."""
        condition = f" where {self.predicate}" if self.predicate else ""
        return f"({', '.join(self.texts)}){condition}"


def key_rules(bench: Bench) -> Iterator[Experiment]:
    """Yield both halves of every rule that compares two rows of the table."""
    for rule in _rules(bench):
        try:
            yield from list(_Pair(bench, rule).experiments())
        except ProofError as problem:
            claim = bench.claim(rule.name, "rejects", f"{rule.name} lets no two rows agree", kind=rule.kind)
            yield Experiment(claim=claim, impossible=problem.message)


def _rules(bench: Bench) -> Iterator[KeyRule]:
    table = bench.table
    if table.primary_key:
        columns = table.primary_key.columns
        yield KeyRule(name=table.primary_key.name, parts=tuple((each,) for each in columns), texts=columns)
    for unique in table.uniques:
        yield KeyRule(
            name=unique.name,
            parts=tuple((each,) for each in unique.columns),
            texts=unique.columns,
            nulls_equal=unique.nulls_not_distinct,
        )
    for index in table.indexes:
        if index.unique:
            texts = tuple(quote(key.column) if key.column else key.expression for key in index.keys)
            yield KeyRule(
                name=index.name,
                parts=tuple(
                    mentioned(table, quote(key.column) if key.column else key.expression) for key in index.keys
                ),
                texts=texts,
                kind="index",
                nulls_equal=index.nulls_not_distinct,
                predicate=index.predicate,
            )
    yield from (_exclusion(table, each) for each in table.exclusions)


def _exclusion(table: Table, exclusion: Exclusion) -> KeyRule:
    return KeyRule(
        name=exclusion.name,
        parts=tuple(mentioned(table, element.expression) for element in exclusion.elements),
        texts=tuple(f"{element.expression} WITH {element.operator}" for element in exclusion.elements),
        sqlstates=_EXCLUSION,
        predicate=exclusion.predicate,
    )


def exclusion_kept(bench: Bench, exclusion: Exclusion, sqlstates: tuple[str, ...]) -> Experiment:
    """Return the experiment that rows which an exclusion of the bench's table forbids are refused, by whatever it is.

    The table that stands in the database need not have the exclusion. Raises ProofError when no rows can be made.
    """
    rule = replace(_exclusion(bench.table, exclusion), sqlstates=sqlstates, anyhow=True)
    return next(_Pair(bench, rule).experiments())


class _Pair:
    """Two fresh rows, made to agree or to differ in what the rule compares."""

    def __init__(self, bench: Bench, rule: KeyRule) -> None:
        self._bench = bench
        self._rule = rule
        self._names = () if rule.anyhow else bench.names(rule.name)
        self._first, self._second = self._present(bench.filled(rule.columns), bench.filled(rule.columns, 1))
        self._needs = needs(self._first, self._second)

    def experiments(self) -> Iterator[Experiment]:
        """Yield both halves."""
        rule, bench = self._rule, self._bench
        is_primary = bench.table.primary_key is not None and rule.name == bench.table.primary_key.name
        word = "exclusion" if rule.is_exclusion else "primary key" if is_primary else "unique"
        said = f"{word} {rule.said}"
        remedy = f"Declare {rule.name} over {rule.said}."
        yield Experiment(
            claim=bench.claim(rule.name, "rejects", f"a second row of equal {said} is rejected", kind=rule.kind),
            questions=tuple(self._refused()),
            needs=self._needs,
            impossible=self._obstacle(),
            remedy=remedy,
        )
        yield Experiment(
            claim=bench.claim(rule.name, "accepts", f"rows of different {said} are accepted", kind=rule.kind),
            questions=tuple(self._passed()),
            premises=tuple(self._bench.accepted(each.insert()) for each in (self._first, self._second)),
            needs=self._needs,
            remedy=remedy,
        )

    def _present(self, first: Row, second: Row) -> tuple[Row, Row]:
        """Return the rows with a value in every column of the rule, and as its predicate wants, if conditions allow."""
        for component in self._components():
            meant = self._meant(component)
            if meant and len(meant) < len(component.acceptable):
                first, second = (self._as_meant(row, component, meant) for row in (first, second))
        return first, second

    def _as_meant(self, row: Row, component: Component, meant: Sequence[Trial]) -> Row:
        """Return the row as the rule means it; one that is so stays, and so stays apart from the other one."""
        options = (self._bench.factory.applied(row, component, trial) for trial in meant)
        if any(each.values == row.values for each in options):
            return row
        return self._bench.factory.applied(row, component, meant[0])

    def _meant(self, component: Component) -> list[Trial]:
        """Return the acceptable trials that the rule is about."""
        named = set(self._rule.columns)
        compared = [place for place, name in enumerate(component.columns) if name in named]
        predicates = [
            place
            for place, condition in enumerate(component.conditions)
            if condition.kind == "predicate" and condition.name == self._rule.name
        ]
        covered = [
            trial for trial in component.acceptable if all(trial.verdicts[place] is True for place in predicates)
        ]
        present = [trial for trial in covered if not any(trial.candidates[place].is_null for place in compared)]
        return present or (covered if self._rule.nulls_equal else [])

    def _obstacle(self) -> str:
        """Return why no two rows can break the rule; empty when some can."""
        absent = [name for name in self._rule.columns if self._first.values.get(name) is None]
        if absent and not self._rule.nulls_equal:
            return f"no acceptable row has a value in {', '.join(absent)}, and absent values never clash"
        if all(map(self._meant, self._components())):
            return ""
        return "no acceptable row is one that the rule is about"

    def _refused(self) -> Iterator[Question]:
        """Ask about an equal row, one that differs in letter case only, and one with equal NULLs."""
        yield self._rejected(*self._agreeing())
        spelled = {name: self._other_case(name) for name in self._rule.columns if self._ignores_case(name)}
        if spelled:
            yield self._rejected(*(each.changed(spelled) for each in self._agreeing()))
        covered = mentioned(self._bench.table, self._rule.predicate or "")
        for name in self._nullable() if self._rule.nulls_equal else ():
            if name in covered:
                continue
            yield self._rejected(*(each.changed({name: None}) for each in self._agreeing()), first={name: None})

    def _passed(self) -> Iterator[Question]:
        """Ask about rows that differ in one part, that lie outside of the predicate, or whose NULLs differ."""
        for part in self._rule.parts:
            own = {name: self._second.values.get(name) for name in part}
            if any(self._differ(name, own[name], self._first.values.get(name)) for name in part):
                yield self._accepted(*(each.changed(own) for each in self._agreeing()))
        for outside in self._outside():
            yield self._accepted(*(each.changed(outside) for each in self._agreeing()))
        for name in () if self._rule.nulls_equal or self._rule.is_exclusion else self._nullable():
            yield self._accepted(*(each.changed({name: None}) for each in self._agreeing()), first={name: None})
        for touching in self._touching():
            yield self._accepted(*(each.changed(touching) for each in self._agreeing()))

    def _agreeing(self) -> Iterator[Row]:
        """Yield second rows that agree: in the key only, in what hangs together with it, in all but other keys."""
        first, second = self._first, self._second
        key = {name: first.values.get(name) for name in self._rule.columns}
        yield second.changed(key)
        tied = [each for each in self._components() if set(each.columns) & set(key)]
        yield second.changed({name: first.values.get(name) for each in tied for name in each.columns} | key)
        others = {name for other in self._bench.keys if other.name != self._rule.name for name in other.columns}
        yield first.changed({name: second.values.get(name) for name in others - set(key)})

    def _rejected(self, *seconds: Row, first: Mapping[str, str | None] | None = None) -> Question:
        scripts = [self._script(each, first) for each in seconds]
        ways = [way for each in scripts for way in self._bench.without(self._related(), each)]
        return self._bench.rejected(*scripts, *ways, sqlstates=self._rule.sqlstates, names=self._names)

    def _accepted(self, *seconds: Row, first: Mapping[str, str | None] | None = None) -> Question:
        # With few values there may be a stored row, which others refer to, that is like the second one.
        ways = (Way(sql=self._script(each, first), control=each.insert()) for each in seconds)
        return self._bench.accepted(*ways, names=self._names)

    def _related(self) -> list[str]:
        """Return the other keys that rows which agree on this one may break too."""
        others = [each for each in self._bench.keys if each.name != self._rule.name]
        return [each.name for each in others if set(each.columns) & set(self._rule.columns)]

    def _script(self, second: Row, first: Mapping[str, str | None] | None) -> str:
        return f"{self._first.changed(first or {}).insert()};\n{second.insert()}"

    def _differ(self, name: str, one: str | None, other: str | None) -> bool:
        """Tell whether two values of a column are told apart by every key, however they are spelled."""
        if one is None or other is None:
            return one != other
        kind = value_kind(self._bench.table.column(name).type, self._bench.factory.schema)
        return identity(kind, one) != identity(kind, other)

    def _ignores_case(self, name: str) -> bool:
        """Tell whether the rule folds the column's letters, and the first row has any."""
        folds = self._bench.table.column(name).type == "citext" or any(
            re.search(rf"\blower\(\(?\"?{re.escape(name)}\"?\b", text) for text in self._rule.texts
        )
        return folds and self._other_case(name) != (self._first.values.get(name) or "")

    def _other_case(self, name: str) -> str:
        """Return the first row's text with other case in the letters that every collation of Postgres folds."""
        return (self._first.values.get(name) or "").translate(_OTHER_CASE)

    def _nullable(self) -> list[str]:
        table = self._bench.table
        return [name for name in self._rule.columns if not table.column(name).not_null]

    def _components(self) -> tuple[Component, ...]:
        return self._bench.factory.components(self._bench.table)

    def _outside(self) -> Iterator[dict[str, str | None]]:
        """Yield the values of one acceptable row that a partial rule is not about."""
        for component, trial, verdict in self._predicate_trials():
            if verdict is not True and not set(component.columns) & set(self._rule.columns):
                applied = self._bench.factory.applied(self._second, component, trial)
                yield {name: applied.values[name] for name in component.columns}
                return

    def _predicate_component(self) -> Component | None:
        for component in self._components():
            if any(each.kind == "predicate" and each.name == self._rule.name for each in component.conditions):
                return component
        return None

    def _predicate_trials(self) -> Iterator[tuple[Component, Trial, bool | None]]:
        component = self._predicate_component()
        if component is None:
            return
        place = next(place for place, each in enumerate(component.conditions) if each.name == self._rule.name)
        for trial in component.acceptable:
            yield component, trial, trial.verdicts[place]

    def _touching(self) -> Iterator[dict[str, str | None]]:
        """Yield the values of a second row whose half-open range begins where the first one's ends."""
        for part, text in zip(self._rule.parts, self._rule.texts, strict=True):
            call = _RANGE.match(without_parentheses(text.rsplit(" WITH ", 1)[0]))
            bounds = split_list(call[1]) if call else ()
            if len(part) == 2 and len(bounds) >= 2 and (len(bounds) == 2 or "'[)'" in bounds[2]):
                start, end = bounds[0].strip('"'), bounds[1].strip('"')
                if {start, end} == set(part):
                    yield from self._next(start, end)

    def _next(self, start: str, end: str) -> Iterator[dict[str, str | None]]:
        turn = self._first.values.get(end)
        kind = value_kind(self._bench.table.column(end).type, self._bench.factory.schema)
        if turn is not None and kind is not None:
            yield {start: turn, end: neighbours(kind, turn, group="next")[-1].text}
