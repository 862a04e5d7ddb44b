"""What `doctor` has seen: for people, and for machines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rich.console import Console

from colonnade.report.findings import print_review, review_as_json
from colonnade.review import Review
from colonnade.review.connection import Diagnosis, ServerFacts
from colonnade.runtime.compute import Compute

_COLD_MS = 300.0
"""How much longer the first connection takes than the next when the compute had to wake."""


def diagnosis_as_json(review: Review, seen: Diagnosis, *, elapsed_ms: float) -> dict[str, Any]:
    """Return the result of `colonnade doctor`."""
    server = seen.server
    facts = asdict(server)
    facts |= {"timeouts": dict(server.timeouts), "extensions": dict(server.extensions)}
    facts |= {name: round(facts[name], 1) for name in ("first_connect_ms", "next_connect_ms")}
    return {
        **review_as_json(review, verb="doctor", reviewed=[seen.url], elapsed_ms=elapsed_ms),
        "url": seen.url,
        "kind": seen.kind,
        "server": facts,
        "pool": _pool(seen.compute),
        "statements": seen.statements,
    }


def print_diagnosis(console: Console, review: Review, seen: Diagnosis, *, elapsed_ms: float) -> None:
    """Print a line for each thing that was looked at, then what is wrong."""
    for name, text in _lines(seen):
        console.print(f"{name:10} {text}", markup=False, highlight=False)
    print_review(console, review, reviewed=1, what="connection", elapsed_ms=elapsed_ms)


def _lines(seen: Diagnosis) -> Iterator[tuple[str, str]]:
    server, compute = seen.server, seen.compute
    yield "url", f"{seen.url} ({seen.kind})"
    yield "server", f"Postgres {server.version}, {'TLS' if server.encrypted else 'no TLS'}"
    powers = [word for word, has in (("superuser", server.superuser), ("BYPASSRLS", server.bypasses)) if has]
    member = f"member of {', '.join(server.member_of)}" if server.member_of else "member of no role"
    yield "role", ", ".join([server.role, *powers, member])
    yield "isolation", _isolation(server)
    yield (
        "limit",
        (
            f"{server.used_connections} of {server.max_connections} connections in use,"
            f" {server.reserved_connections} reserved"
        ),
    )
    pool = _pool(compute)
    each = "one process" if compute.processes == 1 else f"each of {compute.processes} processes"
    yield (
        "pool",
        (
            f"for {each}: pool_size={pool['size']},"
            f" max_overflow={pool['overflow']}, pool_recycle={pool['recycle_seconds']} s"
        ),
    )
    yield "timeouts", ", ".join(f"{name}={value}" for name, value in server.timeouts)
    yield "extensions", ", ".join(f"{name} {version}" for name, version in server.extensions)
    cold = ", it had to wake" if server.first_connect_ms - server.next_connect_ms > _COLD_MS else ""
    yield "connecting", f"{server.first_connect_ms:.0f} ms{cold}, then {server.next_connect_ms:.0f} ms"
    if seen.statements is not None:
        yield "trace", f"{seen.statements:,} statement{'' if seen.statements == 1 else 's'}"


def _isolation(server: ServerFacts) -> str:
    if not server.isolated:
        return "no readable table has row-level security"
    count = len(server.isolated)
    found = f"row-level security in {count} readable table{'' if count == 1 else 's'}"
    return f"{found}, {len(server.owned)} of them within the role's own reach" if server.owned else found


def _pool(compute: Compute) -> dict[str, int]:
    fits = compute.share >= 1
    options = compute.pool_options() if fits else {"pool_size": 0, "max_overflow": 0}
    return {
        "processes": compute.processes,
        "size": int(options["pool_size"]),
        "overflow": int(options["max_overflow"]),
        "recycle_seconds": compute.recycle_seconds,
        "connections": compute.connections,
    }
