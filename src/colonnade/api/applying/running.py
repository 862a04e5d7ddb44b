"""A run, step by step: recorded before it begins, after each step, and however it ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from colonnade.api.applying.database import end_run, keep_lock, opening
from colonnade.api.applying.expected import found_in
from colonnade.api.applying.runnable import Around, RunnableHistory, legs
from colonnade.api.texts import read_text, shown_path
from colonnade.errors import DatabaseError
from colonnade.migrate.files import KIND
from colonnade.migrate.psql import is_repeatable
from colonnade.migrate.runs.patience import patiently
from colonnade.migrate.runs.record import Direction, NewRun, RanRevision, RanStage
from colonnade.migrate.runs.table import RunTable
from colonnade.migrate.runs.way import Step
from colonnade.models.history import HistoryFailure, RanStatement, RunReport
from colonnade.postgres import Session
from colonnade.span import Span

_SHOWN = 10
_STAGE = re.compile(r"\s*_stage\(")


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What is run: steps of a history, in one direction, with what is recorded of them.

    `wait_seconds` bounds how long a lock on a table is asked for. `in_place` tells, after a failure, which changes are
    there and which are not.
    """

    history: RunnableHistory
    direction: Direction
    steps: Sequence[Step]
    target: str
    run: NewRun
    label: str
    wait_seconds: float
    in_place: Callable[[], tuple[tuple[str, ...], tuple[str, ...]]]
    progress: Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What was run, and the number under which it is recorded."""

    number: int
    stages: tuple[RanStage, ...]


def carry_out(session: Session, table: RunTable, orders: Orders) -> Ran:
    """Run the steps; raises DatabaseError for one that fails, which is recorded as well."""
    table.prepare()
    number = table.begin(orders.run)
    stages: list[RanStage] = []
    try:
        for step, target in legs(orders.history, orders.steps, orders.target, orders.direction):
            orders.progress(f"running {step.revision}")
            passed = _passed(step, orders)
            own_record = orders.history.kind == "alembic"  # files of SQL have none but ours, which commits with them
            closing = "" if own_record else table.passing(number, passed)
            report = _patiently(session, step, target, orders, closing)
            done = tuple(_stage(each) for each in report.statements)
            if report.failure is not None:
                raise _Failed(step, report.failure, done)
            keep_lock(session, label=orders.label)
            table.add(number, done, passed if own_record else ())
            stages += done
    except _Failed as problem:
        raise _failure(session, table, number, problem, orders) from None
    except BaseException as problem:
        _interrupted(session, table, number, orders)
        if isinstance(problem, Exception):
            raise
        raise DatabaseError(
            "the run was stopped",
            detail="Its connection was ended, and it is recorded as interrupted.",
            hint="Run the same command again to go on.",
        ) from problem
    return Ran(number=number, stages=tuple(stages))


class _Failed(Exception):  # noqa: N818 - it never leaves this module
    """A step was refused."""

    def __init__(self, step: Step, failure: HistoryFailure, stages: tuple[RanStage, ...]) -> None:
        super().__init__(failure.message)
        self.step = step
        self.failure = failure
        self.stages = stages


def _passed(step: Step, orders: Orders) -> tuple[RanRevision, ...]:
    whole = orders.direction == "down" and orders.history.kind == "alembic"
    steps = reversed(orders.steps) if whole else (step,)
    return tuple(RanRevision(revision=each.revision, digest=each.digest) for each in steps)


def _patiently(session: Session, step: Step, target: str, orders: Orders, closing: str) -> RunReport:
    """Run a step, again and again while a lock does not come and nothing was changed."""
    forwards = orders.direction == "up"
    source = orders.history.source(step, forwards=forwards)
    text = read_text(source)
    around = Around(opening=opening(text), closing=closing)
    before = found_in(session).fingerprint

    def repeatable() -> bool:
        if orders.history.kind == KIND:
            return is_repeatable(text, path=str(source))
        return found_in(session).fingerprint == before

    return patiently(
        lambda: orders.history.run(session.dsn, step, target, forwards=forwards, around=around),
        repeatable=repeatable,
        wait_seconds=orders.wait_seconds,
        tell=lambda: orders.progress(f"{step.revision}: a lock did not come in time, asking again"),
    )


def _stage(statement: RanStatement) -> RanStage:
    return RanStage(
        revision=statement.revision,
        path=shown_path(statement.path) if statement.path else "",
        line=statement.line,
        sql=statement.sql,
        elapsed_ms=round(statement.elapsed_ms, 3),
    )


def _failure(session: Session, table: RunTable, number: int, problem: _Failed, orders: Orders) -> DatabaseError:
    """Record a failure, and return the error that says what is in place and how to go on."""
    failure = problem.failure
    at = Span(path=shown_path(failure.path), line=failure.line) if failure.path else None
    stage = _sentence(Path(failure.path), failure.line) if failure.path else ""
    parts = [f"In the stage: {stage}." if stage else failure.detail]
    done: tuple[str, ...] = ()
    try:
        keep_lock(session, label=orders.label)
        table.add(number, problem.stages, ())
        table.finish(number, "failed", after=found_in(session).fingerprint, failure=failure.message)
        done, missing = orders.in_place()
        parts.append(f"In place: {_listed(done)}." if done or missing else "")
        parts.append(f"Not in place: {_listed(missing)}." if missing else "")
        parts.append(f"It is recorded as run {number}.")
    except DatabaseError as lost:
        parts.append(f"It cannot be recorded: {lost.message}.")
    return DatabaseError(
        f'revision "{problem.step.revision}" failed: {failure.message}',
        at=at,
        detail=" ".join(part for part in parts if part),
        hint=_way_out(problem.step, orders, done),
        sqlstate=failure.sqlstate,
    )


def _way_out(step: Step, orders: Orders, done: Sequence[str]) -> str:
    """Return how to go on, and how to go back as far as that can be done: a revision is taken back as a whole."""
    parts = ["Mend the cause and run the same command again; what is done is not done twice where the revision asks."]
    if done and orders.direction == "up":
        parts.append(f"What is in place of {step.revision} is finished by that, or has to be undone by hand.")
        if step != orders.steps[0]:
            parts.append(f"What came before can then be taken back with colonnade migrate down {orders.run.start}.")
    return " ".join(parts)


def _listed(lines: Sequence[str]) -> str:
    more = f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    return (", ".join(lines[:_SHOWN]) or "nothing of it") + more


def _sentence(path: Path, line: int) -> str:
    """Return what the stage at a line of a revision is for, as the comment above it says."""
    lines = read_text(path).splitlines()
    place = line - 1
    if not 0 <= place < len(lines) or not _STAGE.match(lines[place]):
        return ""
    found: list[str] = []
    while place > 0 and lines[place - 1].lstrip().startswith("#"):
        place -= 1
        found.insert(0, lines[place].strip().removeprefix("# "))
    return next(iter(found), "")


def _interrupted(session: Session, table: RunTable, number: int, orders: Orders) -> None:
    """Record that a run was given up; where even that cannot be done, the next run records it."""
    try:
        keep_lock(session, label=orders.label)
        end_run(session)
        table.finish(number, "interrupted")
    except DatabaseError as problem:
        orders.progress(f"the interruption cannot be recorded: {problem.message}")
