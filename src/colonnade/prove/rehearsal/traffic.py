"""Statements that go on while a migration runs: how long each has to wait, for whom, and which are refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from colonnade.errors import DatabaseError, StatementError
from colonnade.postgres import Server, Session
from colonnade.prove.rehearsal.shapes import Action, Shape

CLIENTS = 3
_LOOK_SECONDS = 0.01
_CONTROL_SECONDS = 0.5
_BLOCKED = """
    SELECT blocked.query, blocking.query, locks.mode
    FROM pg_stat_activity blocked
    CROSS JOIN LATERAL unnest(pg_blocking_pids(blocked.pid)) AS by (pid)
    JOIN pg_stat_activity blocking ON blocking.pid = by.pid
    LEFT JOIN pg_locks locks ON locks.pid = blocked.pid AND NOT locks.granted
    WHERE blocked.datname = current_database() AND blocking.application_name <> 'colonnade'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """The longest that statements of one kind on a table took, in milliseconds."""

    table: str
    action: Action
    longest_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocking:
    """A statement that waited for a lock, and the one that held it."""

    blocked: str
    blocking: str
    mode: str

    def __str__(self) -> str:
        """Return both, with the lock that was waited for."""
        return f"{_short(self.blocked)} waits with {self.mode} for {_short(self.blocking)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What came of the statements that went on meanwhile."""

    waits: tuple[Wait, ...]
    refused: tuple[str, ...]
    chain: tuple[Blocking, ...]

    def longest_ms(self, table: str) -> float:
        """Return the longest that a statement on a table took."""
        return max((each.longest_ms for each in self.waits if each.table == table), default=0.0)


def without_migration(server: Server, database: str, clients: Sequence[Sequence[Shape]]) -> Observed:
    """Return what comes of the statements when nothing else goes on: the control."""
    with going_on(server, database, clients) as observed:
        time.sleep(_CONTROL_SECONDS)
    return observed()


@contextmanager
def going_on(server: Server, database: str, clients: Sequence[Sequence[Shape]]) -> Iterator[Callable[[], Observed]]:
    """Let each client send its statements again and again, each in a transaction that is undone, during the block.

    What is yielded returns what came of them, after the block.
    """
    seen = _Seen()
    sessions = [server.session(database) for _ in clients]
    looker = server.session(database)
    threads = [
        threading.Thread(target=_send, args=(session, shapes, seen), daemon=True)
        for session, shapes in zip(sessions, clients, strict=True)
    ]
    threads.append(threading.Thread(target=_look, args=(looker, seen), daemon=True))
    try:
        for thread in threads:
            thread.start()
        yield seen.observed
    finally:
        seen.over.set()
        for thread in threads:
            thread.join()
        for session in (*sessions, looker):
            session.close()


@dataclass
class _Seen:
    """What the threads note; each writes whole values only."""

    over: threading.Event = field(default_factory=threading.Event)
    longest: dict[tuple[str, Action], float] = field(default_factory=dict)
    refused: dict[str, None] = field(default_factory=dict)
    chain: dict[Blocking, None] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, shape: Shape, elapsed_ms: float) -> None:
        """Note how long a statement took."""
        with self.lock:
            kind = (shape.table, shape.action)
            self.longest[kind] = max(elapsed_ms, self.longest.get(kind, 0.0))

    def observed(self) -> Observed:
        """Return what was noted."""
        waits = tuple(
            Wait(table=table, action=action, longest_ms=longest) for (table, action), longest in self.longest.items()
        )
        return Observed(waits=waits, refused=tuple(self.refused), chain=tuple(self.chain))


def _send(session: Session, shapes: Sequence[Shape], seen: _Seen) -> None:
    """Send the statements in turn until it is over."""
    while not seen.over.is_set():
        for shape in shapes:
            if seen.over.is_set():
                return
            started = time.perf_counter()
            try:
                with session.rolled_back():
                    session.execute(shape.sql)
            except StatementError as problem:
                seen.refused[f"{shape}: {problem.sqlstate} {problem.message}"] = None
            except DatabaseError as problem:
                seen.refused[f"{shape}: {problem.message}"] = None
                return
            seen.note(shape, (time.perf_counter() - started) * 1000)


def _look(session: Session, seen: _Seen) -> None:
    """Note who waits for whom until it is over."""
    while not seen.over.wait(_LOOK_SECONDS):
        for blocked, blocking, mode in session.execute(_BLOCKED):
            seen.chain[Blocking(blocked=blocked, blocking=blocking, mode=mode or "")] = None


def _short(sql: str) -> str:
    text = " ".join(sql.split())
    return text if len(text) <= 70 else text[:69] + "…"
