"""Do volumes alone give the plans of a full database? Compares how each table is read.

Loads a task board with rows, describes it in a few lines per table, and plans random queries on the
full database and on an empty one with statistics made from the description.
Run: python benchmarks/synthetic_statistics.py [--rows 1000000] [--queries 500]
"""

from __future__ import annotations

import argparse
import statistics
import time

from colonnade.postgres import Plan, Server, Session, explain
from colonnade.postgres.scale import ScaledDatabase
from sample_database import INDEXES, SCHEMA, Volumes, load, profiles, queries


def compare_sizes(real: Session, empty: Session) -> None:
    """Print the blocks of each table and index beside the true ones."""
    sql = """
        SELECT c.relname, pg_relation_size(c.oid) / 8192 FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'i')
    """
    truth = dict(real.execute(sql))
    print(f"{'relation':<28} {'real blocks':>11} {'synthetic':>11} {'ratio':>6}")
    for name, blocks in sorted(empty.execute(sql)):
        print(f"{name:<28} {truth[name]:>11,} {blocks:>11,} {blocks / max(1, truth[name]):>6.2f}")


def same_paths(real: Plan, synthetic: Plan) -> bool:
    """Whether both plans read every table in the same way, by the same indexes."""
    return real.access_paths() == synthetic.access_paths()


def print_growth(scaled: ScaledDatabase) -> None:
    """Print what planning one page of a list takes and costs at growing volumes."""
    sql = "SELECT * FROM task WHERE project_id = 7 ORDER BY created_at DESC, id DESC LIMIT 20"
    print(f"{'tasks':>15} {'synthesis ms':>13} {'planning ms':>12} {'cost':>10}")
    for exponent in range(3, 10):
        started = time.perf_counter()
        scaled.synthesise(profiles(Volumes(tasks=10**exponent)))
        synthesis = time.perf_counter() - started
        times = []
        for _ in range(300):
            started = time.perf_counter()
            plan = scaled.explain(sql)
            times.append(time.perf_counter() - started)
        planning = min(times)  # other work on the machine only adds to it
        print(f"{10**exponent:>15,} {synthesis * 1000:>13.0f} {planning * 1000:>12.3f} {plan.total_cost:>10.2f}")


def main() -> None:
    """Run the benchmark and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--show", type=int, default=0, help="print so many differing plans")
    options = parser.parse_args()
    volumes = Volumes(tasks=options.rows)
    with Server.start() as server, server.scratch_database() as real, server.scratch_database() as empty:
        started = time.perf_counter()
        real.script(SCHEMA)
        load(real, volumes)
        print(f"loaded {options.rows:,} tasks in {time.perf_counter() - started:.0f} s")
        empty.script(SCHEMA + INDEXES)
        with ScaledDatabase(server, empty) as scaled:
            started = time.perf_counter()
            scaled.synthesise(profiles(volumes))
            print(f"synthesised in {(time.perf_counter() - started) * 1000:.0f} ms")
            pairs = [(sql, explain(real, sql), scaled.explain(sql)) for sql in queries(volumes, options.queries)]
            compare_sizes(real, empty)
            print_growth(scaled)
    alike = sum(same_paths(first, second) for _, first, second in pairs)
    ratios = sorted(second.total_cost / max(first.total_cost, 0.01) for _, first, second in pairs)
    twentieths = statistics.quantiles(ratios, n=20)
    print(f"{'queries':>10} {'same access paths':>18} {'cost ratio p5':>14} {'median':>8} {'p95':>8}")
    print(
        f"{len(pairs):>10} {alike:>18} {twentieths[0]:>14.2f} {statistics.median(ratios):>8.2f} {twentieths[-1]:>8.2f}"
    )
    print(f"same access path on every table: {alike / len(pairs):.1%}")
    differing = [pair for pair in pairs if not same_paths(*pair[1:])]
    for sql, first, second in differing[: options.show]:
        print(f"{sql}\n{first.outline()}\n--\n{second.outline()}\n")


if __name__ == "__main__":
    main()
