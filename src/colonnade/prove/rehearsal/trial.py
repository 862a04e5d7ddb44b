"""The rehearsal of a history, on databases that are always removed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

from colonnade.dsn import Dsn
from colonnade.errors import DatabaseError
from colonnade.migrate import sentence
from colonnade.migrate.runs.way import BASE
from colonnade.models.history import HistoryFailure, RanStatement, RunReport, Stop, StopKind
from colonnade.postgres import Server, Session, read_catalog
from colonnade.prove.claim import Evidence
from colonnade.prove.rehearsal.evidence import judged, untried
from colonnade.prove.rehearsal.looking import looking, without_sample
from colonnade.prove.rehearsal.meanwhile import deploy_order, under_traffic, without_rows
from colonnade.prove.rehearsal.result import Rehearsal, TimedStatement
from colonnade.prove.rehearsal.rows import ColumnName, Content, contents, fill
from colonnade.schema import Schema
from colonnade.schema.diff import diff
from colonnade.schema.own import ALEMBIC_VERSIONS
from colonnade.span import Span

_KINDS: tuple[StopKind, ...] = ("backend terminated", "connection cut", "process killed")
_CONCURRENTLY = re.compile(r"\bCONCURRENTLY\b", re.IGNORECASE)
_SHOWN = 5
_GONE_SECONDS = 15.0
_INVALID = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid ORDER BY 1"
_OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"


class Runner(Protocol):
    """What runs a history, of whatever kind."""

    def run(self, *, dsn: Dsn, target: str = "", forwards: bool = True, stop: Stop | None = None) -> RunReport:
        """Run to a revision, and return what came of it; without a target, where the database stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsedHistory:
    """A history, and the two revisions between which it is tried.

    `plan` is the digest of what lies between; `no_way_back` returns why it does not lead from the head back to a
    revision, empty where it does. `shown` writes the path of a revision as people should read it. `roles` are those
    that the revisions create by name.
    """

    runner: Runner
    start: str
    head: str
    plan: str
    no_way_back: Callable[[str], str] = lambda _: ""
    shown: Callable[[str], str] = str
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalOptions:
    """How a migration is rehearsed.

    Every table has so many `rows`. A statement may take `budget_ms` longer than usual meanwhile. With `stops` the run
    is stopped at every statement.
    """

    rows: int = 20
    budget_ms: float = 100.0
    stops: bool = True


def rehearse(
    history: RehearsedHistory,
    server: Server,
    *,
    options: RehearsalOptions,
    progress: Callable[[str], None] = lambda _: None,
) -> Rehearsal:
    """Try the way from one revision to the other.

    Raises DatabaseError when the server fails, and for a start that cannot be reached.
    """
    return _Trial(history, server, options, progress).run()


@dataclass(frozen=True, slots=True)
class _State:
    """A database as it is found: its schema and its rows."""

    schema: Schema
    rows: Mapping[ColumnName, Content]


@dataclass
class _Trial:
    """One rehearsal."""

    history: RehearsedHistory
    server: Server
    options: RehearsalOptions
    progress: Callable[[str], None]
    evidence: list[Evidence] = field(default_factory=list)

    def run(self) -> Rehearsal:
        """Build the start, go there, back and there again, then stop everywhere."""
        self.progress(f"building {self.history.start}")
        with self.server.scratch_database() as session:
            report = self._go(session, self.history.start) if self.history.start != BASE else RunReport()
            if report.failure is not None:
                raise self._unreachable(report.failure)
            before = schema_of(session)
            for reason in fill(session, before, self.options.rows) if self.options.rows else ():
                self.evidence.append(untried("rows/made", "every table has rows", reason))
            first = self._state(session)
            up, after = self._there_and_back(session, first)
            if after is not None:
                self._meanwhile(session, first, after)
                self._stopped(session, after, up.statements)
        return Rehearsal(
            start=self.history.start,
            head=self.history.head,
            plan=self.history.plan,
            before=before.fingerprint,
            after=after.schema.fingerprint if after else "",
            rows=self.options.rows,
            statements=tuple(self._timed(each) for each in up.statements if each.path),
            evidence=tuple(self.evidence),
        )

    def _there_and_back(self, template: Session, first: _State) -> tuple[RunReport, _State | None]:
        """Go there, back and there again; return the way there, and the state at its end if it came there."""
        with self._copy(template) as session:
            self.progress("running upgrade, downgrade, upgrade")
            up = self._go(session, self.history.head)
            if not self._ran("up/runs", f"the upgrade to {self.history.head} runs", up):
                return up, None
            invalid = invalid_indexes(session)
            self._judge("up/valid", "no index is invalid after the upgrade", invalid, fine="none")
            if invalid:
                return up, None
            there = self._state(session)
            self._keeps_rows("up/rows", "the upgrade keeps the rows of every column that stays", first, there)
            if self._back_and_again(session, first, there):
                repeated = self._go(session, self.history.head)
                self._ran("repeated/runs", "an upgrade of what is up to date does nothing", repeated)
            return up, there

    def _back_and_again(self, session: Session, first: _State, there: _State) -> bool:
        """Go back and there again, and tell whether nothing has ended that on the way back."""
        runs, restores = f"the downgrade to {self.history.start} runs", "the downgrade restores the schema"
        keeps, once_more = "the downgrade keeps the rows of every column that stays", "the upgrade runs once more"
        same = "it leads to the same schema"
        reason = self.history.no_way_back(self.history.start)
        if reason:
            names = ("down/runs", "down/restores", "down/rows", "again/runs", "again/same")
            for each in zip(names, (runs, restores, keeps, once_more, same), strict=True):
                self.evidence.append(untried(*each, reason))
            return True
        down = self._go(session, self.history.start, forwards=False)
        if not self._ran("down/runs", runs, down):
            return False
        back = self._state(session)
        restored = differences(back.schema, first.schema)
        self._judge("down/restores", restores, restored, fine="equal catalogs")
        self._keeps_rows("down/rows", keeps, there, back)
        again = self._go(session, self.history.head)
        if self._ran("again/runs", once_more, again):
            reached = differences(schema_of(session), there.schema)
            self._judge("again/same", same, reached, fine="equal catalogs")
        return True

    def _meanwhile(self, template: Session, first: _State, after: _State) -> None:
        """Try what the code before and after sends, on the other's schema and while the migration runs."""
        if not self.options.rows:
            self.evidence += without_rows()
            return
        self.progress("trying the statements of old and new code")

        def go(session: Session) -> str:
            return self._failed(self._go(session, self.history.head))

        rows = self.options.rows
        self.evidence.append(deploy_order(lambda: self._copy(template), go, first.schema, after.schema, rows=rows))
        self.progress("running under traffic")
        with self._copy(template) as session:
            self.evidence += under_traffic(
                session, self.server, go, first.schema, rows=rows, budget_ms=self.options.budget_ms
            )

    def _stopped(self, template: Session, after: _State, statements: Sequence[RanStatement]) -> None:
        """Stop the way there at each statement in each way, and repeat it."""
        if not self.options.stops:
            said = "a run that is stopped anywhere can be repeated"
            self.evidence.append(untried("stop", said, "nobody asked for it"))
            return
        idle = looking(template, [each.sql for each in statements])
        passed_over = without_sample(idle)
        if passed_over:
            said = "a run that is stopped at a statement that only looks can be repeated"
            some = f"{len(idle)} only look: stopped at {len(idle) - len(passed_over)} of them, as nothing changes there"
            self.evidence.append(untried("stop/looking", said, some))
        for number, statement in enumerate(statements, start=1):
            if number in passed_over:
                continue
            self.progress(f"stopping at statement {number} of {len(statements)}")
            stops = [Stop(statement=number, kind=kind) for kind in _KINDS]
            if _CONCURRENTLY.search(statement.sql):
                stops.append(Stop(statement=number, kind="backend terminated", during=True))
            for stop in stops:
                self._stop(template, after, statement, stop)

    def _stop(self, template: Session, after: _State, statement: RanStatement, stop: Stop) -> None:
        when = "during" if stop.during else "after"
        name = f"stop/{stop.statement}/{when}/{stop.kind.replace(' ', '-')}"
        said = f"{stop.kind} {when} statement {stop.statement}, a second run ends as the first one would have"
        started = time.perf_counter()
        with self._copy(template) as session:
            stopped = self._go(session, self.history.head, stop=stop)
            if stopped.failure is None and not stopped.ended:
                self.evidence.append(untried(name, said, "the run ended before it was stopped"))
                return
            self._wait_for_others(session)
            second = self._go(session, self.history.head)
            problem = self._failed(second) or invalid_indexes(session)
            if not problem:
                reached = self._state(session)
                different = differences(reached.schema, after.schema)
                problem = "; ".join(filter(None, (different, _lost(after.rows, reached.rows))))
        elapsed_ms = (time.perf_counter() - started) * 1000
        fine = "the same schema and rows"
        self.evidence.append(judged(name, said, problem, fine=fine, sql=statement.sql, elapsed_ms=elapsed_ms))

    @contextmanager
    def _copy(self, template: Session) -> Iterator[Session]:
        """Lend a copy of the database that everything starts from."""
        with self.server.repeatable_roles(self.history.roles), self.server.scratch_copy(template) as session:
            yield session

    def _go(self, session: Session, target: str, *, forwards: bool = True, stop: Stop | None = None) -> RunReport:
        return self.history.runner.run(dsn=session.dsn, target=target, forwards=forwards, stop=stop)

    def _state(self, session: Session) -> _State:
        schema = schema_of(session)
        return _State(schema, contents(session, schema))

    def _wait_for_others(self, session: Session) -> None:
        """Wait until the backends of a run that was stopped are gone, as whoever repeats it would have to."""
        deadline = time.monotonic() + _GONE_SECONDS
        while session.value(_OTHERS, (session.dsn.database,)) and time.monotonic() < deadline:
            time.sleep(0.01)

    def _ran(self, name: str, said: str, report: RunReport) -> bool:
        problem = self._failed(report)
        self._judge(name, said, problem, fine=f"{len(report.statements)} statements")
        return not problem

    def _failed(self, report: RunReport) -> str:
        """Return what ended a run, empty where nothing did."""
        failure = report.failure
        if failure is None:
            return report.ended
        return (f"{self.history.shown(failure.path)}:{failure.line}: " if failure.path else "") + failure.message

    def _keeps_rows(self, name: str, said: str, before: _State, after: _State) -> None:
        shared = len(before.rows.keys() & after.rows.keys())
        self._judge(name, said, _lost(before.rows, after.rows), fine=f"{shared} columns as before")

    def _timed(self, statement: RanStatement) -> TimedStatement:
        return TimedStatement(
            sql=statement.sql,
            revision=statement.revision,
            path=self.history.shown(statement.path),
            line=statement.line,
            elapsed_ms=statement.elapsed_ms,
        )

    def _unreachable(self, failure: HistoryFailure) -> DatabaseError:
        return DatabaseError(
            f'revision "{self.history.start}" cannot be reached: {failure.message}',
            at=Span(path=self.history.shown(failure.path), line=failure.line) if failure.path else None,
            detail=failure.detail,
            hint="Rehearse from a revision that an empty database can be upgraded to.",
            sqlstate=failure.sqlstate,
        )

    def _judge(self, name: str, said: str, problem: str, *, fine: str) -> None:
        self.evidence.append(judged(name, said, problem, fine=fine))


def schema_of(session: Session) -> Schema:
    """Return the schema as it is, without Alembic's own table."""
    found = read_catalog(session).schema
    return replace(found, tables=tuple(table for table in found.tables if table.name != ALEMBIC_VERSIONS))


def differences(found: Schema, wanted: Schema) -> str:
    changes = diff(found, wanted)
    more = f" and {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else ""
    return "; ".join(sentence(change) for change in changes[:_SHOWN]) + more


def invalid_indexes(session: Session) -> str:
    """Return which indexes are invalid; a schema with one cannot be compared."""
    names = [name for (name,) in session.execute(_INVALID)]
    return f"invalid: {', '.join(names)}" if names else ""


def _lost(expected: Mapping[ColumnName, Content], found: Mapping[ColumnName, Content]) -> str:
    """Return which columns hold something else than they should."""
    changed = [".".join(name) for name in found if name in expected and found[name] != expected[name]]
    return f"other rows in {', '.join(sorted(changed)[:_SHOWN])}" if changed else ""
