"""Does an empty database with a full one's statistics plan alike? Compares whole EXPLAIN trees.

Loads a task board with rows, exports its statistics, plans random queries there and on an empty copy.
Run: python benchmarks/plan_identity.py [--rows 1000000] [--queries 500]
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field

from colonnade.postgres import Plan, Server, Session, explain
from colonnade.postgres.scale import DatabaseStatistics, ScaledDatabase, export_statistics
from sample_database import INDEXES, SCHEMA, SETTINGS, Volumes, load, queries


@dataclass(slots=True)
class Tally:
    """How many plans agree, and how far."""

    identical: int = 0
    same_shape: int = 0
    all: int = 0
    worst_cost: float = 1.0
    differing: list[str] = field(default_factory=list)

    def add(self, sql: str, real: Plan, scaled: Plan) -> None:
        """Count one pair."""
        self.all += 1
        self.identical += real.raw == scaled.raw
        self.same_shape += shape(real) == shape(scaled)
        self.worst_cost = max(self.worst_cost, ratio(real.total_cost, scaled.total_cost))
        if real.raw != scaled.raw:
            self.differing.append(f"{sql}\n{real.outline()}\n--\n{scaled.outline()}")


def shape(plan: Plan) -> tuple[tuple[str, str, str], ...]:
    """A plan without its numbers."""
    return tuple((node.node_type, node.alias, node.index) for node in plan.nodes())


def ratio(first: float, second: float) -> float:
    """How many times the larger is the smaller."""
    return max(first, second) / max(min(first, second), 1e-9)


def compare(real: Session, scaled: ScaledDatabase, volumes: Volumes, number: int) -> Tally:
    """Plan each query on both, under changing settings."""
    tally = Tally()
    for place, sql in enumerate(queries(volumes, number)):
        settings = SETTINGS[place % len(SETTINGS)]
        first = explain(real, sql, settings=settings)
        tally.add(sql, first, scaled.explain(sql, settings=settings))
    return tally


def main() -> None:
    """Run the benchmark and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--show", type=int, default=0, help="print so many differing plans")
    options = parser.parse_args()
    volumes = Volumes(tasks=options.rows)
    with Server.start() as server, server.scratch_database() as real, server.scratch_database() as empty:
        started = time.perf_counter()
        real.script(f"CREATE EXTENSION pageinspect; {SCHEMA}")
        load(real, volumes)
        print(f"loaded {options.rows:,} tasks in {time.perf_counter() - started:.0f} s")
        started = time.perf_counter()
        statistics = export_statistics(real)
        print(f"exported in {(time.perf_counter() - started) * 1000:.0f} ms, {len(statistics.to_json()):,} bytes")
        empty.script(SCHEMA + INDEXES)
        with ScaledDatabase(server, empty) as scaled:
            started = time.perf_counter()
            scaled.load(DatabaseStatistics.from_json(statistics.to_json()))
            print(f"scaled in {(time.perf_counter() - started) * 1000:.0f} ms, unseeded: {scaled.unseeded or 'none'}")
            tally = compare(real, scaled, volumes, options.queries)
    print(f"{'queries':>10} {'identical':>10} {'same shape':>10} {'worst cost':>10}")
    print(f"{tally.all:>10} {tally.identical:>10} {tally.same_shape:>10} {tally.worst_cost:>9.3f}x")
    print(f"identical: {tally.identical / tally.all:.2%}")
    for text in tally.differing[: options.show]:
        print(text, end="\n\n")


if __name__ == "__main__":
    main()
