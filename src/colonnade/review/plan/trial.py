"""Statements run on a scratch database: what each really did, and the schema around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from colonnade.errors import StatementError
from colonnade.postgres import Session, introspect, own_namespaces
from colonnade.review.finding import Evidence
from colonnade.review.plan.acts import Query, Setting, TransactionControl, Write
from colonnade.review.plan.migration import Statement
from colonnade.review.plan.nested import nested_acts, nested_commands_noted
from colonnade.schema import Schema

# What a statement meets where something is missing that the migrations before it would have made.
_UNDEFINED = frozenset(("42P01", "42703", "42704", "42883", "3F000", "42P02", "42809"))
_LEAVES_SCHEMA = (Query, Setting, TransactionControl, Write)
_SAVEPOINT = "colonnade_statement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The statements with what they did, the schema before and after them all, and what could not be tried."""

    statements: tuple[Statement, ...]
    before: Schema
    after: Schema
    unseen: tuple[tuple[Evidence, str], ...] = ()


@dataclass
class _Trial:
    """What is noted while statements run. `complete` says that everything before them is in place."""

    session: Session
    complete: bool
    schema: Schema
    done: list[Statement] = field(default_factory=list)
    unseen: list[tuple[Evidence, str]] = field(default_factory=list)

    def run(self, statement: Statement) -> None:
        """Run one statement; a refused one is undone, so that the next can be tried."""
        before = self.schema
        if statement.untried:
            self._leave(statement, statement.untried)
            return
        try:
            with _undone_when_refused(self.session):
                self.session.clear_notices()
                self.session.execute(statement.sql)
        except StatementError as problem:
            self._refused(statement, problem)
            return
        acts = (*statement.acts, *nested_acts(self.session.notices, besides=statement.acts))
        if not all(isinstance(act, _LEAVES_SCHEMA) for act in acts):
            self.schema = read_schema(self.session)
        self.done.append(replace(statement, acts=acts, before=before, after=self.schema))

    def _refused(self, statement: Statement, problem: StatementError) -> None:
        if problem.sqlstate in _UNDEFINED and not self.complete:
            self._leave(statement, f"{problem.message}; name what was there before with --base")
        else:
            self.done.append(replace(statement, before=self.schema, after=self.schema, refused=problem))

    def _leave(self, statement: Statement, reason: str) -> None:
        """Note that a statement was not run."""
        self.unseen.append((Evidence.observed, f"line {statement.at.line} was not run: {reason}"))
        self.done.append(replace(statement, before=self.schema, after=self.schema, untried=reason))


def read_schema(session: Session) -> Schema:
    """Return the schema of a database; what a schema cannot say is left out."""
    return introspect(session, namespaces=own_namespaces(session), allow_unsupported=True)


def tried(
    session: Session, statements: Iterable[Statement], *, one_transaction: bool, complete: bool, before: Schema
) -> Trial:
    """Run the statements one after the other on a scratch database, whose schema is `before`.

    `one_transaction` says that they are run as a whole. Where what was there before them is not `complete`, a statement
    that misses something was not tried; elsewhere it has failed.
    """
    trial = _Trial(session=session, complete=complete, schema=before)
    with nested_commands_noted(session):
        if one_transaction:
            session.execute("BEGIN")
        for statement in statements:
            trial.run(statement)
        if session.in_transaction:
            session.execute("COMMIT")
    return Trial(
        statements=tuple(trial.done), before=before, after=read_schema(session), unseen=tuple(trial.unseen)
    )


@contextmanager
def _undone_when_refused(session: Session) -> Iterator[None]:
    """Undo what a refused statement did, and nothing else of the transaction that it runs in."""
    if not session.in_transaction:
        yield
        return
    session.execute(f"SAVEPOINT {_SAVEPOINT}")
    try:
        yield
    except StatementError:
        session.execute(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")
        raise
    if session.in_transaction:  # the statement may have ended it
        session.execute(f"RELEASE SAVEPOINT {_SAVEPOINT}")
