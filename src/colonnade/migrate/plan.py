"""The steps that make one catalog into another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from colonnade.errors import UnsupportedError
from colonnade.migrate.casts import Casts
from colonnade.migrate.order import ordered
from colonnade.migrate.recreation import with_recreation
from colonnade.migrate.sentences import sentence
from colonnade.migrate.step import Step
from colonnade.migrate.writing import steps
from colonnade.schema.changes import Change, Drop, Unsaid
from colonnade.schema.collecting import paused_collector
from colonnade.schema.dependencies import Catalog
from colonnade.schema.members import Relation
from colonnade.schema.names import ObjectName

_SHOWN = 5


def plan(changes: Iterable[Change], *, before: Catalog, after: Catalog, casts: Casts) -> tuple[Step, ...]:
    """Return the steps for the changes between two catalogs, each after what it needs.

    `casts` says in which context the server casts one type to another. Raises UnsupportedError for changes that
    need each other in a circle, and for what a schema cannot say.
    """
    changes = tuple(changes)
    _refuse_unsaid(changes)
    with paused_collector():
        whole = with_recreation(changes, before=before, after=after)
        made = [step for change in whole for step in steps(change, before=before, after=after, casts=casts)]
        return ordered(tuple(_without_own_drops(made)), before=before, after=after)


def _refuse_unsaid(changes: Iterable[Change]) -> None:
    """Raise UnsupportedError for what only one of the two has and no statement of ours makes or takes away."""
    found = [each for each in changes if isinstance(each, Unsaid)]
    if not found:
        return
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    raise UnsupportedError(
        f"{len(found)} of the differences {'is' if len(found) == 1 else 'are'} beyond what a schema can say",
        detail="; ".join(sentence(each) for each in found[:_SHOWN]) + f"{more}.",
        hint="Make them alike by hand first: what both sides have is left alone.",
    )


def _without_own_drops(made: list[Step]) -> Iterator[Step]:
    """Yield the steps; a dropped table or view no longer has what another step drops before it."""
    members = frozenset[ObjectName]().union(
        *(step.drops for step in made if isinstance(step.change, Drop) and step.change.table is not None)
    )
    for step in made:
        is_whole = isinstance(step.change, Drop) and isinstance(step.change.value, Relation)
        yield replace(step, drops=step.drops - members) if is_whole else step
