"""One statement run under observation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from colonnade.errors import StatementError
from colonnade.postgres.observation.observed import ObservedStatement
from colonnade.postgres.observation.relations import between, locks_of, moment
from colonnade.postgres.observation.waiting import observe_alone
from colonnade.postgres.session import Session

# What says so itself, and a DO block that commits.
_ONLY_ALONE = frozenset({"25001", "2D000"})


def observe(session: Session, sql: str) -> ObservedStatement:
    """Run one statement on a scratch database and return what it really did; its effect stays.

    In an open transaction the locks are those that it did not have before, and what is refused in one raises
    StatementError. Otherwise the statement gets a transaction of its own, or, where Postgres refuses that, is run
    alone and watched from other sessions, for which the database must be nobody else's. Raises StatementError for what
    the server refuses. What only stored rows make happen is seen where there are some; that tables are rewritten,
    checked and indexed is seen in empty ones too.
    """
    if session.in_transaction:
        return _observe_inside(session, sql)
    try:
        with session.transaction():
            return _observe_inside(session, sql)
    except StatementError as refused:
        if refused.sqlstate not in _ONLY_ALONE:
            raise
    with _talkative(session):
        return observe_alone(session, sql)


def _observe_inside(session: Session, sql: str) -> ObservedStatement:
    """Run the statement in the open transaction."""
    before, held = moment(session), locks_of(session, session.backend_pid)
    with _talkative(session):
        session.execute(sql)
    after, locks = moment(session), locks_of(session, session.backend_pid)
    return between(session, before, after, locks - held).observed(sql, session.notices, transactional=True)


@contextmanager
def _talkative(session: Session) -> Iterator[None]:
    """Let the server say what it does with tables; its other notices are forgotten before."""
    level = session.value("SELECT current_setting('client_min_messages')")
    session.execute("SET client_min_messages = debug1")
    session.clear_notices()
    try:
        yield
    except StatementError:
        if not session.in_transaction:  # else the setting is undone with what the statement did
            _set_level(session, level)
        raise
    _set_level(session, level)


def _set_level(session: Session, level: str) -> None:
    session.execute("SELECT set_config('client_min_messages', %s, false)", (level,))
