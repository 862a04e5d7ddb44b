"""A statement that Postgres runs outside a transaction only, made to wait where its locks can be looked at."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

from colonnade.errors import ProofError
from colonnade.postgres.observation.observed import ObservedStatement
from colonnade.postgres.observation.relations import Locks, between, locks_of, moment
from colonnade.postgres.session import Session
from colonnade.sql.identifier import quote

_TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = ANY (%s) AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname, c.relname
"""
_BLOCKERS = "SELECT pg_blocking_pids(%s)"
# Other sessions as a running application has them. A statement waits for each in turn, and for nobody longer than it
# takes to read its locks: for a writer before it has its first lock, for readers of a partitioned table and of the
# others before it goes on to its next phase.
_OTHERS = (
    (("r", "p"), "SHARE"),
    (("p",), "ACCESS SHARE"),
    (("r",), "ACCESS SHARE"),
)
_LONGEST_SECONDS = 60.0
_POLL_SECONDS = 0.001


def observe_alone(session: Session, sql: str) -> ObservedStatement:
    """Run the statement outside a transaction, and return what it did."""
    _settle_statistics(session)
    before = moment(session, committed=True)
    with ExitStack() as stack:
        others = list(_other_sessions(session, stack))
        watcher = stack.enter_context(Session(session.dsn))
        executor = stack.enter_context(ThreadPoolExecutor(max_workers=1, thread_name_prefix="colonnade-observed"))
        running = executor.submit(session.execute, sql)
        locks = _watch(running, watcher, session.backend_pid, others)
        running.result()
    _settle_statistics(session)
    after = moment(session, committed=True)
    return between(session, before, after, locks).observed(sql, session.notices, transactional=False)


def _other_sessions(session: Session, stack: ExitStack) -> Iterator[Session]:
    for kinds, mode in _OTHERS:
        tables = session.execute(_TABLES, (list(kinds),))
        other = stack.enter_context(Session(session.dsn))
        other.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        other.execute("SELECT 1")  # takes the snapshot
        if tables:
            names = ", ".join(f"ONLY {quote(namespace)}.{quote(name)}" for namespace, name in tables)
            other.execute(f"LOCK TABLE {names} IN {mode} MODE")
        yield other


def _watch(running: Future[list[tuple[object, ...]]], watcher: Session, pid: int, others: list[Session]) -> Locks:
    """Return every lock that the backend had or wanted while one of the others made it wait."""
    found: Locks = frozenset()
    deadline = time.monotonic() + _LONGEST_SECONDS
    try:
        while not running.done():
            blockers = set(watcher.value(_BLOCKERS, (pid,)))
            blocking = [other for other in others if not other.closed and other.backend_pid in blockers]
            found |= locks_of(watcher, pid)
            if blocking:
                blocking[0].close()
            elif time.monotonic() > deadline:
                raise ProofError(
                    f"a statement took longer than {_LONGEST_SECONDS:g} s under observation",
                    detail=f"Its backend waited for {sorted(blockers) or 'nobody'}.",
                    hint="Observe it on a database that nobody else uses.",
                )
            else:
                time.sleep(_POLL_SECONDS)
    finally:
        if not running.done():
            watcher.execute("SELECT pg_cancel_backend(%s)", (pid,))
    return found


def _settle_statistics(session: Session) -> None:
    """Make what the session has counted visible as counted."""
    if session.server_version >= 150000:
        session.execute("SELECT pg_stat_force_next_flush()")
        session.execute("SELECT pg_stat_clear_snapshot()")
