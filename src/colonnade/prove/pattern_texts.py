"""What is said of planned statements: numbers, volumes, the way the tables are read, what would mend them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from colonnade.design.queries import PatternQuery
from colonnade.postgres import Plan, PlanNode
from colonnade.prove.claim import PlanStep
from colonnade.prove.pattern_growth import Reading

_UNITS = ((10**9, "G"), (10**6, "M"), (10**3, "k"))
_MANY_ROWS = 1000


def volume_text(rows: float) -> str:
    """Return a number of rows in short: `12M`, `1.5k`."""
    for factor, unit in _UNITS:
        if rows >= factor:
            return f"{rows / factor:.3g}{unit}" if rows < 1000 * factor else f"{rows / factor:,.0f}{unit}"
    return f"{rows:.0f}"


def cost_text(cost: float) -> str:
    """Return a cost with as many digits as matter."""
    return f"{cost:.1f}" if cost < 1000 else f"{cost:,.0f}"


def rounded_cost(cost: float) -> float:
    """Return a cost without the digits that are noise."""
    return round(cost, 1) if cost < 1000 else float(round(cost))


def rows_text(rows: float) -> str:
    """Return about how many rows."""
    count = max(1, round(rows))
    return f"about {count:,} row{'s' if count > 1 else ''}" if count < 10_000 else f"about {volume_text(count)} rows"


def costs_text(readings: Sequence[Reading]) -> str:
    """Return the cost at each volume."""
    return ", ".join(f"{volume_text(each.volume)} {cost_text(each.cost)}" for each in readings)


def access_text(plan: Plan) -> str:
    """Return how the tables are read: by which indexes, and which are read whole."""
    parts = [
        node.index or (f"all of {node.relation}" if "Seq Scan" in node.node_type else "")
        for node in plan.nodes()
        if node.node_type != "ModifyTable"
    ]
    return ", ".join(dict.fromkeys(part for part in parts if part)) or "no table"


def plan_steps(node: PlanNode, *, depth: int = 0) -> Iterator[PlanStep]:
    """Yield the steps of a plan, each before those below it."""
    index = f" using {node.index}" if node.index else ""
    relation = f" on {node.relation}" if node.relation else ""
    step = f"{node.node_type}{index}{relation}"
    yield PlanStep(depth=depth, step=step, cost=round(node.total_cost, 2), rows=node.rows)
    for child in node.children:
        yield from plan_steps(child, depth=depth + 1)


def mending_text(query: PatternQuery, plan: Plan) -> str:
    """Return what the plan does too much of, and what to change."""
    whole = sorted({node.relation for node in plan.nodes() if node.relation and "Seq Scan" in node.node_type})
    sorts = [node for node in plan.nodes() if node.node_type == "Sort" and node.children]
    sorted_rows = max((node.children[0].rows for node in sorts), default=0)
    faults: list[str] = []
    if whole:
        faults.append(f"it reads all of {', '.join(whole)}")
    if sorted_rows > _MANY_ROWS:
        faults.append(f"it sorts {rows_text(sorted_rows)}")
    columns = [
        parameter.column
        for parameter in query.parameters
        if parameter.table == query.driving_table and parameter.role in {"owner", "key", "filter"}
    ]
    order = [key.rpartition(".")[2] for node in sorts[:1] for key in node.sort_key]
    fault = " and ".join(faults) or "each page reads more rows as the table grows"
    keys = ", ".join(dict.fromkeys((*columns, *order)))
    cure = f"an index on {query.driving_table} ({keys}) would bound it" if keys else "ask for fewer rows or a filter"
    return f"{fault}; {cure}"
