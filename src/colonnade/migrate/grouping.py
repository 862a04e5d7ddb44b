"""Steps that must commit together, so that nobody sees what is missing in between."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import replace

from colonnade.migrate.order import followers
from colonnade.migrate.recreation import referenced_table
from colonnade.migrate.step import Step
from colonnade.schema import ForeignKey, PrimaryKey, Table, Unique, View
from colonnade.schema import changes as c
from colonnade.schema.dependencies import Catalog
from colonnade.schema.members import object_name
from colonnade.schema.names import ObjectName


def groups(steps: Sequence[Step], *, before: Catalog, after: Catalog) -> list[list[int]]:
    """Return the places of the steps that commit together, most by themselves, in an order in which they can run.

    Whatever has to happen between the drop of something and its creation anew is in one group with both: they are the
    strongly connected components when the creation is said to come before the drop, too.
    """
    later = followers([_unhurried(step) for step in steps], before=before, after=after)
    for first, last in _spans(steps):
        later[last].add(first)
    for drop, create in _keys_that_go(steps):
        later[drop].add(create)
    members = sorted((sorted(each) for each in _components(later)), key=min)
    return [members[place] for place in _ordered(members, later)]


def _unhurried(step: Step) -> Step:
    """Return the step without the claim that what stands on its column must make way, where it need not."""
    if isinstance(step.change, c.SetNotNull):
        return replace(step, alters=frozenset(), binds=step.alters)
    return step


def _spans(steps: Sequence[Step]) -> Iterator[tuple[int, int]]:
    """Yield the places between which the database is not as anybody expects it."""
    yield from _made_anew(steps)
    yield from _without_owner(steps)
    yield from _without_default(steps)
    replaced: dict[int, int] = {}
    for place, step in enumerate(steps):
        if isinstance(step.change, c.ReplaceType):
            if id(step.change) in replaced:
                yield replaced[id(step.change)], place
                yield place, replaced[id(step.change)]
            replaced[id(step.change)] = place


def _keys_that_go(steps: Sequence[Step]) -> Iterator[tuple[int, int]]:
    """Yield where a key is dropped and where a foreign key is created that could still take it for its own."""
    for drop, step in enumerate(steps):
        match step.change:
            case c.Drop(value=PrimaryKey() | Unique(), table=Table() as table):
                for create, other in enumerate(steps):
                    match other.change:
                        case c.Create(value=ForeignKey() as key) if referenced_table(key) == object_name(table):
                            yield drop, create


def _made_anew(steps: Sequence[Step]) -> Iterator[tuple[int, int]]:
    """Yield where something is dropped, and where it is created again under its name and gets its privileges."""
    dropped: dict[ObjectName, int] = {}
    for place, step in enumerate(steps):
        match step.change:
            case c.Drop(value=value, table=table):
                dropped[object_name(value, table)] = place
            case c.Create(value=value, table=table) if object_name(value, table) in dropped:
                yield dropped[object_name(value, table)], place
            # Nobody could write to a view without its triggers, nor refresh one without its indexes while it is read.
            case c.Create(table=View() as view) if object_name(view) in dropped:
                yield dropped[object_name(view)], place
            # Until its privileges are there again, nobody could use it.
            case c.GrantPrivileges(on=on) | c.RevokePrivileges(on=on) | c.SetOwner(value=on):
                if object_name(on) in dropped:
                    yield dropped[object_name(on)], place
            case _:
                continue


def _without_owner(steps: Sequence[Step]) -> Iterator[tuple[int, int]]:
    """Yield where a column that is made anew lets a sequence go and where it owns the sequence again."""
    released: dict[tuple[ObjectName, str], int] = {}
    for place, step in enumerate(steps):
        match step.change:
            case c.ReleaseSequence(sequence=sequence):
                released[object_name(sequence), sequence.owned_by] = place
            case c.OwnSequence(sequence=sequence) if (object_name(sequence), sequence.owned_by) in released:
                yield released[object_name(sequence), sequence.owned_by], place
            case _:
                continue


def _without_default(steps: Sequence[Step]) -> Iterator[tuple[int, int]]:
    """Yield the places where a column stops having a value by itself and where it has one again."""
    taken: dict[ObjectName, int] = {}
    for place, step in enumerate(steps):
        match step.change:
            case c.SetColumnDefault(table=table, column=name, default=default):
                column, given = _column(table, name), default is not None
            case c.SetIdentity(table=table, after=after):
                column, given = _column(table, after.name), bool(after.identity)
            case _:
                continue
        if not given:
            taken[column] = place
        elif column in taken:
            yield taken.pop(column), place


def _column(table: Table, name: str) -> ObjectName:
    return ObjectName(kind="column", name=name, table=table.name, namespace=table.namespace)


def _components(later: Sequence[set[int]]) -> Iterator[set[int]]:
    """Yield the strongly connected components of a graph, by Kosaraju's algorithm."""
    earlier: list[set[int]] = [set() for _ in later]
    for place, each in enumerate(later):
        for follower in each:
            earlier[follower].add(place)
    finished: list[int] = []
    seen: set[int] = set()
    for start in range(len(later)):
        finished += _visited(later, start, seen)
    seen.clear()
    for start in reversed(finished):
        if found := _visited(earlier, start, seen):
            yield set(found)


def _visited(graph: Sequence[set[int]], start: int, seen: set[int]) -> list[int]:
    """Return what can be reached and was not seen, each after all that it leads to."""
    if start in seen:
        return []
    seen.add(start)
    path, found = [(start, iter(graph[start]))], []
    while path:
        place, following = path[-1]
        new = next((each for each in following if each not in seen), None)
        if new is None:
            path.pop()
            found.append(place)
        else:
            seen.add(new)
            path.append((new, iter(graph[new])))
    return found


def _ordered(members: Sequence[Sequence[int]], later: Sequence[set[int]]) -> Iterator[int]:
    """Yield the groups so that each comes after those that it must come after, else as they stand."""
    group_of = {place: group for group, places in enumerate(members) for place in places}
    following = [
        {group_of[each] for place in places for each in later[place]} - {group} for group, places in enumerate(members)
    ]
    waiting = [0] * len(members)
    for each in following:
        for group in each:
            waiting[group] += 1
    ready = [group for group, count in enumerate(waiting) if not count]
    while ready:
        group = heapq.heappop(ready)
        yield group
        for follower in following[group]:
            waiting[follower] -= 1
            if not waiting[follower]:
                heapq.heappush(ready, follower)
