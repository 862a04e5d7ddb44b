"""A migration tried on a copy of a database that is in use, with the rows that are in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from colonnade.migrate.runs.way import BASE
from colonnade.models.history import RunReport
from colonnade.postgres import Session
from colonnade.prove.claim import Evidence
from colonnade.prove.rehearsal.evidence import judged, untried
from colonnade.prove.rehearsal.trial import RehearsedHistory, differences, invalid_indexes, schema_of
from colonnade.schema import Schema

_SHOWN_SQL = 100


def on_branch(
    history: RehearsedHistory, session: Session, *, name: str, progress: Callable[[str], None] = lambda _: None
) -> tuple[Evidence, ...]:
    """Upgrade a branch from where it stands to the head, go back, and upgrade it again.

    `session` is connected to a branch that nobody needs any more afterwards; `name` is what it was made of.
    """
    return tuple(_evidence(history, session, name, progress))


def _evidence(
    history: RehearsedHistory, session: Session, name: str, progress: Callable[[str], None]
) -> Iterator[Evidence]:
    runs = f"the upgrade runs on a branch of {name}"
    standing = history.runner.run(dsn=session.dsn)
    if standing.failure is not None:
        yield _ran("branch/up", runs, history, standing)
        return
    if len(standing.current) > 1:
        yield untried("branch/up", runs, "it stands at several revisions")
        return
    start = standing.current[0] if standing.current else BASE
    if start == history.head:
        yield untried("branch/up", runs, f"it stands at {start} already")
        return
    before = schema_of(session)
    progress(f"running upgrade, downgrade, upgrade on a branch of {name}")
    up = _go(history, session, history.head, forwards=True)
    yield _ran("branch/up", f"the upgrade from {start} runs on a branch of {name}, with its rows", history, up)
    if up.failure is not None:
        return
    invalid = invalid_indexes(session)
    yield judged("branch/valid", "no index of the branch is invalid after the upgrade", invalid, fine="none")
    if invalid:
        return
    there = schema_of(session)
    yield from _back_and_again(history, session, start, before, there)


def _back_and_again(
    history: RehearsedHistory, session: Session, start: str, before: Schema, there: Schema
) -> Iterator[Evidence]:
    runs, restores = f"the downgrade to {start} runs there", "the downgrade restores the schema of the branch"
    once_more, same = "the upgrade runs there once more", "it leads to the same schema of the branch"
    reason = history.no_way_back(start)
    if reason:
        names = ("branch/down", "branch/restores", "branch/again", "branch/same")
        for each in zip(names, (runs, restores, once_more, same), strict=True):
            yield untried(*each, reason)
        return
    down = _go(history, session, start, forwards=False)
    yield _ran("branch/down", runs, history, down)
    if down.failure is not None:
        return
    restored = differences(schema_of(session), before)
    yield judged("branch/restores", restores, restored, fine="equal catalogs")
    again = _go(history, session, history.head, forwards=True)
    yield _ran("branch/again", once_more, history, again)
    if again.failure is None:
        reached = differences(schema_of(session), there)
        yield judged("branch/same", same, reached, fine="equal catalogs")


def _go(history: RehearsedHistory, session: Session, target: str, *, forwards: bool) -> RunReport:
    return history.runner.run(dsn=session.dsn, target=target, forwards=forwards)


def _ran(name: str, said: str, history: RehearsedHistory, report: RunReport) -> Evidence:
    """Return whether a run came to its end, and what took longest on the way."""
    failure = report.failure
    problem = ""
    if failure is not None:
        problem = (f"{history.shown(failure.path)}:{failure.line}: " if failure.path else "") + failure.message
    elapsed_ms = sum(each.elapsed_ms for each in report.statements)
    slowest = max(report.statements, key=lambda each: each.elapsed_ms, default=None)
    details = (f"slowest, {slowest.elapsed_ms:.0f} ms: {_short(slowest.sql)}",) if slowest else ()
    fine = f"{len(report.statements)} statements in {elapsed_ms:.0f} ms"
    return judged(name, said, problem, fine=fine, elapsed_ms=elapsed_ms, details=details)


def _short(sql: str) -> str:
    line = " ".join(sql.split())
    return line if len(line) <= _SHOWN_SQL else line[: _SHOWN_SQL - 1] + "…"
