"""Profiles without what the server does not take: the types of a schema that somebody else made are many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from colonnade.postgres import Session
from colonnade.postgres.scale import Documents, Elements, NumberRange, ParentKeys, TableProfile, Text, Values, Weighted
from colonnade.prove.profiles import Growth
from colonnade.schema import Schema

_INVALID = """
    SELECT DISTINCT place::int8, value FROM unnest(%s::int[], %s::text[], %s::text[]) AS given (place, type, value)
    WHERE NOT pg_input_is_valid(value, type)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claimed:
    """The literal values that a profile gives a column."""

    table: tuple[str, str]
    column: str
    type: str
    values: tuple[str, ...]


def plausible(session: Session, schema: Schema, found: tuple[Growth, ...]) -> tuple[Growth, ...]:
    """Return the profiles without the values that are none of their column's type.

    A column for which no value is left has no profile, and none has one that refers to it: the planner then knows
    nothing of it, as of a table that was never analysed. Needs Postgres 16.
    """
    claimed = tuple(_claimed(schema, found))
    asked = [(place, each.type, value) for place, each in enumerate(claimed) for value in each.values]
    if not asked:
        return found
    wrong: dict[tuple[tuple[str, str], str], set[str]] = {}
    for place, value in session.execute(_INVALID, [list(part) for part in zip(*asked, strict=True)]):
        wrong.setdefault((claimed[place].table, claimed[place].column), set()).add(value)
    profiles = [_valid(each.profile, wrong) for each in found]
    while (kept := _with_parents(profiles)) != profiles:
        profiles = kept
    return tuple(replace(each, profile=profile) for each, profile in zip(found, profiles, strict=True))


def _claimed(schema: Schema, found: tuple[Growth, ...]) -> Iterator[_Claimed]:
    for growth in found:
        profile = growth.profile
        table = schema.table(profile.name, namespace=profile.namespace)
        for column in profile.columns:
            values = column.values
            type_ = table.column(column.name).type
            if isinstance(values, Elements):
                type_ = type_.removesuffix("[]")
            yield _Claimed(
                table=(profile.namespace, profile.name), column=column.name, type=type_, values=tuple(_texts(values))
            )


def _texts(values: Values) -> Iterator[str]:
    """Yield the values that a profile spells out."""
    match values:
        case Weighted():
            yield from (value for value, _ in values.weights)
        case Elements():
            yield from (value for value, _ in values.frequencies)
        case Text() | Documents():
            yield from values.samples
        case NumberRange():
            yield from (f"{number:.{values.digits}f}" for number in (values.low, values.high))
        case _:
            return


def _valid(profile: TableProfile, wrong: dict[tuple[tuple[str, str], str], set[str]]) -> TableProfile:
    columns = []
    for column in profile.columns:
        left = _without(column.values, wrong.get(((profile.namespace, profile.name), column.name), set()))
        if left is not None:
            columns.append(replace(column, values=left))
    return replace(profile, columns=tuple(columns))


def _without(values: Values, wrong: set[str]) -> Values | None:
    """Return the values without the wrong ones; None when nothing is left."""
    if not wrong:
        return values
    match values:
        case Weighted():
            weights = tuple(each for each in values.weights if each[0] not in wrong)
            return replace(values, weights=weights) if weights else None
        case Elements():
            frequencies = tuple(each for each in values.frequencies if each[0] not in wrong)
            return replace(values, frequencies=frequencies) if frequencies else None
        case Text() | Documents():
            samples = tuple(each for each in values.samples if each not in wrong)
            return replace(values, samples=samples) if samples else None
        case _:
            return None


def _with_parents(profiles: list[TableProfile]) -> list[TableProfile]:
    """Return the profiles without columns that refer to one of which nothing is known."""
    known = {(each.namespace, each.name, column.name) for each in profiles for column in each.columns}
    return [
        replace(
            profile,
            columns=tuple(
                column
                for column in profile.columns
                if not isinstance(column.values, ParentKeys)
                or (column.values.namespace, column.values.table, column.values.column) in known
            ),
        )
        for profile in profiles
    ]
