"""What is reached from where over directed edges."""

from __future__ import annotations


class Reachability:
    """A growing set of edges between names."""

    def __init__(self) -> None:
        self._edges: dict[str, set[str]] = {}

    def add(self, start: str, end: str) -> None:
        """Add an edge."""
        self._edges.setdefault(start, set()).add(end)

    def reaches(self, start: str, end: str) -> bool:
        """Tell whether a way of one or more edges leads from one to the other."""
        seen: set[str] = set()
        waiting = list(self._edges.get(start, ()))
        while waiting:
            name = waiting.pop()
            if name == end:
                return True
            if name not in seen:
                seen.add(name)
                waiting += self._edges.get(name, ())
        return False
