"""`migrate status`: where a database stands in a history, and what is not as it should be."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from colonnade.api.applying.announced import losses, waits
from colonnade.api.applying.database import APPLYING, RUNNING
from colonnade.api.applying.expected import differences, found_in, left_over, parted
from colonnade.api.applying.site import Destination, Site, opened
from colonnade.api.texts import shown_path
from colonnade.migrate.runs.record import Run
from colonnade.migrate.runs.result import HalfApplied, PendingStep, StatusResult
from colonnade.migrate.runs.table import RunTable
from colonnade.migrate.runs.way import BASE, Step
from colonnade.postgres.exclusive import lock_holders
from colonnade.schema import Schema

_RUNS_SHOWN = 5


def migrate_status(
    *,
    at: Destination,
    postgres_url: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> StatusResult:
    """Tell where a database stands, what is pending, and what is there in part or otherwise; nothing is written.

    `postgres_url` is a server for scratch databases, on which the history is run. Raises InputError for a history that
    cannot be read or does not know where the database stands, and DatabaseError for a server that cannot be used.
    """
    started = time.perf_counter()
    with opened(at, postgres_url, progress) as site:
        runs = RunTable(site.session).runs()
        current = site.current(runs)
        route = site.history.route
        reached = route.passed(current)
        pending = tuple(step for step in route.steps if step.revision not in reached)
        progress("comparing the database with the history")
        compared, drift, half = _standing(site, current, pending, runs)
        return StatusResult(
            database=site.database,
            environment=site.wanted.name,
            history=site.history.kind,
            current=current,
            heads=route.heads,
            pending=_pending(site, pending),
            compared_with=compared,
            drift=drift,
            half_applied=half,
            left_over=left_over(site.session),
            unsaid=found_in(site.session).unsaid,
            edited=_edited(site, runs, reached),
            appliers=tuple(str(each) for key in (APPLYING, RUNNING) for each in lock_holders(site.session, key)),
            runs=tuple(reversed(runs))[:_RUNS_SHOWN],
            notes=site.notes,
            elapsed_ms=(time.perf_counter() - started) * 1000,
        )


def _pending(site: Site, steps: Sequence[Step]) -> tuple[PendingStep, ...]:
    """Return the steps with what they do to others, as far as they can be printed."""
    found: list[PendingStep] = []
    for step in steps:
        before = step.after[0] if step.after else BASE
        way = site.history.printed(before, step.revision, forwards=True)
        own = [each for each in way.statements if each.revision == step.revision]
        path = Path(step.path)
        found.append(
            PendingStep(
                revision=step.revision,
                path=shown_path(step.path),
                message=step.message,
                waits=waits(path, forwards=True),
                loses=losses(path, own, forwards=True),
            )
        )
    return tuple(found)


def _standing(
    site: Site, current: Sequence[str], pending: Sequence[Step], runs: Sequence[Run]
) -> tuple[str, tuple[str, ...], HalfApplied | None]:
    """Return what the database was compared with, how it differs from that, and what is there of the next revision."""
    if len(current) > 1:
        return "nothing: it stands at several revisions", (), None
    found = found_in(site.session).schema
    last = next((run for run in reversed(runs) if run.history == site.history.kind), None)
    if last is not None and last.outcome == "succeeded" and last.target == current[0]:
        recorded = f"run {last.id}"
        if last.after == found.fingerprint:
            return recorded, (), None
    else:
        recorded = ""
    upcoming = [each.revision for each in pending if set(each.after) <= set(current)][:1]
    schemas = site.expectations.at(current[0], *upcoming)
    before = schemas[0]
    if before is None:
        reason = f"nothing: {site.expectations.reason}"
        return (recorded, ("its fingerprint is another one",), None) if recorded else (reason, (), None)
    drift = differences(found, before)
    half = None
    if drift and upcoming and schemas[1] is not None:
        half, drift = _half(upcoming[0], found, before, schemas[1], drift)
    return f"the history at {current[0]}", drift, half


def _half(
    revision: str, found: Schema, before: Schema, after: Schema, drift: tuple[str, ...]
) -> tuple[HalfApplied | None, tuple[str, ...]]:
    """Return what is there of a revision, and what differs beside that."""
    parts = parted(before, found, after)
    if not parts.done:
        return None, drift
    return HalfApplied(revision=revision, done=parts.done, missing=parts.missing), parts.besides


def _edited(site: Site, runs: Sequence[Run], reached: frozenset[str]) -> tuple[str, ...]:
    """Return the revisions whose files are not those that were applied."""
    then = {each.revision: each.digest for run in runs if run.direction == "up" for each in run.revisions}
    return tuple(
        step.revision
        for step in site.history.route.steps
        if step.revision in reached and then.get(step.revision, step.digest) != step.digest
    )
