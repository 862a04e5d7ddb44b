"""Things in an order in which each comes after what it needs."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


def in_order(
    roots: Iterable[T], *, name: Callable[[T], Hashable], below: Callable[[T], Iterable[T]]
) -> tuple[tuple[T, ...], ...]:
    """Return the roots and all that is below them, each once and after what is below it.

    What needs each other in a circle comes as one group. Source: Tarjan, Depth-first search and linear
    graph algorithms, SIAM J. Comput. 1 (1972).
    """
    walk = _Walk(name, below)
    for root in roots:
        walk.visit(root)
    return tuple(walk.groups)


class _Walk(Generic[T]):
    """Tarjan's strongly connected components."""

    def __init__(self, name: Callable[[T], Hashable], below: Callable[[T], Iterable[T]]) -> None:
        self._name = name
        self._below = below
        self._number: dict[Hashable, int] = {}
        self._stack: list[tuple[Hashable, T]] = []
        self._open: set[Hashable] = set()
        self.groups: list[tuple[T, ...]] = []

    def visit(self, thing: T) -> int:
        """Visit a thing and return the least number that it reaches among those still open."""
        name = self._name(thing)
        if name in self._number:
            return self._number[name]
        lowest = number = self._number[name] = len(self._number)
        self._stack.append((name, thing))
        self._open.add(name)
        for each in self._below(thing):
            reached = self.visit(each)
            if self._name(each) in self._open:
                lowest = min(lowest, reached)
        if lowest == number:
            self._close(name)
        return lowest

    def _close(self, name: Hashable) -> None:
        """Take the group that was opened with this name off the stack."""
        place = next(place for place, (each, _) in enumerate(self._stack) if each == name)
        group = self._stack[place:]
        del self._stack[place:]
        self._open -= {each for each, _ in group}
        self.groups.append(tuple(thing for _, thing in group))
