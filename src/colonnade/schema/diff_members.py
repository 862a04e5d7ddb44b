"""The changes of what belongs to a table or a view that two schemas have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from colonnade.schema import changes as c
from colonnade.schema.constraints import Constraint
from colonnade.schema.indexes import ExtendedStatistics, Index
from colonnade.schema.members import Member, Relation
from colonnade.schema.programs import Policy, Trigger
from colonnade.schema.tables import Table

_Commented = ExtendedStatistics | Policy | Trigger
Named = TypeVar("Named", bound=Member)
Renamed = TypeVar("Renamed", bound=Constraint | Index)


def differs_beyond(old: object, new: object, *attributes: str) -> bool:
    """Tell whether two values of one dataclass differ in more than these attributes."""
    return replace(old, **{each: getattr(new, each) for each in attributes}) != new  # type: ignore[type-var]  # both are dataclasses


def index_changes(old: Relation, new: Relation) -> Iterator[c.Change]:
    """Yield what renames, changes, drops and creates indexes."""
    befores = {each.name: each for each in old.indexes}
    afters = {each.name: each for each in new.indexes}
    moved = dict(renamed(befores, afters))
    yield from (c.Rename(value=befores[name], name=to, table=old) for name, to in moved.items())
    # Those of an index of a partitioned table cannot be changed.
    partitioned = isinstance(new, Table) and new.partition_key
    settable = () if partitioned else ("storage_parameters",)
    for name, before in befores.items():
        after = afters.get(name)
        if after is None:
            if name not in moved:
                yield c.Drop(value=before, table=old)
            continue
        if differs_beyond(before, after, "comment", *settable):
            yield c.Drop(value=before, table=old)
            yield c.Create(value=after, table=new)
            continue
        if before.storage_parameters != after.storage_parameters:
            yield c.SetStorageParameters(before=before, after=after, table=new)
        if before.comment != after.comment:
            yield c.SetComment(value=after, table=new)
    added = (each for name, each in afters.items() if name not in befores and name not in moved.values())
    yield from (c.Create(value=each, table=new) for each in added)


def renamed(befores: dict[str, Renamed], afters: dict[str, Renamed]) -> Iterator[tuple[str, str]]:
    """Yield old and new name of what differs in nothing else: nothing is lost if it was meant otherwise."""
    free = {name: each for name, each in afters.items() if name not in befores}
    for name, before in befores.items():
        if name in afters:
            continue
        equal = next((to for to, after in free.items() if replace(before, name=to) == after), None)
        if equal is not None:
            del free[equal]
            yield name, equal


def replaced(old: Relation, new: Relation, befores: tuple[Named, ...], afters: tuple[Named, ...]) -> Iterator[c.Change]:
    """Yield what drops and creates whatever differs in more than its comment."""
    olds, news = ({each.name: each for each in values} for values in (befores, afters))
    for name, before in olds.items():
        after = news.get(name)
        if after == before:
            continue
        if isinstance(after, _Commented) and not differs_beyond(before, after, "comment"):
            yield c.SetComment(value=after, table=new)
            continue
        yield c.Drop(value=before, table=old)
        if after is not None:
            yield c.Create(value=after, table=new)
    yield from (c.Create(value=each, table=new) for name, each in news.items() if name not in olds)
