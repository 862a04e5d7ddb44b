"""The changes of a table that two schemas have, and of what belongs to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from colonnade.schema import changes as c
from colonnade.schema.constraints import Check, Constraint, ForeignKey
from colonnade.schema.diff_columns import column_changes
from colonnade.schema.diff_members import differs_beyond, index_changes, renamed, replaced
from colonnade.schema.diff_privileges import privilege_changes
from colonnade.schema.tables import Table


def table_changes(old: Table, new: Table) -> Iterator[c.Change]:
    """Yield the changes of a table but for the order of its columns."""
    yield from column_changes(old, new)
    yield from _constraint_changes(old, new)
    yield from index_changes(old, new)
    yield from replaced(old, new, old.statistics, new.statistics)
    yield from replaced(old, new, old.policies, new.policies)
    yield from replaced(old, new, old.triggers, new.triggers)
    yield from replaced(old, new, old.partitions, new.partitions)
    if (old.row_security, old.force_row_security) != (new.row_security, new.force_row_security):
        yield c.SetRowSecurity(before=old, after=new)
    if old.storage_parameters != new.storage_parameters:
        yield c.SetStorageParameters(before=old, after=new, table=new)
    yield from privilege_changes(old, new)
    if old.comment != new.comment:
        yield c.SetComment(value=new)


def _constraint_changes(old: Table, new: Table) -> Iterator[c.Change]:
    befores = {each.name: each for each in old.constraints}
    afters = {each.name: each for each in new.constraints}
    moved = dict(renamed(befores, afters))
    yield from (c.Rename(value=befores[name], name=to, table=old) for name, to in moved.items())
    for name, before in befores.items():
        after = afters.get(name)
        if after is None and name not in moved:
            yield c.Drop(value=before, table=old)
        elif after is not None and before != after:
            found = tuple(_constraint_change(old, new, replace(before, comment=after.comment), after))
            yield from found
            if before.comment != after.comment and not any(isinstance(each, c.Create) for each in found):
                yield c.SetComment(value=after, table=new)
    added = (each for name, each in afters.items() if name not in befores and name not in moved.values())
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
