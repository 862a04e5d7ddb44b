"""A run before it begins: which steps, from where to where, what they do, and what speaks against them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from colonnade.api.applying.announced import losses, waits
from colonnade.api.applying.expected import Found, differences
from colonnade.api.applying.guards import (
    Consent,
    Rehearsed,
    drift_policy_refusals,
    loss_refusals,
    rehearsal_refusals,
)
from colonnade.api.applying.runnable import Printed, legs
from colonnade.api.applying.site import Site
from colonnade.api.texts import shown_path
from colonnade.errors import ColonnadeError, InputError
from colonnade.migrate.runs.record import Direction, Run
from colonnade.migrate.runs.result import PendingStep, Refusal
from colonnade.migrate.runs.way import BASE, Step, plan_digest
from colonnade.schema import Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """From where to where a run leads; `steps` are in the order of the history.

    `start` is where the run began that this one goes on with, as far as there is one (`resumed`). `recorded` is the
    fingerprint with which the last run ended well where this one begins, empty where there is none.
    """

    direction: Direction
    start: str
    target: str
    steps: tuple[Step, ...]
    whole: tuple[Step, ...]
    resumed: Run | None = None
    recorded: str = ""

    @property
    def plan(self) -> str:
        """The digest of all that lies between start and target."""
        return plan_digest(self.whole)

    @property
    def ends(self) -> tuple[str, str]:
        """Start and target in the order of the history."""
        return (self.start, self.target) if self.direction == "up" else (self.target, self.start)


def journey(site: Site, direction: Direction, revision: str, runs: Sequence[Run], current: tuple[str, ...]) -> Journey:
    """Return the way from where the database stands; raises InputError where it leads the other way."""
    route = site.history.route
    if len(current) > 1:
        raise InputError(
            f"the database stands at {len(current)} revisions at once",
            detail=f"They are {', '.join(current)}.",
            hint="Bring the branches together with alembic merge, and apply that with alembic upgrade.",
        )
    (start,) = current
    if direction == "up":
        target = route.forwards(revision, current)
        steps = route.between(current, target)
        if not steps and target not in current:
            raise InputError(
                f'the database is past revision "{target}" already',
                detail=f"It stands at {start}.",
                hint=f"Go back with colonnade migrate down {target}.",
            )
    else:
        target = route.backwards(revision, start)
        steps = route.between([target], start)
        if not steps and target != start:
            raise InputError(
                f'the database is not past revision "{target}"',
                detail=f"It stands at {start}.",
                hint=f"Go on with colonnade migrate apply {target}.",
            )
    resumed = _resumed(site, direction, target, runs)
    began = resumed.start if resumed else start
    whole = route.between([began], target) if direction == "up" else route.between([target], began)
    last = _last(site, runs)
    return Journey(
        direction=direction,
        start=began,
        target=target,
        steps=steps,
        whole=whole,
        resumed=resumed,
        recorded=last.after if last and last.outcome == "succeeded" and last.target == start else "",
    )


def _last(site: Site, runs: Sequence[Run]) -> Run | None:
    return next((run for run in reversed(runs) if run.history == site.history.kind), None)


def _resumed(site: Site, direction: Direction, target: str, runs: Sequence[Run]) -> Run | None:
    """Return the last run, if it did not come to its end and this one goes to the same place."""
    last = _last(site, runs)
    if last is None or last.outcome not in ("failed", "interrupted"):
        return None
    known = last.start in {*site.history.route.by_name, BASE}
    return last if known and (last.direction, last.target) == (direction, target) else None


def printed(site: Site, journey: Journey, standing: str) -> Printed:
    """Return what would run; what cannot be printed without a server is run on a scratch database and noted there."""
    forwards = journey.direction == "up"
    found = site.history.printed(standing, journey.target, forwards=forwards)
    if not found.reason:
        return found
    ways = legs(site.history, journey.steps, journey.target, journey.direction)
    try:
        ran = site.expectations.statements(standing, ways, forwards=forwards)
    except ColonnadeError as problem:
        return Printed(reason=f"{found.reason}; nor can it be tried: {problem.message}")
    text = "".join(f"-- {each.revision}, line {each.line}\n{each.sql.strip()};\n" for each in ran if each.path)
    return Printed(text=f"-- as it was sent to an empty database: {found.reason}\n{text}", statements=ran)


def pending_steps(site: Site, journey: Journey, way: Printed) -> tuple[PendingStep, ...]:
    """Return the steps in the order in which they run, with what they do to others."""
    forwards = journey.direction == "up"
    ordered = journey.steps if forwards else tuple(reversed(journey.steps))
    found: list[PendingStep] = []
    for step in ordered:
        path = site.history.source(step, forwards=forwards)
        own = [each for each in way.statements if each.revision == step.revision]
        lost = losses(path, own, forwards=forwards)
        found.append(
            PendingStep(
                revision=step.revision,
                path=shown_path(str(path)),
                message=step.message,
                waits=waits(path, forwards=forwards),
                loses=lost if lost or not way.reason else (f"nobody knows what: {way.reason}",),
            )
        )
    return tuple(found)


def refusals(
    site: Site,
    journey: Journey,
    steps: Sequence[PendingStep],
    *,
    rehearsed: Rehearsed | None,
    consent: Consent,
    found: Found,
    now: datetime,
) -> Iterator[Refusal]:
    """Yield what speaks against the run."""
    yield from rehearsal_refusals(
        rehearsed, site.wanted, start=journey.start, target=journey.target, steps=journey.whole, now=now
    )
    yield from loss_refusals(steps, site.wanted, consent)
    yield from drift_policy_refusals(site.wanted, consent)
    if not consent.allow_drift and (drift := _drift(site, journey, rehearsed, found)):
        yield drift


def expected(site: Site, journey: Journey) -> tuple[Schema | None, Schema | None]:
    """Return how the schema should be before and after, as far as the history can be run by itself."""
    first, last = site.expectations.at(*journey.ends)
    return (first, last) if journey.direction == "up" else (last, first)


def _drift(site: Site, journey: Journey, rehearsed: Rehearsed | None, found: Found) -> Refusal | None:
    """Return how the database differs from what the run was rehearsed or written for."""
    if journey.resumed is not None:
        known = journey.resumed.after
        if known in ("", found.fingerprint):
            return None
        what = f"the database was changed after run {journey.resumed.id}, which {journey.resumed.outcome}"
        return _refusal(what, site, journey, found)
    if rehearsed is not None:
        if rehearsed.before == found.fingerprint:
            return None
        before, _ = expected(site, journey)
        if before and before.fingerprint == rehearsed.before and not differences(found.schema, before):
            return None
        return _refusal("the database is not as it was rehearsed", site, journey, found)
    if journey.recorded == found.fingerprint:
        return None
    before, _ = expected(site, journey)
    if before is None or not differences(found.schema, before):
        return None
    return _refusal(f"the database is not as the history leaves it at {journey.start}", site, journey, found)


def _refusal(message: str, site: Site, journey: Journey, found: Found) -> Refusal:
    before, _ = expected(site, journey)
    lines = differences(found.schema, before) if before is not None else ()
    unknown = f" What differs cannot be shown: {site.expectations.reason}." if before is None else ""
    return Refusal(
        kind="drift",
        message=message,
        detail=f"Nothing was run.{unknown}",
        hint="Make the database like it, put the difference into a revision of its own, or say --allow-drift.",
        differences=lines,
    )
