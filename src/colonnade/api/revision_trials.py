"""Revisions of an Alembic history, tried: run by the user's own environment, then once more under observation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from colonnade.api.catalogs import EMPTY, standing
from colonnade.api.given import roles_made
from colonnade.api.lint_options import Options, target
from colonnade.api.revision_readings import HistoryReview, Recorded, history_error, read_revision
from colonnade.api.script_trials import create_roles, if_harmless
from colonnade.api.texts import shown_path
from colonnade.dsn import Dsn
from colonnade.errors import StatementError
from colonnade.migrate import sentence
from colonnade.models import DEFAULT_TIMEOUT_SECONDS
from colonnade.models.history import HistoryRevision
from colonnade.postgres import Server, Session
from colonnade.review import Evidence
from colonnade.review.plan.emitted import statements_down, statements_up
from colonnade.review.plan.migration import Migration, Statement
from colonnade.review.plan.trial import read_schema, tried
from colonnade.schema import Schema
from colonnade.schema.diff import diff

_SHOWN = 5


def revision_trials(wanted: HistoryReview, server: Server, options: Options) -> Iterator[Migration]:
    """Yield the reviewed revisions with what they emit, and what that does.

    Raises InputError, with its place, for an environment or a revision that cannot be run.
    """
    made = frozenset[str]()
    with standing(options.base or EMPTY, server=server, seconds=DEFAULT_TIMEOUT_SECONDS) as first:
        options.progress("running the history")
        url = Dsn.parse(first.session.url).sqlalchemy_url()
        history = options.histories.record(wanted.site, url=url, ways_back=[str(path) for path in wanted.reviewed])
        made = frozenset().union(*(roles_made(each.sql) for revision in history.revisions for each in revision.up))
    recorded = Recorded.of(wanted, history)
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


def _refuse(recorded: Recorded) -> None:
    """Raise InputError for what keeps the history from being reviewed; what a reviewed one is refused is a finding."""
    history = recorded.history
    if history.failure is not None:
        raise history_error(history.failure, "the migrations cannot be run")
    for revision in history.revisions:
        if revision.failure is not None and not (revision.failure.sqlstate and revision.path in recorded.shown):
            raise history_error(revision.failure, f'revision "{revision.revision}" cannot be run')


def _run(session: Session, statements: Iterable[Statement]) -> None:
    """Run what only builds what later revisions meet."""
    for statement in statements:
        session.execute(statement.sql)


def _tried(
    revision: HistoryRevision,
    recorded: Recorded,
    session: Session,
    server: Server,
    options: Options,
    known: Iterable[str],
) -> Migration:
    """Run a revision under observation, and back again on a copy; return what it did."""
    read = read_revision(revision, recorded, options)
    create_roles(session, read.statements)
    trial = tried(
        session,
        [if_harmless(each, server) for each in read.statements],
        one_transaction=False,
        complete=True,
        before=read_schema(session),
    )
    story = read.revision
    unseen = (*trial.unseen, (Evidence.resumed, "revisions are stopped and run again by migrate rehearse"))
    if revision.down is None and not revision.irreversible:
        unseen = (*unseen, (Evidence.history, "the way back was not tried: another revision has none, or fails"))
    elif story is not None and revision.down is not None:
        down = statements_down(revision, path=read.path)
        left_over = _left_over(session, server, down, trial.before)
        story = replace(story, left_over=left_over)
    return replace(
        read,
        statements=trial.statements,
        target=target(options, known, trial.before, trial.after),
        evidence=read.evidence | {Evidence.catalog, Evidence.observed},
        unseen=unseen,
        before=trial.before,
        after=trial.after,
        revision=story,
    )


def _left_over(session: Session, server: Server, down: Iterable[Statement], before: Schema) -> tuple[str, ...]:
    """Return what differs from the schema before, after the way back was run on a copy."""
    with server.scratch_copy(session) as copy:
        try:
            _run(copy, down)
        except StatementError as problem:
            return (f"the downgrade fails: {problem.message}",)
        changes = diff(read_schema(copy), before)
        return tuple(sentence(change) for change in changes[:_SHOWN])
