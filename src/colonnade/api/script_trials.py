"""Migrations tried: each file of a history run on a scratch server, in order and under observation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace

from colonnade.api.catalogs import EMPTY, Standing, create_role, standing
from colonnade.api.given import roles_made
from colonnade.api.lint_options import Options, evidence_given, target
from colonnade.api.migrations import ScriptFile
from colonnade.api.script_readings import read_script, script_statements
from colonnade.api.scripts import refuse_server_wide
from colonnade.errors import InputError, StatementError
from colonnade.models import DEFAULT_TIMEOUT_SECONDS
from colonnade.postgres import Server, Session
from colonnade.review import Evidence
from colonnade.review.plan.acts import PolicyChange, Privilege, SetOwner
from colonnade.review.plan.migration import Migration, Statement
from colonnade.review.plan.resumption import Stop, can_stop, stops
from colonnade.review.plan.trial import Trial, read_schema, tried
from colonnade.sql.psql import is_asked, server_statements

_ANYBODY = frozenset(("public", "CURRENT_ROLE", "CURRENT_USER", "SESSION_USER"))


def script_trials(history: Sequence[ScriptFile], server: Server, options: Options) -> Iterator[Migration]:
    """Yield the reviewed files of a history, run in order and observed; raises InputError where another one fails."""
    parsed = [(file, script_statements(file, options)) for file in history]
    made = frozenset[str]().union(*(roles_made(file.text) for file in history))
    base = options.base or EMPTY
    with standing(base, server=server, seconds=DEFAULT_TIMEOUT_SECONDS, made=made) as scratch:
        known = set(options.configuration.names) | scratch.roles - made
        complete = options.base is not None
        for file, statements in parsed:
            options.progress(f"running {file.path}")
            if file.reviewed:
                yield try_script(
                    file, statements, scratch.session, server, options=options, complete=complete, known=known
                )
            else:
                _replay(file, scratch, server, options)
            known |= roles_made(file.text)
            complete = True
            scratch.session.reconnect()  # what a file sets for its session does not outlive it


def create_roles(session: Session, statements: Iterable[Statement]) -> None:
    """Create the roles that statements name, so that they can be tried; whether they are known is a rule's question."""
    for statement in statements:
        for act in statement.acts:
            named = act.roles if isinstance(act, Privilege | PolicyChange) else ()
            for role in (act.role,) if isinstance(act, SetOwner) else named:
                if role not in _ANYBODY:
                    create_role(session, role)


def try_script(
    file: ScriptFile,
    statements: tuple[Statement, ...],
    session: Session,
    server: Server,
    *,
    options: Options,
    complete: bool,
    known: Iterable[str],
) -> Migration:
    """Run a migration under observation, and return what it did.

    `complete` says that everything before it is in place, `known` are the roles that every environment has.
    """
    create_roles(session, statements)
    harmless = tuple(if_harmless(each, server) for each in statements)
    one_transaction = options.one_transaction and not is_asked(harmless)
    trial, found = _trial(harmless, session, server, one_transaction=one_transaction, complete=complete)
    if trial.missing:
        return replace(
            read_script(file, statements, options),
            unseen=tuple((kind, trial.missing) for kind in (Evidence.catalog, Evidence.observed)),
        )
    resumed = set() if found is None else {Evidence.resumed}
    return Migration(
        path=str(file.path),
        name=file.path.stem,
        statements=trial.statements,
        target=target(options, known, trial.before, trial.after),
        evidence=frozenset({Evidence.plan, Evidence.catalog, Evidence.observed, *resumed, *evidence_given(options)}),
        unseen=trial.unseen,
        before=trial.before,
        after=trial.after,
        stops=tuple((each.after, each.problem) for each in found or ()),
    )


def _trial(
    statements: tuple[Statement, ...], session: Session, server: Server, *, one_transaction: bool, complete: bool
) -> tuple[Trial, tuple[Stop, ...] | None]:
    """Run statements under observation, and stop and resume them on copies; None where a refused one forbids that."""
    before = read_schema(session)
    with _kept(session, server) if can_stop(statements) else nullcontext("") as copy:
        trial = tried(session, statements, one_transaction=one_transaction, complete=complete, before=before)
        if any(each.observed is None for each in trial.statements):
            return trial, None
        if not copy:
            return trial, ()
        return trial, stops(statements, goal=trial.after, copies=lambda: server.scratch_database(template=copy))


@contextmanager
def _kept(session: Session, server: Server) -> Iterator[str]:
    """Keep a copy of the session's database as it is, and lend its name."""
    with server.scratch_copy(session) as copy:
        copy.close()  # it is copied itself
        yield copy.dsn.database


def if_harmless(statement: Statement, server: Server) -> Statement:
    """Return the statement, marked as not to be run when it would reach beyond the scratch database."""
    try:
        refuse_server_wide(statement.sql, path=statement.at.path, owned=server.owned)
    except InputError as problem:
        return replace(statement, untried=problem.message)
    return statement


def _replay(file: ScriptFile, scratch: Standing, server: Server, options: Options) -> None:
    """Run a migration that only builds what later ones meet."""
    refuse_server_wide(file.text, path=str(file.path), owned=server.owned)
    atomic = options.one_transaction and not is_asked(server_statements(file.text, path=str(file.path)))
    try:
        scratch.session.script(file.text, path=str(file.path), atomic=atomic)
    except StatementError as problem:
        raise InputError(
            f"an earlier migration fails: {problem.message}",
            at=problem.at,
            detail=problem.detail,
            hint="Lint the whole folder, or name what was there before it with --base.",
            sqlstate=problem.sqlstate,
        ) from problem
