"""Revisions of an Alembic history, tried: run by the user's own environment, then once more under observation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from colonnade.api.catalogs import EMPTY, standing
from colonnade.api.given import roles_made
from colonnade.api.migration_trials import Options, create_roles, if_harmless, live, target
from colonnade.api.texts import shown_path
from colonnade.dsn import Dsn
from colonnade.errors import InputError, StatementError
from colonnade.migrate import sentence
from colonnade.models import DEFAULT_TIMEOUT_SECONDS
from colonnade.models.history import HistoryFailure, HistoryRevision, HistorySite, RecordedHistory
from colonnade.postgres import Server, Session
from colonnade.review import Evidence
from colonnade.review.plan.emitted import statements_down, statements_up
from colonnade.review.plan.migration import Migration, Statement
from colonnade.review.plan.revision import Import, Revision
from colonnade.review.plan.trial import read_schema, tried, unread
from colonnade.schema import Schema
from colonnade.schema.diff import diff
from colonnade.span import Span

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryReview:
    """A history, the files of it that are reviewed, and what git says of each before; `None` where nobody asked."""

    site: HistorySite
    reviewed: frozenset[Path]
    released: Callable[[Path], str | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recorded:
    """A history that was run, and which of its revisions are reviewed: their paths, and the last one of them."""

    wanted: HistoryReview
    history: RecordedHistory
    shown: frozenset[str]
    last: str

    @classmethod
    def of(cls, wanted: HistoryReview, history: RecordedHistory) -> _Recorded:
        """Return a history with what of it is wanted."""
        shown = frozenset(each.path for each in history.revisions if Path(each.path).resolve() in wanted.reviewed)
        last = next((each.revision for each in reversed(history.revisions) if each.path in shown), "")
        return cls(wanted=wanted, history=history, shown=shown, last=last)


def revision_migrations(wanted: HistoryReview, server: Server | None, options: Options) -> Iterator[Migration]:
    """Yield the reviewed revisions with what they emit, and with a server what that does.

    Raises InputError, with its place, for an environment or a revision that cannot be run.
    """
    if server is None:
        history = options.histories.record(wanted.site)
        if history.failure is not None:
            raise _error(history.failure, "the migrations cannot be printed")
        recorded = _Recorded.of(wanted, history)
        for revision in history.revisions:
            if revision.path in recorded.shown:
                yield _read(revision, recorded, options)
        return
    made = frozenset[str]()
    with standing(options.base or EMPTY, server=server, seconds=DEFAULT_TIMEOUT_SECONDS) as first:
        options.progress("running the history")
        url = Dsn.parse(first.session.url).sqlalchemy_url()
        history = options.histories.record(wanted.site, url=url, ways_back=[str(path) for path in wanted.reviewed])
        made = frozenset().union(*(roles_made(each.sql) for revision in history.revisions for each in revision.up))
    recorded = _Recorded.of(wanted, history)
    _refuse(recorded)
    with standing(options.base or EMPTY, server=server, seconds=DEFAULT_TIMEOUT_SECONDS, made=made) as scratch:
        known = set(options.configuration.names) | scratch.roles - made
        for sql in history.prelude:
            scratch.session.execute(sql)
        for revision in history.revisions:
            if revision.path in recorded.shown:
                options.progress(f"running {shown_path(revision.path)}")
                yield _tried(revision, recorded, scratch.session, server, options, known)
            else:
                _run(scratch.session, statements_up(revision, path=shown_path(revision.path)))
            known |= frozenset().union(*(roles_made(each.sql) for each in revision.up))


def _refuse(recorded: _Recorded) -> None:
    """Raise InputError for what keeps the history from being reviewed; what a reviewed one is refused is a finding."""
    history = recorded.history
    if history.failure is not None:
        raise _error(history.failure, "the migrations cannot be run")
    for revision in history.revisions:
        if revision.failure is not None and not (revision.failure.sqlstate and revision.path in recorded.shown):
            raise _error(revision.failure, f'revision "{revision.revision}" cannot be run')


def _error(failure: HistoryFailure, message: str) -> InputError:
    return InputError(
        f"{message}: {failure.message}",
        at=Span(path=shown_path(failure.path), line=failure.line) if failure.path else None,
        detail=failure.detail,
        hint="Mend it, or name what was there before the first revision with --base.",
        sqlstate=failure.sqlstate,
    )


def _run(session: Session, statements: Iterable[Statement]) -> None:
    """Run what only builds what later revisions meet."""
    for statement in statements:
        session.execute(statement.sql)


def _read(revision: HistoryRevision, recorded: _Recorded, options: Options) -> Migration:
    """Return a revision of which only what it would print is known."""
    path = shown_path(revision.path)
    statements = statements_up(revision, path=path, prelude=recorded.history.prelude)
    released = {Evidence.released} if recorded.wanted.released else set()
    unprinted = (
        f"line {revision.failure.line} cannot be printed: {revision.failure.message}" if revision.failure else ""
    )
    return Migration(
        path=path,
        name=revision.revision,
        statements=statements,
        target=target(options, options.configuration.names),
        evidence=frozenset({Evidence.plan, Evidence.source, Evidence.history, *released, *live(options)}),
        unseen=(*(((Evidence.plan, unprinted),) if unprinted else ()), *unread(statements)),
        revision=_described(revision, recorded),
    )


def _tried(
    revision: HistoryRevision,
    recorded: _Recorded,
    session: Session,
    server: Server,
    options: Options,
    known: Iterable[str],
) -> Migration:
    """Run a revision under observation, and back again on a copy; return what it did."""
    read = _read(revision, recorded, options)
    create_roles(session, read.statements)
    trial = tried(
        session,
        [if_harmless(each, server) for each in read.statements],
        one_transaction=False,
        complete=True,
        before=read_schema(session),
    )
    described = _described(revision, recorded)
    unseen = (*trial.unseen, (Evidence.resumed, "revisions are stopped and run again by migrate rehearse"))
    if revision.down is None and not revision.irreversible:
        unseen = (*unseen, (Evidence.history, "the way back was not tried: another revision has none, or fails"))
    elif revision.down is not None:
        down = statements_down(revision, path=read.path)
        left_over = _left_over(session, server, down, trial.before)
        described = replace(described, left_over=left_over)
    return replace(
        read,
        statements=trial.statements,
        target=target(options, known),
        evidence=read.evidence | {Evidence.catalog, Evidence.observed},
        unseen=unseen,
        before=trial.before,
        after=trial.after,
        revision=described,
    )


def _described(revision: HistoryRevision, recorded: _Recorded) -> Revision:
    history, released = recorded.history, recorded.wanted.released
    path = shown_path(revision.path)
    return Revision(
        revision=revision.revision,
        at=Span(path=path, line=revision.line),
        downgrade_at=Span(path=path, line=revision.downgrade_line),
        heads=history.heads if revision.revision == recorded.last else (),
        imports=tuple(Import(module=each.module, at=Span(path=path, line=each.line)) for each in revision.imports),
        irreversible=revision.irreversible,
        released=released(Path(revision.path)) if released else None,
        source=Path(revision.path).read_text(encoding="utf-8"),
    )


def _left_over(session: Session, server: Server, down: Iterable[Statement], before: Schema) -> tuple[str, ...]:
    """Return what differs from the schema before, after the way back was run on a copy."""
    name = str(session.value("SELECT current_database()"))
    session.close()  # a database with a connection cannot be copied
    try:
        with server.scratch_database(template=name) as copy:
            try:
                _run(copy, down)
            except StatementError as problem:
                return (f"the downgrade fails: {problem.message}",)
            changes = diff(read_schema(copy), before)
            return tuple(sentence(change) for change in changes[:_SHOWN])
    finally:
        session.reconnect()
