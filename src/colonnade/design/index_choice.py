"""The fewest indexes that serve what the patterns need, and what was left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import takewhile

from colonnade.design.group_sizes import GroupSizes
from colonnade.design.index_needs import Key, Need, Purpose
from colonnade.design.names import constraint_name, free_name
from colonnade.design.pattern_conditions import parts_of
from colonnade.schema import Index, IndexKey, Table
from colonnade.sql.identifier import quote
from colonnade.sql.tokens import tokens, without_parentheses

MOST_INDEXES = 12
"""How many indexes for patterns a table gets at most; foreign keys are covered beyond that."""

FEW_MATCHES = 2
"""Matching rows up to which neither a further column nor an order saves anything."""

_RANK: dict[Purpose, int] = {
    "key": 0,
    "order": 1,
    "link": 2,
    "filter": 2,
    "range": 3,
    "few values": 4,
    "foreign key": 5,
}


@dataclass(kw_only=True)
class Choice:
    """An index to be, or one that is there already, and the needs that it serves."""

    keys: tuple[tuple[str, bool], ...]
    predicate: frozenset[str]
    sizes: GroupSizes
    needs: list[Need] = field(default_factory=list)
    first: Need | None = None
    existing: str = ""
    unique: bool = False
    widened: bool = False

    def serves(self, need: Need) -> bool:
        """Tell whether it finds what the need says, in its order.

        An index limited to some rows serves only what is limited alike; one of all rows also serves what is limited,
        unless nothing but the limit bounds it. Where a part of the equalities leaves a row or
        two, because it is unique or because so few share it, any index that leads with that part serves any order.
        """
        limits, alive = _parts(need.limits), _parts(need.alive)
        if not (limits <= self.predicate or need.equality) or not self.predicate <= limits | alive:
            return False
        fixed = {key.text for key in need.equality}
        if self.unique and {text for text, _ in self.keys} <= fixed:
            return True
        leading = [text for text, _ in takewhile(lambda key: key[0] in fixed, self.keys)]
        if need.pattern is not None and leading and self.sizes.of(leading) <= FEW_MATCHES:
            return True
        size = len(fixed)
        wanted = [] if need.order_optional else [(key.text, key.descending) for key in need.order]
        if {text for text, _ in self.keys[:size]} != fixed or len(self.keys) < size + len(wanted):
            return False
        following = self.keys[size : size + len(wanted)]
        same_columns = [text for text, _ in following] == [text for text, _ in wanted]
        flips = {down == wish for (_, down), (_, wish) in zip(following, wanted, strict=True)}
        return same_columns and len(flips) <= 1 and set(need.include) <= set(self.first.include if self.first else ())


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What was decided for one table: new indexes, what serves without one, what stays unserved."""

    table: Table
    new: tuple[Choice, ...]
    served: tuple[Choice, ...]
    unserved: tuple[Need, ...]


def choose(table: Table, needs: Iterable[Need], sizes: GroupSizes) -> Chosen:
    """Return the indexes for one table.

    Needs are taken by what they are for (one row, a default order, a filter, a range, a filter of few values),
    then by declared frequency, then in order of appearance, until there are enough indexes; then every foreign
    key is covered, and what another index does as well is dropped.
    """
    existing = list(_existing(table, sizes))
    chosen: list[Choice] = []
    unserved: list[Need] = []
    for need in sorted(needs, key=_urgency):
        server = next((each for each in (*existing, *chosen) if each.serves(need)), None)
        if server is not None:
            server.needs.append(need)
        elif need.purpose != "key" and len(_pruned(existing, chosen)) >= MOST_INDEXES:
            unserved.append(need)
        else:
            chosen.append(_new(_foreign_key_first(need, table, (*existing, *chosen)), sizes))
    chosen = _pruned(existing, chosen)
    for need in _foreign_keys(table):
        _cover(need, existing, chosen, sizes)
    served = tuple(each for each in existing if each.needs)
    return Chosen(table=table, new=tuple(chosen), served=served, unserved=tuple(unserved))


def built(choice: Choice, table: Table, *, taken: set[str]) -> Index:
    """Return the index of a choice, under a name that is free; `taken` grows by it."""
    first = choice.first
    assert first is not None  # noqa: S101 - only new choices are built
    named = [key.column for key in first.keys if not key.tie_break] or [key.column for key in first.keys]
    name = free_name(constraint_name("ix", table.name, *named), taken)
    taken.add(name)
    conditions = [] if choice.widened else [*first.limits, *first.alive]
    return Index(
        name=name,
        keys=tuple(_index_key(key) for key in first.keys),
        include=first.include,
        predicate=" AND ".join(_grouped(part) for part in conditions) or None,
    )


def definition(index: Index, table: Table) -> str:
    """Return an index as its DDL says it after ON."""
    keys = ", ".join(
        (key.expression or quote(key.column))
        + (f" {key.operator_class}" if key.operator_class else "")
        + (" DESC" if key.descending else "")
        for key in index.keys
    )
    using = "" if index.method == "btree" else f" USING {index.method}"
    include = f" INCLUDE ({', '.join(map(quote, index.include))})" if index.include else ""
    where = f" WHERE {index.predicate}" if index.predicate else ""
    return f"{table.identifier}{using} ({keys}){include}{where}"


def covers_foreign_keys(chosen: Choice, table: Table) -> tuple[str, ...]:
    """Return the names of the foreign keys whose checks the index serves."""
    return tuple(need.label for need in _foreign_keys(table) if chosen.serves(need))


def _existing(table: Table, sizes: GroupSizes) -> Iterator[Choice]:
    """Yield the indexes that the constraints bring, and those that are there."""
    if table.primary_key:
        keys = tuple((Key(column=name).text, False) for name in table.primary_key.columns)
        yield Choice(keys=keys, predicate=frozenset(), sizes=sizes, existing=table.primary_key.name, unique=True)
    for unique in table.uniques:
        keys = tuple((Key(column=name).text, False) for name in unique.columns)
        yield Choice(keys=keys, predicate=frozenset(), sizes=sizes, existing=unique.name, unique=True)
    for index in table.indexes:
        if index.method == "btree":
            keys = tuple((_spelled(key), key.descending) for key in index.keys)
            parts = _parts(_conjuncts(index.predicate)) if index.predicate else frozenset()
            yield Choice(keys=keys, predicate=parts, sizes=sizes, existing=index.name, unique=index.unique)


def _spelled(key: IndexKey) -> str:
    """Return a key as a need spells it, so that the two can be compared; other operators make it another key."""
    if key.operator_class:
        return f"{key.expression or key.column} {key.operator_class}"
    if not key.expression:
        return Key(column=key.column).text
    found = [token for token in tokens(without_parentheses(key.expression.strip())) if token.kind != "space"]
    match [token.text for token in found]:
        case ["lower", "(", _, ")"]:
            return Key(column=found[2].name, lowered=True).text
    return _plain(key.expression)


def _conjuncts(predicate: str) -> tuple[str, ...]:
    return tuple(part.text for part in parts_of(predicate, frozenset()))


def _foreign_key_first(need: Need, table: Table, others: tuple[Choice, ...]) -> Need:
    """Return the need with the columns of a foreign key that nothing covers yet in front.

    Equalities may come in any order, and so the index serves the check of the foreign key as well.
    """
    if need.limits:
        return need
    fixed = {key.text for key in need.equality}
    for reference in _foreign_keys(table):
        leading = {key.text for key in reference.equality}
        if leading < fixed and not any(each.serves(reference) or _would(each, reference) for each in others):
            first = [key for key in need.equality if key.text in leading]
            rest = [key for key in need.equality if key.text not in leading]
            return replace(need, equality=(*first, *rest))
    return need


def _would(choice: Choice, reference: Need) -> bool:
    """Tell whether the choice serves a foreign key once it holds deleted rows too."""
    first = choice.first
    if first is None or not first.alive or first.limits or not choice.predicate:
        return False
    return replace(choice, predicate=frozenset(), needs=[]).serves(reference)


def _new(need: Need, sizes: GroupSizes) -> Choice:
    keys = tuple((key.text, key.descending) for key in need.keys)
    return Choice(keys=keys, predicate=_parts((*need.limits, *need.alive)), sizes=sizes, needs=[need], first=need)


def _pruned(existing: list[Choice], chosen: list[Choice]) -> list[Choice]:
    """Return the choices without those whose needs the others serve, the shortest gone first."""
    kept = list(chosen)
    for choice in sorted(chosen, key=lambda each: len(each.keys)):
        others = [*existing, *(each for each in kept if each is not choice)]
        heirs = [next((each for each in others if each.serves(need)), None) for need in choice.needs]
        if all(heirs):
            kept = [each for each in kept if each is not choice]
            for need, heir in zip(choice.needs, heirs, strict=True):
                if heir is not None and need not in heir.needs:
                    heir.needs.append(need)
    return kept


def _cover(need: Need, existing: list[Choice], chosen: list[Choice], sizes: GroupSizes) -> None:
    """Cover a foreign key: by what is there, by letting an index hold deleted rows too, or by a new one."""
    for choice in (*existing, *chosen):
        if choice.serves(need):
            choice.needs.append(need)
            return
    for choice in chosen:
        if _would(choice, need):
            choice.predicate, choice.widened = frozenset(), True
            choice.needs.append(need)
            return
    chosen.append(_new(need, sizes))


def _foreign_keys(table: Table) -> Iterator[Need]:
    for foreign_key in table.foreign_keys:
        yield Need(
            table=table.name,
            equality=tuple(Key(column=name) for name in foreign_key.columns),
            purpose="foreign key",
            label=foreign_key.name,
        )


def _urgency(need: Need) -> tuple[int, float]:
    frequency = need.pattern.per_second if need.pattern is not None else None
    return _RANK[need.purpose], -(frequency or 0.0)


def _index_key(key: Key) -> IndexKey:
    if key.lowered:
        return IndexKey(expression=key.text, descending=key.descending)
    return IndexKey(column=key.column, descending=key.descending)


def _parts(conditions: Iterable[str]) -> frozenset[str]:
    return frozenset(_plain(text) for text in conditions)


def _plain(text: str) -> str:
    """Return an expression in one spelling: no spaces, no needless case, one pair of outer parentheses gone."""
    found = [
        token.name if token.kind == "word" else token.text
        for token in tokens(without_parentheses(text.strip()))
        if token.kind not in {"space", "comment"}
    ]
    return " ".join(found)


def _grouped(condition: str) -> str:
    """Return a condition that AND can follow."""
    return f"({condition})" if any(token.is_word("or") for token in tokens(condition)) else condition
