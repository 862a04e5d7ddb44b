"""What is asked before anything runs: is it what was rehearsed, is the database as expected, and is it allowed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from colonnade.api.applying.environments import Environment
from colonnade.errors import InputError
from colonnade.migrate.runs.record import Direction
from colonnade.migrate.runs.result import PendingStep, Refusal
from colonnade.migrate.runs.way import Step, plan_digest
from colonnade.prove.rehearsal import Rehearsal
from colonnade.span import Span

_REHEARSAL = TypeAdapter(Rehearsal)
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What somebody who knows says of a run: the evidence for it, and what may happen.

    `allow_drift` is for a database that is not as the history expects it: one that somebody else's tool has left
    half changed, or that was never quite like the history.
    """

    rehearsal: Path | None = None
    allow_data_loss: bool = False
    allow_drift: bool = False
    approved_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """A rehearsal with the digest of its file, seen in the direction of a run."""

    rehearsal: Rehearsal
    digest: str
    direction: Direction

    @property
    def start(self) -> str:
        """Where the run begins."""
        return self.rehearsal.start if self.direction == "up" else self.rehearsal.head

    @property
    def target(self) -> str:
        """Where it leads."""
        return self.rehearsal.head if self.direction == "up" else self.rehearsal.start

    @property
    def before(self) -> str:
        """The fingerprint before."""
        return self.rehearsal.before if self.direction == "up" else self.rehearsal.after

    @property
    def after(self) -> str:
        """The fingerprint after."""
        return self.rehearsal.after if self.direction == "up" else self.rehearsal.before


def read_rehearsal(path: Path, direction: Direction) -> Rehearsed:
    """Read a rehearsal.json; raises InputError for what is none."""
    try:
        data = path.read_bytes()
        rehearsal = _REHEARSAL.validate_json(data)
    except OSError as problem:
        raise InputError(
            f'cannot read "{path}"', detail=f"{problem.strerror}.", hint="Write it with colonnade migrate rehearse."
        ) from problem
    except ValidationError as problem:
        place = ".".join(str(part) for part in problem.errors()[0]["loc"])
        raise InputError(
            f'"{path}" is no rehearsal',
            at=Span(path=str(path)),
            detail=f"{problem.errors()[0]['msg']}{f' at {place}' if place else ''}.",
            hint="Write it with colonnade migrate rehearse.",
        ) from problem
    return Rehearsed(rehearsal=rehearsal, digest=hashlib.sha256(data).hexdigest(), direction=direction)


def rehearsal_refusals(
    rehearsed: Rehearsed | None, wanted: Environment, *, start: str, target: str, steps: Sequence[Step], now: datetime
) -> Iterator[Refusal]:
    """Yield what is wrong with the evidence for a run."""
    if rehearsed is None:
        if wanted.require_rehearsal:
            yield Refusal(
                kind="rehearsal",
                message=f'the environment "{wanted.name}" demands a rehearsal',
                hint="Run colonnade migrate rehearse, and name its file with --rehearsal.",
            )
        return
    if (rehearsed.start, rehearsed.target) != (start, target):
        yield Refusal(
            kind="plan",
            message="another way was rehearsed",
            detail=f"It goes from {rehearsed.start} to {rehearsed.target}, the run from {start} to {target}.",
            hint=f"Rehearse it from {start}, or name the revision to go to.",
        )
    elif rehearsed.rehearsal.plan != plan_digest(steps):
        yield Refusal(
            kind="plan",
            message="the revisions are not those that were rehearsed",
            detail=_edited(rehearsed.rehearsal, steps),
            hint="Rehearse them again.",
        )
    yield from _evidence(rehearsed)
    yield from _age(rehearsed.rehearsal, wanted, now)


def loss_refusals(steps: Sequence[PendingStep], wanted: Environment, consent: Consent) -> Iterator[Refusal]:
    """Yield what is lost for good and not allowed to be."""
    lost = [f"{step.revision} loses {', '.join(step.loses)}" for step in steps if step.loses]
    if not lost:
        return
    detail = f"Revision {'; '.join(lost)}."
    if wanted.destructive == "refuse":
        yield Refusal(
            kind="policy",
            message=f'the environment "{wanted.name}" allows no loss of content',
            detail=detail,
            hint="Change the environment in pyproject.toml, or keep the content.",
        )
    elif not consent.allow_data_loss:
        yield Refusal(
            kind="loss", message="content would be lost for good", detail=detail, hint="Say --allow-data-loss."
        )
    elif wanted.destructive == "approve" and not consent.approved_by.strip():
        yield Refusal(
            kind="policy",
            message=f'the environment "{wanted.name}" demands a name for what loses content',
            detail=detail,
            hint="Say who has approved it with --approved-by NAME.",
        )


def drift_policy_refusals(wanted: Environment, consent: Consent) -> Iterator[Refusal]:
    """Yield why a database may not be other than expected."""
    if consent.allow_drift and wanted.require_rehearsal and not consent.approved_by.strip():
        yield Refusal(
            kind="policy",
            message=f'the environment "{wanted.name}" demands a name for a database that is not as expected',
            hint="Say who has approved it with --approved-by NAME.",
        )


def _evidence(rehearsed: Rehearsed) -> Iterator[Refusal]:
    rehearsal, direction = rehearsed.rehearsal, rehearsed.direction
    refuted = rehearsal.refuted
    wanted = f"migration/{direction}/runs"
    ran = any(each.claim.id == wanted and each.verdict == "proved" for each in rehearsal.evidence)
    if refuted:
        said = "; ".join(f"{each.claim.sentence}: {each.observed}" for each in refuted[:_SHOWN])
        more = f"; and {len(refuted) - _SHOWN} more" if len(refuted) > _SHOWN else ""
        yield Refusal(
            kind="rehearsal",
            message=f"the rehearsal has refuted {len(refuted)} claim{'s' if len(refuted) > 1 else ''}",
            detail=f"{said}{more}.",
            hint="Mend the revision, and rehearse it again.",
        )
    elif not ran:
        way = "upgrade" if direction == "up" else "downgrade"
        yield Refusal(
            kind="rehearsal",
            message=f"the rehearsal does not show that the {way} runs",
            hint="Rehearse what is to run with colonnade migrate rehearse.",
        )


def _age(rehearsal: Rehearsal, wanted: Environment, now: datetime) -> Iterator[Refusal]:
    if wanted.rehearsal_max_age_hours is None:
        return
    try:
        then = datetime.fromisoformat(rehearsal.rehearsed_at).astimezone(UTC)
    except ValueError:
        yield Refusal(kind="policy", message="the rehearsal does not say from when it is", hint="Rehearse it again.")
        return
    hours = (now - then).total_seconds() / 3600
    if hours > wanted.rehearsal_max_age_hours or hours < -1:
        yield Refusal(
            kind="policy",
            message="the rehearsal is too old" if hours > 0 else "the rehearsal is from the future",
            detail=f'It is from {rehearsal.rehearsed_at}; the environment "{wanted.name}" allows'
            f" {wanted.rehearsal_max_age_hours:g} hours.",
            hint="Rehearse it again.",
        )


def _edited(rehearsal: Rehearsal, steps: Sequence[Step]) -> str:
    """Return which revisions differ from those that were rehearsed."""
    then = {each.revision: each.digest for each in rehearsal.revisions}
    now = {each.revision: each.digest for each in steps}
    told = [
        *(f"{name} was edited" for name in now if name in then and then[name] != now[name]),
        *(f"{name} is new" for name in now if name not in then),
        *(f"{name} is gone" for name in then if name not in now),
    ]
    return f"Revision {', '.join(told)} after the rehearsal." if told and then else ""
