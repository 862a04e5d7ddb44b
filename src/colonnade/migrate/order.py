"""An order of steps in which each finds what it needs, and nothing is dropped that something still needs."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator, Sequence

from colonnade.errors import UnsupportedError
from colonnade.migrate.step import Slot, Step
from colonnade.schema import ForeignKey, Index, PrimaryKey, Table, Unique
from colonnade.schema.changes import Change, Create, Drop, GrantPrivileges, NameRole, SetComment, SetOwner, StandIn
from colonnade.schema.dependencies import Catalog
from colonnade.schema.names import ObjectName

_SHOWN = 6
_Key = tuple[str, str, frozenset[str]]


def ordered(steps: Sequence[Step], *, before: Catalog, after: Catalog) -> tuple[Step, ...]:
    """Return the steps in an order in which they can run; steps that do not concern each other stay as they come.

    Raises UnsupportedError where there is no such order.
    """
    later = followers(steps, before=before, after=after)
    waiting = [0] * len(steps)
    for each in later:
        for follower in each:
            waiting[follower] += 1
    ready = [(_rank(steps[place]), place) for place, count in enumerate(waiting) if not count]
    heapq.heapify(ready)
    found: list[int] = []
    while ready:
        _, place = heapq.heappop(ready)
        found.append(place)
        for follower in later[place]:
            waiting[follower] -= 1
            if not waiting[follower]:
                heapq.heappush(ready, (_rank(steps[follower]), follower))
    if len(found) < len(steps):
        raise _circle(steps, later, {place for place, count in enumerate(waiting) if count})
    return tuple(steps[place] for place in found)


def followers(steps: Sequence[Step], *, before: Catalog, after: Catalog) -> list[set[int]]:
    """Return for each step the places of those that must come after it."""
    return _Graph(steps, before, after).later


class _Graph:
    """Which steps come after which."""

    def __init__(self, steps: Sequence[Step], before: Catalog, after: Catalog) -> None:
        self.later: list[set[int]] = [set() for _ in steps]
        self._before, self._after = before.dependencies, after.dependencies
        self._creators: dict[ObjectName, list[int]] = defaultdict(list)
        self._alterers: dict[ObjectName, list[int]] = defaultdict(list)
        self._touchers: dict[ObjectName, list[int]] = defaultdict(list)
        self._looseners: dict[ObjectName, list[int]] = defaultdict(list)
        self._droppers: dict[ObjectName, list[int]] = defaultdict(list)
        self._releasers: dict[ObjectName, list[int]] = defaultdict(list)
        self._freers: dict[Slot, list[int]] = defaultdict(list)
        self._key_droppers: dict[_Key, list[int]] = defaultdict(list)
        for place, step in enumerate(steps):
            for names, index in (
                (step.creates, self._creators),
                (step.alters | step.loosens, self._alterers),
                (step.loosens, self._looseners),
                (step.touches, self._touchers),
                (step.drops, self._droppers),
                (step.releases, self._releasers),
            ):
                for name in names:
                    index[name].append(place)
            for slot in step.frees:
                self._freers[slot].append(place)
            for key in _dropped_keys(step.change):
                self._key_droppers[key].append(place)
        for place, step in enumerate(steps):
            for earlier in self._earlier(place, step):
                if earlier != place:
                    self.later[earlier].add(place)

    def _earlier(self, place: int, step: Step) -> Iterator[int]:
        """Yield the steps that must come before this one."""
        yield from self._before_it_goes(step)
        yield from self._before_it_changes(place, step)
        for name in (*step.creates, *step.alters, *step.touches, *step.binds):
            for home in _homes(name):
                yield from self._creators[home]
        for name in (*step.creates, *step.alters, *step.binds):
            for needed in self._after.needs.get(name, frozenset()) - step.creates - step.alters:
                yield from self._creators[needed]
                yield from self._alterers[needed]
        for name in step.needs:
            yield from self._creators[name]
        for slot in step.takes:
            yield from self._freers[slot]
        # A foreign key holds on to whichever key of those columns it finds.
        for key in _referenced_keys(step.change):
            yield from self._key_droppers[key]

    def _before_it_goes(self, step: Step) -> Iterator[int]:
        """Yield the steps after which nothing needs what this one drops."""
        for name in step.drops:
            yield from self._releasers[name]
            yield from self._old_alterers(name)
            for dependent in self._before.needed_by.get(name, ()):
                yield from self._droppers[dependent]
                yield from self._old_alterers(dependent)

    def _before_it_changes(self, place: int, step: Step) -> Iterator[int]:
        """Yield the steps after which what this one changes is there, and nothing that it would disturb."""
        for name in step.alters | step.loosens:
            yield from (other for other in self._alterers[name] if other < place)
            yield from self._creators[name]
        for name in step.touches | step.binds:
            yield from self._alterers[name]
            yield from self._creators[name]
        for name in step.touches:
            yield from (other for other in self._touchers[name] if other < place)
        for name in step.binds:
            yield from self._touchers[name]
        for name in step.alters:
            for dependent in self._before.needed_by.get(name, ()):
                yield from self._droppers[dependent]
                yield from self._looseners[dependent]
        for name in step.loosens:  # a column of a primary key stays NOT NULL until that is gone
            constraints = (each for each in self._before.needed_by.get(name, ()) if each.kind == "constraint")
            for constraint in constraints:
                yield from self._droppers[constraint]
        for name in step.displaces:
            functions = (each for each in self._before.needed_by.get(name, ()) if each.kind == "function")
            for function in functions:
                yield from self._droppers[function]

    def _old_alterers(self, name: ObjectName) -> list[int]:
        """Return the steps that alter what is there before; those of an object made anew alter the new one."""
        return [] if self._creators[name] else [*self._alterers[name], *self._touchers[name]]


def _dropped_keys(change: Change) -> Iterator[_Key]:
    """Yield which columns of a table are unique by one rule less."""
    match change:
        case Drop(value=(PrimaryKey() | Unique()) as key, table=Table() as table):
            yield table.namespace, table.name, frozenset(key.columns)
        case Drop(value=Index(unique=True) as index, table=Table() as table):
            yield table.namespace, table.name, frozenset(index.columns)


def _referenced_keys(change: Change) -> Iterator[_Key]:
    """Yield which columns of a table are referenced by one foreign key more."""
    match change:
        case Create(value=ForeignKey() as key):
            yield key.referenced_namespace, key.referenced_table, frozenset(key.referenced_columns)


def _homes(name: ObjectName) -> Iterator[ObjectName]:
    """Yield where an object stands: its table or view, and its namespace."""
    if name.table:
        yield ObjectName(kind="table", name=name.table, namespace=name.namespace)
        yield ObjectName(kind="view", name=name.table, namespace=name.namespace)
    if name.kind not in ("schema", "extension"):
        yield ObjectName(kind="schema", name=name.namespace)


def _rank(step: Step) -> int:
    """Return by what steps are sorted that could come in any order.

    First roles, which anything may name, then what makes way, last what loses content.
    """
    match step.change:
        case NameRole():
            return -1
        case Drop():
            return 4 if step.loses else 0
        case Create() | StandIn():
            return 1
        case GrantPrivileges() | SetComment() | SetOwner():
            return 3
        case _:
            return 2


def _circle(steps: Sequence[Step], later: Sequence[set[int]], waiting: set[int]) -> UnsupportedError:
    """Return the error that names the steps of a circle among those that wait."""
    earlier: dict[int, int] = {}
    for place in sorted(waiting):
        for follower in later[place] & waiting:
            earlier.setdefault(follower, place)
    path: list[int] = []
    place = min(waiting)
    while place not in path:
        path.append(place)
        place = earlier[place]
    circle = [steps[each].sql[0].splitlines()[0] for each in path[path.index(place) :]]
    shown = circle if len(circle) <= _SHOWN else [*circle[:_SHOWN], "…"]
    return UnsupportedError(
        "the changes need each other in a circle",
        detail=" needs ".join(f"«{each}»" for each in shown),
        hint="Make the change in two steps, each a schema of its own.",
    )
