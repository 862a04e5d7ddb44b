"""Statements run on a scratch database: what each really did, and the schema around it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from colonnade.errors import ProofError, StatementError
from colonnade.postgres import Session, introspect, own_namespaces
from colonnade.postgres.observation import ObservedStatement, observe
from colonnade.postgres.refusal import lacks_icu
from colonnade.review.finding import Evidence
from colonnade.review.plan.acts import Query, Setting, TransactionControl, Write
from colonnade.review.plan.migration import Observed, Statement
from colonnade.review.plan.nested import nested_acts, nested_commands_noted
from colonnade.review.plan.opaque import unread
from colonnade.schema import Schema
from colonnade.sql.psql import Passing

# What a statement meets where something is missing that the migrations before it would have made.
_UNDEFINED = frozenset(("42P01", "42703", "42704", "42883", "3F000", "42P02", "42809"))
_CANCELED = "57014"
STATEMENT_SECONDS = 120.0
"""How long a statement may take on empty tables before nobody waits for it any more."""
_LEAVES_SCHEMA = (Query, Setting, TransactionControl, Write)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The statements with what they did, the schema before and after them all, and what could not be tried.

    `missing` says what the statements need that is not there, where nobody said what was there before.
    """

    statements: tuple[Statement, ...]
    before: Schema
    after: Schema
    unseen: tuple[tuple[Evidence, str], ...] = ()
    missing: str = ""


@dataclass
class _Trial:
    """What is noted while statements run. `complete` says that everything before them is in place."""

    session: Session
    complete: bool
    seconds: float
    schema: Schema
    done: list[Statement] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    """The statements of the open transaction so far."""
    unseen: list[tuple[Evidence, str]] = field(default_factory=list)
    missing: str = ""
    passing: Passing = field(init=False)

    def __post_init__(self) -> None:
        """Ask this database what is passed over."""
        self.passing = Passing(self.session.value)

    def run(self, statement: Statement) -> None:
        """Run one statement, unless it is passed over; a refused one is undone, so that the next can be tried."""
        before = self.schema
        if statement.untried:
            self._leave(statement, statement.untried)
            return
        try:
            if self.passing.over(statement.unless):
                return
            with _bounded(self.session, self.seconds):
                seen = _seen(self.session, statement)
        except ProofError as problem:  # nobody can say what it does
            self._leave(statement, problem.message)
            return
        except StatementError as problem:
            self._undo()
            self._refused(statement, problem)
            return
        self.open = [*self.open, statement.sql] if self.session.in_transaction else []
        acts = (*statement.acts, *nested_acts(seen.notices, besides=statement.acts))
        if not all(isinstance(act, _LEAVES_SCHEMA) for act in acts):
            self.schema = read_schema(self.session)
        observed = Observed.of(seen)
        self.done.append(replace(statement, acts=acts, before=before, after=self.schema, observed=observed))

    def begin(self) -> None:
        """Begin the transaction of whoever runs the statements as a whole."""
        self.session.execute("BEGIN")
        self.open = ["BEGIN"]

    def _undo(self) -> None:
        """Undo what a refused statement did to the open transaction, by running those before it once more.

        A savepoint would not do: within one, Postgres takes a type that the transaction has created for an older one.
        """
        if self.session.in_transaction:
            self.session.execute("ROLLBACK")
            for sql in self.open:
                self.session.execute(sql)

    def _refused(self, statement: Statement, problem: StatementError) -> None:
        if problem.sqlstate == _CANCELED:
            self._leave(statement, f"it took longer than {self.seconds:g} s")
            return
        undefined = problem.sqlstate in _UNDEFINED and not lacks_icu(problem.message)
        if undefined and not self.complete and not self.missing:
            self.missing = f"line {statement.at.line}: {problem.message}; name what was there before with --base"
        self.done.append(replace(statement, before=self.schema, after=self.schema, refused=problem))

    def _leave(self, statement: Statement, reason: str) -> None:
        """Note that a statement was not run."""
        self.unseen.append((Evidence.observed, f"line {statement.at.line} was not run: {reason}"))
        self.done.append(replace(statement, before=self.schema, after=self.schema, untried=reason))


def read_schema(session: Session) -> Schema:
    """Return the schema of a database; what a schema cannot say is left out."""
    return introspect(session, namespaces=own_namespaces(session), allow_unsupported=True)


def tried(
    session: Session,
    statements: Iterable[Statement],
    *,
    one_transaction: bool,
    complete: bool,
    before: Schema,
    seconds: float = STATEMENT_SECONDS,
) -> Trial:
    """Run the statements one after the other on a scratch database, whose schema is `before`.

    Those that their migration itself passes over, because they are done, are left out of what is returned.
    `one_transaction` says that they are run as a whole. Where it is not `complete`, what a statement misses may be
    what nobody has told us of. A statement that takes longer than `seconds` is left.
    """
    trial = _Trial(session=session, complete=complete, seconds=seconds, schema=before)
    with nested_commands_noted(session) as noted:
        if one_transaction:
            trial.begin()
        for statement in statements:
            trial.run(statement)
        if session.in_transaction:
            session.execute("COMMIT")
    return Trial(
        statements=tuple(trial.done),
        before=before,
        after=read_schema(session),
        unseen=(*trial.unseen, *(() if noted else unread(trial.done))),
        missing=trial.missing,
    )


@contextmanager
def _bounded(session: Session, seconds: float) -> Iterator[None]:
    """Cancel what the session runs when it takes longer."""

    def cancel() -> None:
        with Session(session.dsn) as other:
            other.execute("SELECT pg_cancel_backend(%s)", (session.backend_pid,))

    timer = threading.Timer(seconds, cancel)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _seen(session: Session, statement: Statement) -> ObservedStatement:
    """Run a statement and return what it did; what only steers the session does nothing to relations."""
    if any(isinstance(act, Setting | TransactionControl) for act in statement.acts):
        session.execute(statement.sql)
        return ObservedStatement(sql=statement.sql)
    return observe(session, statement.sql)
