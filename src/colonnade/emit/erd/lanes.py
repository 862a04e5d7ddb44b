"""The order of the upright lines between two columns: few crossings, and no line upon another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_SAME = 5.0  # pixels between two level lines below which they are taken for one
_OVERLAP = 50  # crossings that two lines upon each other are worth
_PASSES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One step of an edge: at which heights it comes from the left and goes to the right of its upright line."""

    edge: tuple[int, int]
    lefts: tuple[float, ...]
    rights: tuple[float, ...]

    @property
    def span(self) -> tuple[float, float]:
        """From where to where the upright line goes."""
        heights = (*self.lefts, *self.rights)
        return min(heights), max(heights)


def in_lanes(turns: Sequence[Turn]) -> list[Turn]:
    """Return the turns from the left lane to the right one.

    Each in turn moves to where it costs least, until nothing does, as in channel routing (Hashimoto and Stevens 1971):
    a line that arrives where another one leaves has to turn to the right of it.
    """
    spans = [turn.span for turn in turns]
    cost = [
        [_cost(left, right, span, other) for right, other in zip(turns, spans, strict=True)]
        for left, span in zip(turns, spans, strict=True)
    ]
    order = list(range(len(turns)))
    for _ in range(_PASSES):
        moved = [_move(order, each, cost) for each in range(len(turns))]
        if not any(moved):
            break
    return [turns[each] for each in order]


def _move(order: list[int], turn: int, cost: Sequence[Sequence[int]]) -> bool:
    """Move one turn to its cheapest lane; return whether it had a dearer one."""
    start = order.index(turn)
    best, saved = start, 0
    for direction, stop in ((1, len(order)), (-1, -1)):
        gain = 0
        for place in range(start + direction, stop, direction):
            other = order[place]
            before, after = (turn, other), (other, turn)
            if direction < 0:
                before, after = after, before
            gain += cost[before[0]][before[1]] - cost[after[0]][after[1]]
            if gain > saved:
                best, saved = place, gain
    if best != start:
        order.insert(best, order.pop(start))
    return best != start


def _cost(left: Turn, right: Turn, left_span: tuple[float, float], right_span: tuple[float, float]) -> int:
    """Return what it costs to have one upright line to the left of another."""
    (top, bottom), (other_top, other_bottom) = left_span, right_span
    if top > other_bottom + _SAME or other_top > bottom + _SAME:
        return 0
    crossed = sum(top + _SAME < height < bottom - _SAME for height in right.lefts)
    crossed += sum(other_top + _SAME < height < other_bottom - _SAME for height in left.rights)
    upon = sum(abs(one - other) < _SAME for one in left.rights for other in right.lefts)
    return crossed + _OVERLAP * upon
