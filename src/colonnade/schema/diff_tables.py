"""The changes of a table that two schemas have, and of what belongs to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from colonnade.schema import changes as c
from colonnade.schema.constraints import Check, Constraint, ForeignKey
from colonnade.schema.diff_columns import column_changes
from colonnade.schema.diff_privileges import privilege_changes
from colonnade.schema.indexes import ExtendedStatistics, Index
from colonnade.schema.members import Member
from colonnade.schema.programs import Policy, Trigger
from colonnade.schema.tables import Table

_Commented = ExtendedStatistics | Policy | Trigger
Named = TypeVar("Named", bound=Member)
Renamed = TypeVar("Renamed", bound=Constraint | Index)


def table_changes(old: Table, new: Table) -> Iterator[c.Change]:
    """Yield the changes of a table but for the order of its columns."""
    yield from column_changes(old, new)
    yield from _constraint_changes(old, new)
    yield from _index_changes(old, new)
    yield from _replaced(old, new, old.statistics, new.statistics)
    yield from _replaced(old, new, old.policies, new.policies)
    yield from _replaced(old, new, old.triggers, new.triggers)
    yield from _replaced(old, new, old.partitions, new.partitions)
    if (old.row_security, old.force_row_security) != (new.row_security, new.force_row_security):
        yield c.SetRowSecurity(before=old, after=new)
    if old.storage_parameters != new.storage_parameters:
        yield c.SetStorageParameters(before=old, after=new, table=new)
    yield from privilege_changes(old, new)
    if old.comment != new.comment:
        yield c.SetComment(value=new)


def differs_beyond(old: object, new: object, *attributes: str) -> bool:
    """Tell whether two values of one dataclass differ in more than these attributes."""
    return replace(old, **{each: getattr(new, each) for each in attributes}) != new  # type: ignore[type-var]  # both are dataclasses


def _constraint_changes(old: Table, new: Table) -> Iterator[c.Change]:
    befores = {each.name: each for each in old.constraints}
    afters = {each.name: each for each in new.constraints}
    renamed = dict(_renamed(befores, afters))
    yield from (c.Rename(value=befores[name], name=to, table=old) for name, to in renamed.items())
    for name, before in befores.items():
        after = afters.get(name)
        if after is None and name not in renamed:
            yield c.Drop(value=before, table=old)
        elif after is not None and before != after:
            found = tuple(_constraint_change(old, new, replace(before, comment=after.comment), after))
            yield from found
            if before.comment != after.comment and not any(isinstance(each, c.Create) for each in found):
                yield c.SetComment(value=after, table=new)
    added = (each for name, each in afters.items() if name not in befores and name not in renamed.values())
    yield from (c.Create(value=each, table=new) for each in added)


def _constraint_change(old: Table, new: Table, before: Constraint, after: Constraint) -> Iterator[c.Change]:
    """Yield what makes one constraint into another of the same name."""
    if before == after:
        return
    match before, after:
        case Check(), Check() if replace(before, validated=True) == after:
            yield c.ValidateConstraint(table=new, constraint=after)
        case ForeignKey(), ForeignKey() if replace(before, validated=True) == after:
            yield c.ValidateConstraint(table=new, constraint=after)
        case ForeignKey(), ForeignKey() if not differs_beyond(before, after, "deferrable", "initially_deferred"):
            yield c.SetDeferrability(table=new, after=after)
        case _:
            yield c.Drop(value=before, table=old)
            yield c.Create(value=after, table=new)


def _index_changes(old: Table, new: Table) -> Iterator[c.Change]:
    befores = {each.name: each for each in old.indexes}
    afters = {each.name: each for each in new.indexes}
    renamed = dict(_renamed(befores, afters))
    yield from (c.Rename(value=befores[name], name=to, table=old) for name, to in renamed.items())
    # Those of an index of a partitioned table cannot be changed.
    settable = () if new.partition_key else ("storage_parameters",)
    for name, before in befores.items():
        after = afters.get(name)
        if after is None:
            if name not in renamed:
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
    added = (each for name, each in afters.items() if name not in befores and name not in renamed.values())
    yield from (c.Create(value=each, table=new) for each in added)


def _renamed(befores: dict[str, Renamed], afters: dict[str, Renamed]) -> Iterator[tuple[str, str]]:
    """Yield old and new name of what differs in nothing else: nothing is lost if it was meant otherwise."""
    free = {name: each for name, each in afters.items() if name not in befores}
    for name, before in befores.items():
        if name in afters:
            continue
        equal = next((to for to, after in free.items() if replace(before, name=to) == after), None)
        if equal is not None:
            del free[equal]
            yield name, equal


def _replaced(old: Table, new: Table, befores: tuple[Named, ...], afters: tuple[Named, ...]) -> Iterator[c.Change]:
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
