"""How the cost of a statement grows with its tables, and how much of them it touches."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from colonnade.postgres import Plan, PlanNode

GrowthClass = Literal["constant", "log n", "linear in the page", "linear in the matching rows", "linear in n"]
CLASSES: tuple[GrowthClass, ...] = (
    "constant",
    "log n",
    "linear in the page",
    "linear in the matching rows",
    "linear in n",
)
"""From the best to the worst."""

LINEAR = 0.85
"""Exponent from which something is taken to grow in proportion; parallel plans stay a little below 1."""

_FLAT = 0.12
_SLOW_RATIO = 1.05
_SMALLEST = 100_000
_FAR = 100
_STEEP_RATIO = 3.0
_ROW_COST = 4.5  # random_page_cost and what goes with it
_DESCENT_COST = 100.0
_BLOCKING = frozenset(("Sort", "Hash", "Materialize", "Aggregate", "Bitmap Heap Scan"))
_ON_TOP = frozenset(
    (
        "Aggregate",
        "Gather",
        "Gather Merge",
        "Incremental Sort",
        "Limit",
        "LockRows",
        "ModifyTable",
        "Result",
        "Sort",
        "Unique",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one statement costs when the largest table has `volume` rows.

    `matched` are the rows that meet its conditions, before they are sorted, grouped or cut to a page; `touched` are
    the rows of tables read on the way.
    """

    volume: int
    cost: float
    matched: float
    touched: float
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthRate:
    """How a cost grows: its class, the e of n^e, and whether what matches not is read in proportion to the tables."""

    growth: GrowthClass
    exponent: float
    wasteful: bool


def reading(volume: int, plan: Plan, sizes: Mapping[str, float]) -> Reading:
    """Return what a plan says at one volume; `sizes` are the rows of each table."""
    return Reading(
        volume=volume,
        cost=plan.total_cost,
        matched=_matched(plan.root),
        touched=touched_rows(plan, sizes),
        plan=plan,
    )


def growth_rate(
    readings: Sequence[Reading], *, limit: int | None = None, page_ratio: float | None = None
) -> GrowthRate:
    """Return how the cost of one statement grows.

    `page_ratio` is how much ten times the page costs, None without a page. A page whose every row costs one random
    read at most is linear in the page, whatever the planner makes of its cache at each size.
    """
    cost = _exponent(readings, lambda each: each.cost)
    work = _exponent(readings, lambda each: each.cost / max(1.0, each.matched))
    matched = _exponent(readings, lambda each: each.matched)
    within_page = limit is not None and readings[-1].cost <= _ROW_COST * limit + _DESCENT_COST
    wasteful = work >= LINEAR and not within_page
    if cost < _FLAT or within_page:
        found = _bounded_class(readings, page_ratio, grew=cost >= _FLAT)
    elif wasteful or min(cost, matched) >= LINEAR:
        found = "linear in n"
    else:
        found = "linear in the matching rows"
    return GrowthRate(growth=found, exponent=cost, wasteful=wasteful)


def _bounded_class(readings: Sequence[Reading], page_ratio: float | None, *, grew: bool) -> GrowthClass:
    """Return the class of a cost that stays within bounds."""
    if grew or (page_ratio is not None and page_ratio >= 2):
        return "linear in the page"
    costs = [each.cost for each in _large(readings)]
    return "constant" if max(costs) <= _SLOW_RATIO * min(costs) else "log n"


def _exponent(readings: Sequence[Reading], value: Callable[[Reading], float]) -> float:
    """Return e such that a value grows like n^e, 0 for a constant or logarithm, judged by the large volumes.

    The steepest way over two decades counts, and a turn at the very end: a plan that is cheap up to a size and then
    reads everything is not bounded.
    """
    large = _large(readings)
    if len(large) < 2:
        return 0.0
    far = [each for each in large if each.volume >= _FAR * large[0].volume] or large[-1:]
    slopes = [_slope(large[0], each, value) for each in far]
    if value(large[-1]) > _STEEP_RATIO * value(large[-2]):
        slopes.append(_slope(large[-2], large[-1], value))
    return max(*slopes, 0.0)


def _large(readings: Sequence[Reading]) -> Sequence[Reading]:
    return [each for each in readings if each.volume >= _SMALLEST] or readings


def _slope(first: Reading, last: Reading, value: Callable[[Reading], float]) -> float:
    grown = math.log(max(value(last), 1e-6) / max(value(first), 1e-6))
    return grown / math.log(last.volume / first.volume)


def _matched(node: PlanNode) -> float:
    """Return the rows that come out of the scans and joins."""
    inputs, _ = _inputs(node)
    return _matched(inputs[0]) if node.node_type in _ON_TOP and inputs else float(node.rows)


def touched_rows(plan: Plan, sizes: Mapping[str, float]) -> float:
    """Return about how many rows of tables are read, by the planner's own estimates.

    `sizes` are the rows of each table: a sequential scan reads all of them, whatever it returns. Of what a LIMIT
    stops, only the part before counts.
    """
    return _touched(plan.root, sizes, share=1.0, loops=1.0)


def _touched(node: PlanNode, sizes: Mapping[str, float], *, share: float, loops: float) -> float:
    inputs, helpers = _inputs(node)
    if node.node_type == "Limit" and inputs:
        share *= min(1.0, _part(node.rows, inputs[0].rows))
    elif node.node_type in _BLOCKING:
        share = 1.0
    total = _read(node, inputs, sizes) * share * loops
    for place, child in enumerate(inputs):
        again = node.node_type == "Nested Loop" and place == 1
        times = loops * max(1.0, inputs[0].rows * share) if again else loops
        total += _touched(child, sizes, share=1.0 if again else share, loops=times)
    for helper in helpers:
        each_row = helper.raw.get("Parent Relationship") == "SubPlan" and "hashed" not in node.filter
        times = loops * max(1.0, node.rows * share) if each_row else 1.0
        total += _touched(helper, sizes, share=1.0, loops=times)
    return total


def _inputs(node: PlanNode) -> tuple[list[PlanNode], list[PlanNode]]:
    """Return the children whose rows the node works on, and those that it asks beside."""
    beside = {"InitPlan", "SubPlan"}
    inputs = [child for child in node.children if child.raw.get("Parent Relationship") not in beside]
    return inputs, [child for child in node.children if child.raw.get("Parent Relationship") in beside]


def _read(node: PlanNode, inputs: Sequence[PlanNode], sizes: Mapping[str, float]) -> float:
    """Return the rows of a table that one run of the node reads."""
    if not node.relation or node.node_type == "ModifyTable":
        return 0.0
    if "Seq Scan" in node.node_type:
        return sizes.get(node.relation, node.rows)
    if node.node_type == "Bitmap Heap Scan":
        return max((child.rows for child in inputs), default=node.rows)
    return node.rows


def _part(some: float, all_: float) -> float:
    return some / all_ if all_ > 0 else 1.0
