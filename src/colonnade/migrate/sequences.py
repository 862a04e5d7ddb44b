"""The statements for changes of sequences, those of identity columns among them."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.emit.ddl.objects import dollar_tag
from colonnade.emit.ddl.sequences import identity_sequence
from colonnade.schema import Column, Sequence, SequenceOptions, Table
from colonnade.sql.identifier import qualified, quote
from colonnade.sql.literal import literal


def sequence_statements(before: Sequence, after: Sequence) -> Iterator[str]:
    """Yield what makes a sequence of another type, or lets it give other values."""
    name = qualified(before.namespace, before.name)
    types = before.data_type, after.data_type
    kind = [f"AS {after.data_type}"] if before.data_type != after.data_type else []
    yield from _moved_within(literal(name), before, after, types)
    yield f"ALTER SEQUENCE {name} {' '.join([*kind, *changed_options(before, after, types)])}"


def identity_statements(table: Table, before: Column, after: Column) -> Iterator[str]:
    """Yield what lets the sequence of an identity column give other values."""
    name = identity_sequence(table.identifier, after.name)
    old, new, types = before.identity_options, after.identity_options, (after.type, after.type)
    yield from _moved_within(name, old, new, types)
    settings = (each if each == "RESTART" else f"SET {each}" for each in changed_options(old, new, types))
    yield f"ALTER TABLE {table.identifier} ALTER COLUMN {quote(after.name)} {' '.join(settings)}"


def changed_options(before: SequenceOptions, after: SequenceOptions, types: tuple[str, str]) -> Iterator[str]:
    """Yield the options of ALTER SEQUENCE that make one sequence give what the other does; `types` are the old and new.

    A sequence that turns round starts again, as does one that had none of the values that it may give from now on.
    """
    retyped, turned = types[0] != types[1], _turns(before, after)
    if before.increment != after.increment:
        yield f"INCREMENT BY {after.increment}"
    if retyped or turned or (before.minimum, before.maximum) != (after.minimum, after.maximum):
        # NO MAXVALUE would leave a sequence that counts down from now on, or no longer does, with limits of its own.
        low, high = after.limits(types[1])
        yield f"MINVALUE {low}"
        yield f"MAXVALUE {high}"
    if before.start != after.start:
        yield f"START WITH {after.start}"
    if _starts_again(before, after, types):
        yield "RESTART"
    if before.cache != after.cache:
        yield f"CACHE {after.cache}"
    if before.cycle != after.cycle:
        yield "CYCLE" if after.cycle else "NO CYCLE"


def _starts_again(before: SequenceOptions, after: SequenceOptions, types: tuple[str, str]) -> bool:
    low, high = _common(before, after, types)
    return _turns(before, after) or low > high


def _turns(before: SequenceOptions, after: SequenceOptions) -> bool:
    return (before.increment > 0) != (after.increment > 0)


def _common(before: SequenceOptions, after: SequenceOptions, types: tuple[str, str]) -> tuple[int, int]:
    """Return the least and the largest value that both may give."""
    (low, high), (new_low, new_high) = before.limits(types[0]), after.limits(types[1])
    return max(low, new_low), min(high, new_high)


def _moved_within(name: str, before: SequenceOptions, after: SequenceOptions, types: tuple[str, str]) -> Iterator[str]:
    """Yield what takes a sequence that stands outside of its new limits to the nearer one: Postgres refuses them else.

    `name` is SQL for its name.
    """
    low, high = _common(before, after, types)
    if _starts_again(before, after, types) or (low, high) == before.limits(types[0]):
        return
    body = f"""
DECLARE
    counter regclass := {name};
    reached bigint;
BEGIN
    EXECUTE 'SELECT last_value FROM ' || counter::text INTO reached;
    IF reached NOT BETWEEN {low} AND {high} THEN
        PERFORM setval(counter, least(greatest(reached, {low}), {high}), false);
    END IF;
END
"""  # noqa: S608 - quoted names
    tag = dollar_tag(body)
    yield f"DO {tag}{body}{tag}"
