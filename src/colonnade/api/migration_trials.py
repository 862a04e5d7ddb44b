"""Migrations tried: each file of a history run on a scratch server, in order and under observation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from colonnade.api.catalogs import EMPTY, Standing, create_role, standing
from colonnade.api.given import roles_made
from colonnade.api.migrations import ScriptFile
from colonnade.api.scripts import refuse_server_wide
from colonnade.api.servers import pending_server
from colonnade.errors import InputError, StatementError
from colonnade.models import DEFAULT_TIMEOUT_SECONDS
from colonnade.postgres import Server, Session
from colonnade.review import Configuration, Evidence
from colonnade.review.plan.acts import PolicyChange, Privilege, SetOwner
from colonnade.review.plan.migration import Migration, Statement, Target
from colonnade.review.plan.scripts import statements_of
from colonnade.review.plan.trial import read_schema, tried

_ANYBODY = frozenset(("public", "CURRENT_ROLE", "CURRENT_USER", "SESSION_USER"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a run of lint was asked for."""

    base: str | None
    offline: bool
    configuration: Configuration
    postgres_url: str | None
    progress: Callable[[str], None]

    @property
    def one_transaction(self) -> bool:
        """Whether whoever runs a file runs it as one transaction."""
        return self.configuration.transaction == "file"


def migrations_of(histories: Sequence[Sequence[ScriptFile]], options: Options) -> Iterator[Migration]:
    """Yield the reviewed migrations of all histories, each with what is known of it."""
    if options.offline:
        for files in histories:
            yield from (_read(file, options) for file in files if file.reviewed)
        return
    with pending_server(options.postgres_url) as pending:
        parsed = [[(file, _statements(file, options)) for file in history] for history in histories]
        server = pending.ready()
        for history in parsed:
            if any(file.reviewed for file, _ in history):
                yield from _replayed(history, server, options)


def _statements(file: ScriptFile, options: Options) -> tuple[Statement, ...]:
    return statements_of(file.text, path=str(file.path), one_transaction=options.one_transaction)


def _replayed(
    history: Sequence[tuple[ScriptFile, tuple[Statement, ...]]], server: Server, options: Options
) -> Iterator[Migration]:
    """Run a history on a scratch database, and yield the migrations of it that are reviewed."""
    made = frozenset[str]().union(*(roles_made(file.text) for file, _ in history))
    with ExitStack() as stack:
        base = options.base or EMPTY
        scratch = stack.enter_context(standing(base, server=server, seconds=DEFAULT_TIMEOUT_SECONDS, made=made))
        known = set(options.configuration.names) | scratch.roles - made
        complete = options.base is not None
        for file, statements in history:
            options.progress(f"running {file.path}")
            if file.reviewed:
                yield try_script(
                    file, statements, scratch.session, server, options=options, complete=complete, known=known
                )
            else:
                _replay(file, scratch, server, options)
            known |= roles_made(file.text)
            complete = True


def _create_roles(session: Session, statements: Iterable[Statement]) -> None:
    """Create the roles that statements name, so that they can be tried; whether they are known is a rule's question."""
    for statement in statements:
        for act in statement.acts:
            named = act.roles if isinstance(act, Privilege | PolicyChange) else ()
            for role in (act.role,) if isinstance(act, SetOwner) else named:
                if role not in _ANYBODY:
                    create_role(session, role)


def _read(file: ScriptFile, options: Options) -> Migration:
    """Return a migration of which only the text is known."""
    return Migration(
        path=str(file.path),
        name=file.path.stem,
        statements=_statements(file, options),
        target=_target(options, options.configuration.names),
        evidence=frozenset({Evidence.plan}),
    )


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
    _create_roles(session, statements)
    trial = tried(
        session,
        [_if_harmless(each, server) for each in statements],
        one_transaction=options.one_transaction,
        complete=complete,
        before=read_schema(session),
    )
    return Migration(
        path=str(file.path),
        name=file.path.stem,
        statements=trial.statements,
        target=_target(options, known),
        evidence=frozenset({Evidence.plan, Evidence.catalog, Evidence.observed}),
        unseen=trial.unseen,
        before=trial.before,
        after=trial.after,
    )


def _if_harmless(statement: Statement, server: Server) -> Statement:
    """Return the statement, marked as not to be run when it would reach beyond the scratch database."""
    try:
        refuse_server_wide(statement.sql, path=statement.at.path, owned=server.owned)
    except InputError as problem:
        return replace(statement, untried=problem.message)
    return statement


def _replay(file: ScriptFile, scratch: Standing, server: Server, options: Options) -> None:
    """Run a migration that only builds what later ones meet."""
    refuse_server_wide(file.text, path=str(file.path), owned=server.owned)
    try:
        scratch.session.script(file.text, path=str(file.path), atomic=options.one_transaction)
    except StatementError as problem:
        raise InputError(
            f"an earlier migration fails: {problem.message}",
            at=problem.at,
            detail=problem.detail,
            hint="Lint the whole folder, or name what was there before it with --base.",
            sqlstate=problem.sqlstate,
        ) from problem


def _target(options: Options, names: Iterable[str]) -> Target:
    chosen = options.configuration
    return Target(
        neon=chosen.target == "neon",
        rows=chosen.rows,
        small_rows=chosen.small_rows,
        names=frozenset(names),
        settings=frozenset(chosen.settings),
    )
