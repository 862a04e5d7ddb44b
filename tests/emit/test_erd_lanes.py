"""Upright lines between two columns: no line upon another where that can be had, and few crossings."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.emit.erd.lanes import Turn, in_lanes

HEIGHTS = st.integers(0, 12).map(lambda row: row * 20.0)
TURNS = st.lists(st.tuples(HEIGHTS, HEIGHTS), max_size=6).map(
    lambda ends: [Turn(edge=(number, 0), lefts=(left,), rights=(right,)) for number, (left, right) in enumerate(ends)]
)


def overlaps(order: list[Turn]) -> int:
    """Count the level lines that lie upon another one of another place."""
    return sum(left.rights == right.lefts for left, right in itertools.combinations(order, 2))


def crossings(order: list[Turn]) -> int:
    """Count the level lines that go through an upright one."""
    found = 0
    for left, right in itertools.combinations(order, 2):
        found += left.span[0] < right.lefts[0] < left.span[1]
        found += right.span[0] < left.rights[0] < right.span[1]
    return found


@given(TURNS)
@settings(max_examples=200, deadline=None)
def test_every_turn_has_one_lane(turns: list[Turn]) -> None:
    order = in_lanes(turns)
    assert sorted(each.edge for each in order) == [each.edge for each in turns]
    assert in_lanes(turns) == order


@given(TURNS)
@settings(max_examples=200, deadline=None)
def test_order_is_never_worse_than_it_came(turns: list[Turn]) -> None:
    order = in_lanes(turns)
    assert (overlaps(order), crossings(order)) <= (overlaps(turns), crossings(turns))


def test_line_that_arrives_where_another_leaves_turns_to_the_right_of_it() -> None:
    arriving = Turn(edge=(0, 0), lefts=(0.0,), rights=(100.0,))
    between = Turn(edge=(1, 0), lefts=(300.0,), rights=(400.0,))
    leaving = Turn(edge=(2, 0), lefts=(101.0,), rights=(200.0,))
    order = in_lanes([arriving, between, leaving])
    assert order.index(leaving) < order.index(arriving)


def test_lines_that_go_down_together_do_not_cross() -> None:
    turns = [Turn(edge=(number, 0), lefts=(20.0 * number,), rights=(200 + 20.0 * number,)) for number in range(5)]
    assert crossings(in_lanes(turns)) == 0
