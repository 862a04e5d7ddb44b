"""`doctor`: whether a database is reached as it should be, and as whom."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from colonnade.api.connection_results import Diagnosis, DoctorResult
from colonnade.api.lint_answers import Choices, answers_for, lint_configuration
from colonnade.api.server_facts import server_facts
from colonnade.dsn import Dsn
from colonnade.errors import InputError
from colonnade.review import all_rules, review
from colonnade.review.connection import PoolUse, ReviewedConnection, ServerFacts
from colonnade.runtime.compute import SUSPEND_SECONDS, Compute

VARIABLE = "DATABASE_URL"


def doctor(
    url: str | None = None,
    *,
    purpose: Literal["app", "ddl"] = "app",
    pool: PoolUse | None = None,
    units: float | None = None,
    suspend_seconds: int | None = None,
    choices: Choices | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> DoctorResult:
    """Look at a connection: kind of URL, TLS, role, row-level security, pool, timeouts, extensions, cold start.

    The URL is that of DATABASE_URL where none is given. It is connected to twice and read in a READ ONLY transaction.
    `pool` is what the application opens. `units` is the largest size of a Neon compute; without it the server's
    own limit counts. `suspend_seconds` is how long it is idle before it suspends, 0 for never; without it what Neon
    gives. Raises InputError for what is no URL, DatabaseError for a server that
    cannot be reached.
    """
    started = time.perf_counter()
    given = url or os.environ.get(VARIABLE)
    if not given:
        raise InputError("no database is named", hint=f"Give a URL, or set {VARIABLE}.")
    chosen, place = lint_configuration(choices or Choices())
    asked = ReviewedConnection.at_url(given, purpose=purpose, pool=pool)
    progress(f"connecting to {asked.dsn}")
    server = server_facts(asked.dsn)
    suspends = SUSPEND_SECONDS if suspend_seconds is None else suspend_seconds
    compute = _compute(server, units=units, processes=asked.pool.processes, suspend_seconds=suspends)
    subject = replace(asked, server=server, compute=compute)
    answers = answers_for(
        {}, baseline=None, configuration=chosen, configuration_path=place, today=datetime.now(UTC).date()
    )
    return DoctorResult(
        diagnosis=Diagnosis(url=subject.path, kind=kind_of(subject.dsn, server), server=server, compute=compute),
        review=review([subject], all_rules(), configuration=chosen, answers=answers),
        fail_on=chosen.fail_on,
        elapsed_ms=(time.perf_counter() - started) * 1000,
    )


def kind_of(dsn: Dsn, server: ServerFacts) -> str:
    """Return what answers at an address."""
    where = "Neon" if dsn.neon else "Postgres"
    return f"{where}, through a pooler" if dsn.pooled or server.pooled else f"{where}, directly"


def _compute(server: ServerFacts, *, units: float | None, processes: int, suspend_seconds: int) -> Compute:
    """Return the compute by its size, or by what the server says."""
    if units is not None:
        return Compute(units=units, processes=processes, suspend_seconds=suspend_seconds)
    return Compute(max_connections=server.max_connections, processes=processes, suspend_seconds=suspend_seconds)
