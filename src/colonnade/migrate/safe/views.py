"""Materialised views that are filled and indexed while the one in whose place they come is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from colonnade.migrate.conditions import either, exists
from colonnade.migrate.done import done
from colonnade.migrate.objects import creation, dropping, renaming
from colonnade.migrate.sentences import called
from colonnade.migrate.stage import Stage, stage
from colonnade.migrate.step import Step
from colonnade.schema import View
from colonnade.schema import changes as c
from colonnade.schema.members import object_name
from colonnade.schema.names import ObjectName
from colonnade.sql.identifier import fit, quote


def replace_view(steps: Sequence[Step], digests: Mapping[ObjectName, str]) -> Iterator[Stage]:
    """Yield the stages that put a materialised view in the place of a view; none where the steps do more than that.

    `digests` are those of the definitions by which it is told whether the new one has its name already.
    """
    changes = [step.change for step in steps]
    match [each for each in changes if isinstance(each, c.Create | c.Drop) and isinstance(each.value, View)]:
        case [c.Drop(value=View() as old), c.Create(value=View(materialized=True) as view)]:
            if all(_is_of(change, view) for change in changes):
                yield from _exchange(old, view, steps, done(steps, digests))
        case _:
            return


def _is_of(change: c.Change, view: View) -> bool:
    """Tell whether a change makes the view, an index of it, or what only names it."""
    match change:
        case c.Drop(value=View() as value) | c.Create(value=View() as value) | c.Create(table=View() as value):
            return object_name(value) == object_name(view)
        case c.GrantPrivileges(on=on) | c.RevokePrivileges(on=on) | c.SetOwner(value=on):
            return object_name(on) == object_name(view)
        case _:
            return False


def _exchange(old: View, view: View, steps: Sequence[Step], swapped: str) -> Iterator[Stage]:
    indexes = tuple(replace(each, name=fit(f"{each.name}_new")) for each in view.indexes)
    new = replace(view, name=fit(f"{view.name}_new"), indexes=indexes)
    made = (*creation(new, None), *(text for each in indexes for text in creation(each, new)))
    lines = [f"+ {called(new, None)}", *(f"+ {called(each, new)}" for each in indexes)]
    yield stage("\n".join(lines), *made, done=either(swapped, exists(new)))
    renames = [c.Rename(value=new, name=view.name)]
    renames += [
        c.Rename(value=each, name=last.name, table=view) for each, last in zip(indexes, view.indexes, strict=True)
    ]
    named = (text for step in steps if not isinstance(step.change, c.Create | c.Drop) for text in step.sql)
    yield stage(
        f"~ {called(new, None)}: in the place of {quote(view.name)}",
        dropping(old, None),
        *map(renaming, renames),
        *named,
        done=swapped,
    )
