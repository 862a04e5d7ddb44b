"""Transactions under random faults: is every payment what its payer was told?

`python benchmarks/runtime_faults.py [--transactions 10000] [--seed 0]` runs payments over psycopg, psycopg with asyncio
and asyncpg, half of them at an embedded server and half behind PgBouncer in transaction mode, while backends are
killed, the server crashes and recovers, the network is cut, the pooler restarts, and answers to COMMIT are lost. It
prints what the payers were told, and leaves with 1 when an acknowledged payment is not there, one is there twice, or a
refused one is there.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from colonnade.postgres import Server
from fault_storm import SCHEMA, Verdict, at_wire, judged, storm, usual_faults, wait_until_up
from pooling import PROGRAM, Pooler, wire


def measure(server: Server, *, transactions: int, pooled: bool, seed: int) -> Verdict:
    """Run payments at one place, and print what came of them."""
    pooler = Pooler(server.dsn.host) if pooled else None
    started = time.perf_counter()
    with server.scratch_database() as session:
        session.script(SCHEMA)
        place = replace(session.dsn, host=pooler.host, port="6432") if pooler else session.dsn
        with wire(Path(place.host) / f".s.PGSQL.{place.port or 5432}") as reached:
            faults = usual_faults(server, session.dsn.database, reached, pooler)
            ledger = storm(
                at_wire(place, reached),
                faults,
                transactions=transactions,
                pooled=pooled,
                workers=9,
                pause_seconds=0.2,
                seed=seed,
            )
        wait_until_up(server)
        with server.session(session.dsn.database) as after:
            verdict = judged(ledger, after)
    if pooler:
        pooler.close()
    print(f"{'PgBouncer' if pooled else 'direct':10} {time.perf_counter() - started:6.1f} s", end="  ")
    print(f"acknowledged {len(ledger.acknowledged)}, refused {len(ledger.refused)},", end=" ")
    print(f"unknown {len(ledger.unknown)} {dict(Counter(ledger.unknown.values()))}")
    print(f"{'':10} faults: {dict(sorted(ledger.attempts.items()))}")
    print(
        f"{'':10} lost {len(verdict.lost)}, applied twice {len(verdict.applied_twice)}, refused but there"
        f" {len(verdict.refused_but_there)}, told wrongly {len(verdict.told_wrongly)},"
        f" total differs by {verdict.total_differs_by}",
        flush=True,
    )
    return verdict


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transactions", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    places = (False, True) if PROGRAM else (False,)
    with Server.start(settings={"synchronous_commit": "on"}) as server:
        found = [
            measure(server, transactions=given.transactions // len(places), pooled=pooled, seed=given.seed)
            for pooled in places
        ]
    sys.exit(not all(each.sound for each in found))


if __name__ == "__main__":
    main()
