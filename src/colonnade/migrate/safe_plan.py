"""From one catalog to another in stages, worked out and tried on scratch databases."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from colonnade.errors import UnsupportedError
from colonnade.migrate.plan import plan
from colonnade.migrate.rehearsal import digests, observed_steps, tried
from colonnade.migrate.renaming import renamed
from colonnade.migrate.safe import Surroundings
from colonnade.migrate.sentences import sentence
from colonnade.migrate.stage import Plan, Stage
from colonnade.migrate.staging import stages
from colonnade.migrate.step import Step
from colonnade.postgres import Server, Session, casts_of
from colonnade.schema.dependencies import Catalog
from colonnade.schema.diff import diff

_SHOWN = 5


def safe_plan(
    server: Server,
    session: Session,
    goal: Callable[[Catalog], Catalog],
    *,
    read: Callable[[], Catalog],
    renames: Sequence[str] = (),
) -> Plan:
    """Return the stages that make a scratch database like the goal; they have been run there.

    `read` returns the catalog of the database as it is, `goal` what it is to become, given what it is when the renames
    have been made. Raises UnsupportedError where no statements of ours lead there.
    """
    before = read()
    first = renamed(session, renames, read=read)
    start = read() if first else before
    then, reached = stages_to(server, session, start, goal(start), read=read)
    return Plan(stages=(*first, *then), before=before.schema.fingerprint, after=reached.schema.fingerprint)


def stages_to(
    server: Server, session: Session, start: Catalog, wanted: Catalog, *, read: Callable[[], Catalog]
) -> tuple[tuple[Stage, ...], Catalog]:
    """Return the stages that make a scratch database like a catalog, run there, and what it is after them.

    `start` is what it is before; `read` returns what it is.
    """
    steps = plan(diff(start.schema, wanted.schema), before=start, after=wanted, casts=casts_of(session))
    if not steps:
        return (), start
    found = _staged(server, session, steps, before=start, goal=wanted)
    reached = read()
    if left := diff(reached.schema, wanted.schema):
        raise UnsupportedError(
            "the stages do not lead to the second schema",
            detail="; ".join(sentence(change) for change in left[:_SHOWN]) + ".",
            hint="Make the change in two steps, each a schema of its own.",
        )
    return found, reached


def _staged(
    server: Server, session: Session, steps: Sequence[Step], *, before: Catalog, goal: Catalog
) -> tuple[Stage, ...]:
    """Return the stages for plain steps, which are run on a copy, while the stages are run on the database itself."""
    with server.scratch_copy(session) as copy:
        observed = observed_steps(copy, steps)
        around = Surroundings(before=before, after=goal, digests=digests(copy, steps))
    return tried(session, stages(observed, around))
