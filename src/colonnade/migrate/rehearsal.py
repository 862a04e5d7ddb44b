"""Steps and stages run on scratch databases: what they do is observed, and where they lead is compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from colonnade.errors import StatementError, UnsupportedError
from colonnade.migrate.conditions import definition
from colonnade.migrate.done import made_anew
from colonnade.migrate.safe import ObservedStep
from colonnade.migrate.stage import Stage, Statement
from colonnade.migrate.step import Step
from colonnade.postgres import Session
from colonnade.postgres.observation import ObservedStatement, observe
from colonnade.schema.names import ObjectName

SETTINGS = {"search_path": "public, pg_temp", "check_function_bodies": "off", "row_security": "off"}
"""What statements of ours are written for.

Names mean what they say, what a function calls may come after it, and rows that a policy would hide are an error
instead of being passed over.
"""


def observed_steps(session: Session, steps: Sequence[Step]) -> tuple[ObservedStep, ...]:
    """Run plain steps, each statement by itself, and return what each did; raises UnsupportedError for a refusal."""
    with _settings(session):
        return tuple(
            ObservedStep(step=step, observed=tuple(_observed(session, text) for text in step.sql)) for step in steps
        )


def digests(session: Session, steps: Iterable[Step]) -> dict[ObjectName, str]:
    """Return the digest of each definition that has come about by making something anew, after the steps have run."""
    with _settings(session):
        found = {each.name: session.value(f"SELECT {definition(each.value, each.table)}") for each in made_anew(steps)}
    return {name: digest for name, digest in found.items() if digest is not None}


def tried(session: Session, stages: Iterable[Stage]) -> tuple[Stage, ...]:
    """Run stages as they will be run, and return them with what each statement did.

    Raises UnsupportedError for a refusal, and for a stage that does not know afterwards that it is done.
    """
    with _settings(session):
        return tuple(_tried(session, stage) for stage in stages)


def is_done(session: Session, stage: Stage) -> bool:
    """Tell whether a stage has its effect already."""
    return bool(stage.done) and bool(session.value(f"SELECT {stage.done}"))


def _tried(session: Session, stage: Stage) -> Stage:
    if is_done(session, stage):  # it puts right what only a stopped run leaves
        return stage
    if stage.transactional:
        with session.transaction():
            observed = [_observed(session, text) for text in stage.sql]
    else:
        observed = [_observed(session, text) for text in stage.sql]
    if stage.kind == "change" and stage.done and not is_done(session, stage):
        raise UnsupportedError(
            f'a stage does not tell that it is done: "{stage.sentence}"',
            detail=f"This does not hold after it: {stage.done}",
            hint="Report this with the two schemas: it is a bug of ours.",
        )
    return replace(stage, statements=tuple(_statement(each) for each in observed))


def _statement(observed: ObservedStatement) -> Statement:
    return Statement(
        sql=observed.sql,
        locks=observed.locks,
        rewrites=observed.rewritten,
        scans=observed.scanned,
        builds=observed.built,
    )


def _observed(session: Session, sql: str) -> ObservedStatement:
    try:
        return observe(session, sql)
    except StatementError as problem:
        raise UnsupportedError(
            "a statement of the change is refused",
            detail=f"{problem.message}: {sql.splitlines()[0]}",
            hint="Make the change in two steps, each a schema of its own.",
            sqlstate=problem.sqlstate,
        ) from problem


@contextmanager
def _settings(session: Session) -> Iterator[None]:
    old = {name: session.value("SELECT current_setting(%s)", (name,)) for name in SETTINGS}
    for name, value in SETTINGS.items():
        session.execute("SELECT set_config(%s, %s, false)", (name, value))
    yield
    for name, value in old.items():
        session.execute("SELECT set_config(%s, %s, false)", (name, value))
