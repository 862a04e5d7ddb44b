"""Columns that a trigger fills from others, or keeps in step: whichever of two is written, the other gets its value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from colonnade.review.plan.acts import DropColumn
from colonnade.review.plan.migration import Key, Migration
from colonnade.review.plan.questions import table_in
from colonnade.schema import Schema, Table, Trigger
from colonnade.sql.identifier import parts, qualified

_NAME = r'("(?:[^"]|"")+"|[^\W\d][\w$]*)'
_ASSIGNMENT = re.compile(rf"\bNEW\.{_NAME}\s*:?=\s*NEW\.{_NAME}", re.IGNORECASE)
_BRANCH = re.compile(r"\b(IF|CASE|LOOP|EXCEPTION)\b", re.IGNORECASE)


def sources(schema: Schema | None, key: Key) -> Mapping[str, str]:
    """Return for each column of a table that a trigger writes from another one, in every row, which one that is."""
    table = table_in(schema, key)
    if schema is None or table is None:
        return {}
    found: dict[str, str] = {}
    for trigger in table.triggers:
        for body in _bodies(schema, trigger):
            pairs = _assigned(body)
            found |= {to: of for to, of in pairs if (of, to) in pairs or not _BRANCH.search(body)}
    return found


def twins(schema: Schema | None, key: Key) -> Mapping[str, str]:
    """Return for each column of a table that has a twin which one that is."""
    table = table_in(schema, key)
    if schema is None or table is None:
        return {}
    return {column: twin for trigger in table.triggers for column, twin in twins_of_trigger(schema, trigger).items()}


def twins_of_trigger(schema: Schema, trigger: Trigger) -> Mapping[str, str]:
    """Return what a trigger keeps in step for every row that is written: it assigns each of two to the other."""
    found = {pair for body in _bodies(schema, trigger) for pair in _assigned(body)}
    return {one: other for one, other in found if (other, one) in found}


def _bodies(schema: Schema, trigger: Trigger) -> Iterator[str]:
    """Yield what a trigger does with every row before it is written; nothing for one that does not see every row."""
    every_row = (trigger.timing, trigger.level, trigger.condition) == ("BEFORE", "ROW", None)
    if every_row and {"INSERT", "UPDATE"} <= set(trigger.events) and not trigger.update_columns:
        yield from (each.body for each in schema.functions if qualified(each.namespace, each.name) == trigger.function)


def _assigned(body: str) -> frozenset[tuple[str, str]]:
    """Return which columns get the values of which others."""
    return frozenset((parts(to)[0], parts(of)[0]) for to, of in (each.groups() for each in _ASSIGNMENT.finditer(body)))


def leaves_its_twin(migration: Migration, drop: DropColumn) -> bool:
    """Tell whether a column is dropped whose twin stays with all that it held."""
    key = migration.key(drop.table)
    twin = twins(migration.before, key).get(drop.column)
    return twin is not None and (key, twin) not in _dropped(migration)


def has_no_twins_left(migration: Migration, table: Table, trigger: Trigger) -> bool:
    """Tell whether a trigger has nothing to do any more, because of all that it keeps in step one column is dropped."""
    kept = twins_of_trigger(migration.before, trigger) if migration.before is not None else {}
    gone = _dropped(migration)
    key = (table.namespace, table.name)
    return bool(kept) and all(any((key, each) in gone for each in pair) for pair in kept.items())


def _dropped(migration: Migration) -> frozenset[tuple[Key, str]]:
    return frozenset((migration.key(act.table), act.column) for _, act in migration.each(DropColumn))
