"""The statements for changes of sequences, those of identity columns among them."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.schema import Sequence, SequenceOptions
from colonnade.sql.identifier import qualified


def sequence_statement(before: Sequence, after: Sequence) -> str:
    """Return what makes a sequence of another type, or lets it give other values."""
    retyped = before.data_type != after.data_type
    kind = [f"AS {after.data_type}"] if retyped else []
    parts = [*kind, *changed_options(before, after, after.data_type, restated=retyped)]
    return f"ALTER SEQUENCE {qualified(before.namespace, before.name)} {' '.join(parts)}"


def changed_options(
    before: SequenceOptions, after: SequenceOptions, data_type: str, *, restated: bool = False
) -> Iterator[str]:
    """Yield the options of ALTER SEQUENCE that make one sequence give what the other does.

    With `restated` the limits are said though they are the same. A sequence that turns round starts again.
    """
    turned = (before.increment > 0) != (after.increment > 0)
    if before.increment != after.increment:
        yield f"INCREMENT BY {after.increment}"
    if restated or turned or (before.minimum, before.maximum) != (after.minimum, after.maximum):
        # NO MAXVALUE would leave a sequence that counts down from now on, or no longer does, with limits of its own.
        low, high = after.limits(data_type)
        yield f"MINVALUE {low}"
        yield f"MAXVALUE {high}"
    if before.start != after.start:
        yield f"START WITH {after.start}"
    if turned:
        yield "RESTART"
    if before.cache != after.cache:
        yield f"CACHE {after.cache}"
    if before.cycle != after.cycle:
        yield "CYCLE" if after.cycle else "NO CYCLE"
