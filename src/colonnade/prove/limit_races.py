"""Proofs that a limit holds between two writers at the same time, who are the application."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

from colonnade.errors import DatabaseError, ProofError, StatementError
from colonnade.postgres import Attempt, Server, Session
from colonnade.prove.acting import let_us_act
from colonnade.prove.bench import Bench, benches_by_entity, needs
from colonnade.prove.claim import Evidence, Verdict
from colonnade.prove.limits import Limit, limits
from colonnade.prove.rows import Row, RowFactory
from colonnade.prove.ruling import Ruling
from colonnade.prove.stage import let_owner_pass, store
from colonnade.prove.tenancy import TRIAL_ROLE, Tenancy, tenancy_of
from colonnade.prove.worlds import name_of
from colonnade.schema import Schema

Copy = Callable[[], AbstractContextManager[Session]]
_POLL_SECONDS = 0.005
_REMEDY = "Take a lock before counting, and count the rows of everybody."
_RIGHTS = "Grant what it takes, or let the trigger's function act for its owner (SECURITY DEFINER)."


def prove_limit_races(
    ruling: Ruling, *, server: Server, session: Session, copy: Copy, obstacle: str = ""
) -> Iterator[Evidence]:
    """Yield for each limit whether of two writers who take the last place at once only one is let in.

    The schema must have been built in the session's database. A race commits, so each has a `copy` of it to itself.
    The writers act as the application's role, where there is one; `obstacle` says why there is none.
    """
    design = ruling.design
    factory = RowFactory(design.schema, session)
    benches = {
        name_of(table): Bench(factory=factory, table=table, partition_names={}) for table in design.schema.owned_tables
    }
    tenancy = tenancy_of(design.schema, design)
    for limit in limits(benches_by_entity(benches, design), ruling):
        try:
            rows = limit.rows()
        except ProofError as problem:
            yield _evidence(limit, "not_run", problem.message)
            continue
        acting = tenancy if _acts(tenancy, limit) else None
        why_not = limit.obstacle(rows) or (obstacle if acting else "")
        if why_not:
            yield _evidence(limit, "not_run", why_not)
            continue
        with copy() as copied:
            yield _Race(limit, rows, acting, server=server, session=copied).run()


def _acts(tenancy: Tenancy | None, limit: Limit) -> bool:
    """Tell whether the application has a role of its own that may insert what is limited."""
    return tenancy is not None and tenancy.role != TRIAL_ROLE and tenancy.may(limit.bench.table, "INSERT")


def _evidence(limit: Limit, verdict: Verdict, observed: str, *, sql: str = "", sqlstate: str = "") -> Evidence:
    claim = limit.claim("races", f"{limit.said}: of two writers who take the last place at once one is refused")
    return Evidence(claim=claim, verdict=verdict, observed=observed, sql=sql, sqlstate=sqlstate)


class _Race:
    """All rows but two are there; two writers insert one each."""

    def __init__(
        self, limit: Limit, rows: Sequence[Row], tenancy: Tenancy | None, *, server: Server, session: Session
    ) -> None:
        self._limit = limit
        self._rows = rows
        self._tenancy = tenancy
        self._server = server
        self._session = session
        self._factory = limit.bench.factory

    def run(self) -> Evidence:
        """Store what the race starts from, then let the two write."""
        reason = self._prepare()
        if reason:
            return _evidence(self._limit, "not_run", reason)
        scripts = []
        for row in self._rows[-2:]:
            tried = [(script, self._session.attempt(script)) for script in self._scripts(row)]
            passing = [script for script, attempt in tried if attempt.ok]
            if not passing:
                return self._not_let_in(tried)
            scripts.append(passing[0])
        return self._raced(*scripts)

    def _prepare(self) -> str:
        """Store all but the last two rows; return why that, or acting as the role, is impossible."""
        session, schema = self._session, self._factory.schema
        with session.transaction():
            let_owner_pass(session, schema.owned_tables)
            problems = store(session, self._factory, needs(*self._rows))
            if problems:
                return next(iter(problems.values()))
            try:
                for row in self._rows[:-2]:
                    session.execute(row.insert())
            except StatementError as problem:
                return f"a row that the limit allows is refused: {problem.sqlstate} {problem.message}"
            _force_again(session, schema)
            return let_us_act(session, self._tenancy) if self._tenancy is not None else ""

    def _not_let_in(self, tried: Sequence[tuple[str, Attempt]]) -> Evidence:
        """Say what keeps a single writer out: what holds the limit, when the writer is let in without it."""
        limit = self._limit
        guards = [each.name for each in limit.bench.table.triggers]
        for script, attempt in tried:
            without = [way.sql for name in guards for way in limit.bench.without((name,), script)]
            if any(self._session.attempt(each).ok for each in without):
                said = f"A row that the limit allows is refused by what holds it: {_refusal(attempt)}. {_RIGHTS}"
                return _evidence(limit, "refuted", said, sql=f"{script};", sqlstate=attempt.sqlstate)
        script, attempt = tried[0]
        said = f"no single writer is let in: {_refusal(attempt)}"
        return _evidence(limit, "not_run", said, sql=f"{script};", sqlstate=attempt.sqlstate)

    def _scripts(self, row: Row) -> Iterator[str]:
        """Yield the insert for each owner that is there, whose row only the policies know it to be.

        Then with all the references of the first row, which lead to what one owner has.
        """
        tenancy, first = self._tenancy, self._rows[0]
        if tenancy is None:
            yield row.insert()
            return
        owner = name_of(tenancy.owner)
        stored = (each for group in self._factory.with_ancestors(self._rows) for each in group)
        numbers = dict.fromkeys((row.number, *(each.number for each in stored if name_of(each.table) == owner)))
        referencing = {name for key in row.table.foreign_keys for name in key.columns}
        alike = row.changed({name: text for name, text in first.values.items() if name in referencing})
        for each in dict.fromkeys((row.insert(), alike.insert())):
            for number in numbers:
                yield tenancy.act(self._factory, number, each)

    def _raced(self, first: str, second: str) -> Evidence:
        """Let the second begin while the first has not committed, and say what became of it."""
        sql = f"-- first\nBEGIN;\n{first};\n-- second, meanwhile\nBEGIN;\n{second};\n-- first, then second\nCOMMIT;"
        with self._server.session(self._session.dsn.database) as other:
            writer = _Writer(other, second)
            try:
                with self._session.transaction():
                    self._session.execute(first)
                    writer.start()
                    waited = self._waits(writer)
            finally:
                writer.join()
        refusal = writer.refusal()
        if refusal is None:
            observed = f"Both were let in, so that {len(self._rows)} rows agree. {_REMEDY} {self._limit.remedy}"
            return _evidence(self._limit, "refuted", observed, sql=sql)
        said = f"the second {'waits for the first and is then' if waited else 'is'} rejected: {refusal.sqlstate}"
        observed = f"{said} {refusal.constraint or refusal.message}"
        names = self._limit.names
        meant = refusal.sqlstate in self._limit.ruling.refusals and (not names or refusal.constraint in names)
        return _evidence(self._limit, "proved" if meant else "not_run", observed, sql=sql, sqlstate=refusal.sqlstate)

    def _waits(self, writer: _Writer) -> bool:
        """Wait until the second writer waits for us, or is done; tell which."""
        while writer.is_alive():
            if self._session.value("SELECT cardinality(pg_blocking_pids(%s)) > 0", (writer.backend_pid,)):
                return True
            writer.join(_POLL_SECONDS)
        return False


class _Writer(threading.Thread):
    """The second writer, on a connection of its own."""

    def __init__(self, session: Session, script: str) -> None:
        super().__init__(name="colonnade-second-writer")
        self.backend_pid = session.backend_pid
        self._session = session
        self._script = script
        self._problem: DatabaseError | None = None

    def run(self) -> None:
        """Write in a transaction, and keep how the server refused."""
        try:
            with self._session.transaction():
                self._session.execute(self._script)
        except DatabaseError as problem:
            self._problem = problem

    def refusal(self) -> StatementError | None:
        """Return how the server refused, None if it did not; raises DatabaseError when it failed."""
        if self._problem is None or isinstance(self._problem, StatementError):
            return self._problem
        raise self._problem


def _refusal(attempt: Attempt) -> str:
    return f"{attempt.sqlstate} {attempt.constraint or attempt.message}"


def _force_again(session: Session, schema: Schema) -> None:
    """Put the owner under the policies again, as the schema says."""
    for table in schema.owned_tables:
        if table.force_row_security:
            session.execute(f"ALTER TABLE {table.identifier} FORCE ROW LEVEL SECURITY")
