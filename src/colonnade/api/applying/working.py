"""An errand from its beginning to its end: lock, look, ask, run, look again."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from colonnade.api.applying.database import locked, who
from colonnade.api.applying.expected import Found, differences, found_in, parted
from colonnade.api.applying.guards import Consent, Rehearsed, read_rehearsal
from colonnade.api.applying.preparing import Journey, expected, journey, pending_steps, printed, refusals
from colonnade.api.applying.running import Orders, Ran, carry_out
from colonnade.api.applying.site import Site
from colonnade.migrate.runs.record import Direction, NewRun, Run
from colonnade.migrate.runs.result import ApplyResult, Ended
from colonnade.migrate.runs.table import RunTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What somebody wants: to go forwards or backwards to a revision."""

    direction: Direction
    revision: str
    consent: Consent
    dry_run: bool
    wait_seconds: float

    @property
    def label(self) -> str:
        """What other sessions see of it."""
        return f"colonnade migrate {'apply' if self.direction == 'up' else 'down'} ({who()})"


def run_errand(site: Site, errand: Errand) -> ApplyResult:
    """Do what is wanted, or return what speaks against it."""
    started = time.perf_counter()
    if errand.dry_run:
        table = RunTable(site.session)
        notes = site.notes
    else:
        site.progress("locking the database")
        table = locked(site.session, wait_seconds=errand.wait_seconds, label=errand.label)
        ended = table.mark_interrupted()
        notes = (*site.notes, *(f"run {number} never ended: recorded as interrupted" for number in ended))
    result = _Work(site=site, errand=errand, table=table, notes=notes).result()
    return replace(result, elapsed_ms=(time.perf_counter() - started) * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    site: Site
    errand: Errand
    table: RunTable
    notes: tuple[str, ...]

    def result(self) -> ApplyResult:
        """Ask everything, then run."""
        errand, site = self.errand, self.site
        runs = self.table.runs()
        rehearsed = read_rehearsal(errand.consent.rehearsal, errand.direction) if errand.consent.rehearsal else None
        current = site.current(runs)
        way = journey(site, errand.direction, errand.revision, runs, current)
        shown = self._shown(way, rehearsed)
        if not way.steps:
            return shown
        text = printed(site, way, current[0])
        steps = pending_steps(site, way, text)
        site.progress("comparing the database with what is expected")
        found = found_in(site.session)
        against = tuple(
            refusals(site, way, steps, rehearsed=rehearsed, consent=errand.consent, found=found, now=datetime.now(UTC))
        )
        shown = replace(shown, steps=steps, refusals=against, notes=(*shown.notes, *self._unknown(found)))
        if against:
            return replace(shown, ended="refused", sql=text.text if errand.dry_run else "")
        if errand.dry_run:
            return replace(shown, ended="printed", sql=text.text)
        return self._run(shown, way, rehearsed, found)

    def _shown(self, way: Journey, rehearsed: Rehearsed | None) -> ApplyResult:
        notes = list(self.notes)
        if way.resumed is not None:
            notes.append(f"goes on with run {way.resumed.id}, which {_was(way.resumed)}")
        if way.steps and rehearsed is None:
            notes.append("nothing of this was rehearsed")
        return ApplyResult(
            direction=self.errand.direction,
            database=self.site.database,
            environment=self.site.wanted.name,
            history=self.site.history.kind,
            start=way.start,
            target=way.target,
            steps=(),
            ended="up to date",
            notes=tuple(notes),
        )

    def _unknown(self, found: Found) -> tuple[str, ...]:
        """Return what could not be compared."""
        reason = self.site.expectations.reason
        return (*((f"not compared with the history: {reason}",) if reason else ()), *found.unsaid)

    def _run(self, shown: ApplyResult, way: Journey, rehearsed: Rehearsed | None, found: Found) -> ApplyResult:
        site, errand = self.site, self.errand
        run = NewRun(
            history=site.history.kind,
            direction=errand.direction,
            start=way.start,
            target=way.target,
            plan=way.plan,
            rehearsal=rehearsed.digest if rehearsed else "",
            before=way.resumed.before if way.resumed else found.fingerprint,
            environment=site.wanted.name,
            applied_by=who(),
            approved_by=errand.consent.approved_by.strip(),
        )
        ran = carry_out(
            site.session,
            self.table,
            Orders(
                history=site.history,
                direction=errand.direction,
                steps=way.steps,
                target=way.target,
                run=run,
                label=errand.label,
                wait_seconds=errand.wait_seconds,
                in_place=lambda: self._in_place(way),
                progress=site.progress,
            ),
        )
        return self._verified(shown, way, rehearsed, found, ran)

    def _verified(
        self, shown: ApplyResult, way: Journey, rehearsed: Rehearsed | None, before: Found, ran: Ran
    ) -> ApplyResult:
        """Compare what the run has led to with what it should lead to, and record the outcome."""
        self.site.progress("comparing the database with where it should be")
        after = found_in(self.site.session)
        left: tuple[str, ...] = ()
        ended: Ended = "succeeded"
        if rehearsed is None or rehearsed.after != after.fingerprint:
            first, last = expected(self.site, way)
            if last is not None:
                known = set(differences(before.schema, first)) if first is not None else set()
                left = tuple(line for line in differences(after.schema, last) if line not in known)
            if left or (last is None and rehearsed is not None):
                ended = "differs"
        self.table.finish(ran.number, "differs" if ended == "differs" else "succeeded", after=after.fingerprint)
        return replace(shown, ended=ended, differences=left, stages=ran.stages, run=ran.number)

    def _in_place(self, way: Journey) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return which changes of the way are there, and which are not."""
        first, last = expected(self.site, way)
        if first is None or last is None:
            return (), ()
        parts = parted(first, found_in(self.site.session).schema, last)
        return parts.done, parts.missing


def _was(run: Run) -> str:
    return "was interrupted" if run.outcome == "interrupted" else f"failed: {run.failure}"
