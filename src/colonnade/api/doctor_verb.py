"""`doctor`: whether a database is reached as it should be, and as whom."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from colonnade.api.connection_results import Diagnosis, DoctorResult
from colonnade.api.lint_answers import Choices, answers_for, lint_configuration
from colonnade.api.server_facts import server_facts
from colonnade.api.texts import read_text
from colonnade.dsn import Dsn
from colonnade.errors import InputError
from colonnade.review import Evidence, all_rules, review
from colonnade.review.connection import PoolUse, ReviewedConnection, ServerFacts
from colonnade.review.trace_subject import ReviewedTrace, reviewed_traces
from colonnade.runtime.compute import SUSPEND_SECONDS, Compute
from colonnade.trace import read_trace

VARIABLE = "DATABASE_URL"


def doctor(
    url: str | None = None,
    *,
    purpose: Literal["app", "ddl"] = "app",
    pool: PoolUse | None = None,
    units: float | None = None,
    suspend_seconds: int | None = None,
    traces: Sequence[Path] = (),
    choices: Choices | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> DoctorResult:
    """Look at a connection: kind of URL, TLS, role, row-level security, pool, timeouts, extensions, cold start.

    The URL is that of DATABASE_URL where none is given. It is connected to twice and read in a READ ONLY transaction.
    `pool` is what the application opens. `units` is the largest size of a Neon compute; without it the server's
    own limit counts. `suspend_seconds` is how long it is idle before it suspends, 0 for never; without it what Neon
    gives. `traces` are files of `colonnade.trace.record`: what an application sends over such a connection, recorded
    wherever it ran. Raises InputError for what is no URL or trace, DatabaseError for a server that cannot be reached.
    """
    started = time.perf_counter()
    given = url or os.environ.get(VARIABLE)
    if not given:
        raise InputError("no database is named", hint=f"Give a URL, or set {VARIABLE}.")
    chosen, place = lint_configuration(choices or Choices())
    statements = tuple(each for path in traces for each in read_trace(path))
    asked = ReviewedConnection.at_url(given, purpose=purpose, pool=pool)
    progress(f"connecting to {asked.dsn}")
    server = server_facts(asked.dsn)
    suspends = SUSPEND_SECONDS if suspend_seconds is None else suspend_seconds
    compute = _compute(server, units=units, processes=asked.pool.processes, suspend_seconds=suspends)
    subject = replace(asked, server=server, compute=compute)
    ran = tuple(reviewed_traces(statements, subject) if statements else _untraced(subject, traces))
    answers = answers_for(
        {each.path: read_text(Path(each.path)) for each in ran if Path(each.path).is_file()},
        baseline=None,
        configuration=chosen,
        configuration_path=place,
        today=datetime.now(UTC).date(),
    )
    return DoctorResult(
        diagnosis=Diagnosis(
            url=subject.path,
            kind=kind_of(subject.dsn, server),
            server=server,
            compute=compute,
            statements=len(statements) if traces else None,
        ),
        review=review([subject, *ran], all_rules(), configuration=chosen, answers=answers),
        fail_on=chosen.fail_on,
        elapsed_ms=(time.perf_counter() - started) * 1000,
    )


def kind_of(dsn: Dsn, server: ServerFacts) -> str:
    """Return what answers at an address."""
    where = "Neon" if dsn.neon else "Postgres"
    return f"{where}, through a pooler" if dsn.pooled or server.pooled else f"{where}, directly"


def _untraced(connection: ReviewedConnection, traces: Sequence[Path]) -> Iterator[ReviewedTrace]:
    """Yield what stands for statements that nobody recorded, where they would have been looked at."""
    empty = ((Evidence.trace, "no statement was recorded"),) if traces else ()
    if connection.pooled:
        yield ReviewedTrace(path=connection.path, connection=connection, evidence=frozenset(), unseen=empty)


def _compute(server: ServerFacts, *, units: float | None, processes: int, suspend_seconds: int) -> Compute:
    """Return the compute by its size, or by what the server says."""
    if units is not None:
        return Compute(units=units, processes=processes, suspend_seconds=suspend_seconds)
    return Compute(max_connections=server.max_connections, processes=processes, suspend_seconds=suspend_seconds)
