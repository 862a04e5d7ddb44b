"""Migrations that were stopped half-way, run again: whether the second run reaches the end of the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import chain

from colonnade.errors import StatementError
from colonnade.postgres import Session
from colonnade.review.plan.alone import runs_alone
from colonnade.review.plan.migration import Statement
from colonnade.review.plan.trial import read_schema
from colonnade.schema import Schema
from colonnade.schema.diff import diff
from colonnade.sql.psql import Passing


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The statement after which a migration was stopped, and what came of running it again from its beginning."""

    after: Statement
    problem: str


def can_stop(statements: Sequence[Statement]) -> bool:
    """Tell whether a migration commits before its end because something in it runs outside a transaction only."""
    alone = any(runs_alone(act) for statement in statements for act in statement.acts)
    return alone and len(list(_units(statements))) > 1


def stops(
    statements: Sequence[Statement], *, goal: Schema, copies: Callable[[], AbstractContextManager[Session]]
) -> tuple[Stop, ...]:
    """Return the stops after which a second run does not end as the first did, in `goal`.

    `copies` lends databases as they were before the migration.
    """
    units = list(_units(statements))
    found = []
    for count in range(1, len(units)):
        with copies() as session:
            if problem := _resumed(session, units, count, goal):
                found.append(Stop(after=units[count - 1][-1], problem=problem))
    return tuple(found)


def _resumed(session: Session, units: list[list[Statement]], count: int, goal: Schema) -> str:
    """Run the first units, and then all of them; return what is wrong then, or nothing."""
    _run(session, units[:count])
    session.reconnect()
    try:
        _run(session, units)
    except StatementError as problem:
        return problem.message
    return "it ends in another schema" if diff(read_schema(session), goal) else ""


def _run(session: Session, units: Iterable[list[Statement]]) -> None:
    passing = Passing(session.value)
    for statement in chain.from_iterable(units):
        if not passing.over(statement.unless):
            session.execute(statement.sql)


def _units(statements: Sequence[Statement]) -> Iterator[list[Statement]]:
    """Yield the statements that commit together: those of a transaction, or a single one."""
    unit: list[Statement] = []
    for statement in statements:
        if unit and (statement.transaction is None or statement.transaction != unit[-1].transaction):
            yield unit
            unit = []
        unit.append(statement)
    if unit:
        yield unit
