"""The growth of a pattern's cost as a small drawing: cost against rows, both on logarithmic axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from colonnade.prove.claim import PlannedStatement
from colonnade.prove.pattern_texts import volume_text

WIDTH = 380
HEIGHT = 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 10, 12, 26
_LEAST_DECADES = 2
_MOST_TICKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A mark on an axis, in pixels, with its text."""

    place: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Lines as SVG point lists: the dearest statement, and the others behind it."""

    dearest: str
    others: tuple[str, ...]
    declared: float
    rows: tuple[Tick, ...]
    costs: tuple[Tick, ...]
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    top: int = _TOP
    bottom: int = HEIGHT - _BOTTOM
    width: int = WIDTH
    height: int = HEIGHT


def chart(statements: Sequence[PlannedStatement], dearest: PlannedStatement, *, declared: int) -> Chart:
    """Return the drawing for the statements of one pattern; `declared` is the volume marked by an upright line."""
    axes = _Axes.around(statements)
    others = tuple(dict.fromkeys(axes.points(each) for each in statements if each is not dearest))
    return Chart(
        dearest=axes.points(dearest),
        others=others,
        declared=axes.x(declared),
        rows=tuple(Tick(place=axes.x(10**power), text=volume_text(10**power)) for power in axes.row_decades),
        costs=tuple(Tick(place=axes.y(10.0**power), text=_cost(power)) for power in axes.cost_decades),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axes:
    """The powers of ten that the axes reach from and to."""

    row_decades: tuple[int, ...]
    cost_decades: tuple[int, ...]
    lowest: int
    highest: int

    @classmethod
    def around(cls, statements: Sequence[PlannedStatement]) -> _Axes:
        """Return axes that hold every cost of the statements."""
        rows = [cost.rows for each in statements for cost in each.costs]
        costs = [max(cost.cost, 1.0) for each in statements for cost in each.costs]
        first, last = math.floor(math.log10(min(rows))), math.ceil(math.log10(max(rows)))
        lowest, highest = 0, max(_LEAST_DECADES, math.ceil(math.log10(max(costs))))
        step = math.ceil((highest - lowest) / _MOST_TICKS)
        return cls(
            row_decades=tuple(range(first, max(last, first + 1) + 1)),
            cost_decades=tuple(range(lowest, highest + 1, step)),
            lowest=lowest,
            highest=highest,
        )

    def x(self, rows: float) -> float:
        """Return the place of a number of rows."""
        first, last = self.row_decades[0], self.row_decades[-1]
        share = (math.log10(max(rows, 1)) - first) / (last - first)
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)

    def y(self, cost: float) -> float:
        """Return the place of a cost; what costs less than 1 stands at 1."""
        share = (math.log10(max(cost, 1.0)) - self.lowest) / (self.highest - self.lowest)
        return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)

    def points(self, statement: PlannedStatement) -> str:
        """Return the line of a statement."""
        return " ".join(f"{self.x(each.rows)},{self.y(each.cost)}" for each in statement.costs)


def _cost(power: int) -> str:
    return volume_text(10**power)
