"""What the planner would do with a statement, as values. Nothing is ever executed here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from colonnade.errors import UnsupportedError
from colonnade.postgres.session import Parameters, Session

_GENERIC_SINCE = 160000
_SORTS = frozenset({"Sort", "Incremental Sort"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanNode:
    """One step of a plan; costs are in the planner's own unit, `rows` is its estimate.

    `index_cond`, `filter` and `sort_key` are as EXPLAIN prints them; `raw` is the node as it came.
    """

    node_type: str
    relation: str = ""
    alias: str = ""
    index: str = ""
    rows: int
    width: int
    startup_cost: float
    total_cost: float
    index_cond: str = ""
    filter: str = ""
    sort_key: tuple[str, ...] = ()
    children: tuple[PlanNode, ...] = ()
    raw: Mapping[str, Any] = field(compare=False, repr=False, default_factory=dict)

    def walk(self) -> Iterator[PlanNode]:
        """Give this node and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPath:
    """How a plan reads one table: `seq`, `index`, `index only`, `bitmap` …, and by which indexes."""

    alias: str
    method: str
    indexes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole plan; `raw` is EXPLAIN's JSON, which compares byte for byte."""

    root: PlanNode
    raw: Mapping[str, Any] = field(compare=False, repr=False)

    @property
    def total_cost(self) -> float:
        """The planner's cost of the whole statement."""
        return self.root.total_cost

    @property
    def rows(self) -> int:
        """The rows that the planner expects back."""
        return self.root.rows

    def nodes(self) -> tuple[PlanNode, ...]:
        """All nodes, parents first."""
        return tuple(self.root.walk())

    def scans(self) -> tuple[PlanNode, ...]:
        """The nodes that read a table or index."""
        return tuple(node for node in self.nodes() if node.relation or node.index)

    def indexes_used(self) -> tuple[str, ...]:
        """The names of the indexes that are read, sorted."""
        return tuple(sorted({node.index for node in self.nodes() if node.index}))

    def has_sort_over(self, rows: float) -> bool:
        """Whether more than `rows` rows go into any sort."""
        return any(child.rows > rows for node in self.nodes() if node.node_type in _SORTS for child in node.children)

    def access_paths(self) -> tuple[AccessPath, ...]:
        """How each table is read, sorted; what two plans have to share to be called alike."""
        paths = [_access_path(node) for node in self.nodes() if node.relation and not _writes(node)]
        return tuple(sorted(paths, key=lambda path: (path.alias, path.method, path.indexes)))

    def outline(self) -> str:
        """The plan as an indented text, one node a line."""
        return "\n".join(_outline(self.root, 0))


def explain(
    session: Session,
    sql: str,
    parameters: Parameters = (),
    *,
    generic: bool = False,
    settings: Mapping[str, str] | None = None,
) -> Plan:
    """Return the plan of one statement.

    `parameters` are planned with as literals: bound ones would bring a type of their own along.
    `generic` plans a statement with `$1` as a prepared one that does not know them (Postgres 16 and
    newer). `settings` hold for this plan only.
    """
    if generic and session.server_version < _GENERIC_SINCE:
        raise UnsupportedError(
            "generic plans need Postgres 16",
            detail=f"The server has version {session.server_version}.",
            hint="Plan with constants instead.",
        )
    options = "GENERIC_PLAN, FORMAT JSON" if generic else "FORMAT JSON"
    with session.rolled_back() if settings else nullcontext():
        for name, value in (settings or {}).items():
            session.execute("SELECT set_config(%s, %s, true)", (name, value))
        text = session.inlined(sql, parameters) if parameters else sql
        answer = session.value(f"EXPLAIN ({options}) {text}")
    raw = answer[0]["Plan"]
    return Plan(root=_node(raw), raw=raw)


def explain_all(session: Session, statements: Sequence[str], *, generic: bool = False) -> tuple[Plan, ...]:
    """Return the plans of many statements, all asked for in one round trip.

    `generic` plans them as prepared ones whose `$1` is not known.
    """
    options = "GENERIC_PLAN, FORMAT JSON" if generic else "FORMAT JSON"
    answers = session.execute_all([f"EXPLAIN ({options}) {statement}" for statement in statements])
    found = [rows[0][0][0]["Plan"] for rows in answers]
    return tuple(Plan(root=_node(raw), raw=raw) for raw in found)


def _node(raw: Mapping[str, Any]) -> PlanNode:
    """Read one node of EXPLAIN's JSON and all below it."""
    return PlanNode(
        node_type=raw["Node Type"],
        relation=raw.get("Relation Name", ""),
        alias=raw.get("Alias", ""),
        index=raw.get("Index Name", ""),
        rows=raw["Plan Rows"],
        width=raw["Plan Width"],
        startup_cost=raw["Startup Cost"],
        total_cost=raw["Total Cost"],
        index_cond=raw.get("Index Cond", ""),
        filter=raw.get("Filter", ""),
        sort_key=tuple(raw.get("Sort Key", ())),
        children=tuple(_node(child) for child in raw.get("Plans", ())),
        raw=raw,
    )


def _writes(node: PlanNode) -> bool:
    """Whether the node changes its table rather than reads it."""
    return node.node_type == "ModifyTable"


def _access_path(node: PlanNode) -> AccessPath:
    """Return how a node reads its table."""
    if node.node_type.startswith("Bitmap Heap"):
        indexes = sorted({below.index for below in node.walk() if below.index})
        return AccessPath(alias=node.alias, method="bitmap", indexes=tuple(indexes))
    method = node.node_type.removesuffix(" Scan").lower()
    return AccessPath(alias=node.alias, method=method, indexes=(node.index,) if node.index else ())


def _outline(node: PlanNode, depth: int) -> list[str]:
    """Write a node and all below it, indented."""
    place = " ".join(
        part for part in (node.index and f"using {node.index}", node.relation and f"on {node.relation}") if part
    )
    head = f"{'  ' * depth}{node.node_type}{' ' if place else ''}{place}"
    line = f"{head} (cost {node.total_cost:.2f}, rows {node.rows})"
    return [line, *(below for child in node.children for below in _outline(child, depth + 1))]
