"""What commands that died have left: branches half made, half replaced or half dropped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from colonnade.branches.local.catalog import read_databases
from colonnade.branches.local.copying import drop, swap
from colonnade.postgres import Session

_LOCKS = 0x636F6C
_END_MS = 10_000


def hold(session: Session, number: int) -> None:
    """Hold a branch alone until the session ends or lets go."""
    session.execute("SELECT pg_advisory_lock(%s, %s)", (_LOCKS, number))


@contextmanager
def held(session: Session, number: int, *, shared: bool = False) -> Iterator[None]:
    """Hold a branch for the block; `shared` with others who only read it.

    A block that fails does not let go: the connection ends then, and with it whatever it held.
    """
    kind = "_shared" if shared else ""
    session.execute(f"SELECT pg_advisory_lock{kind}(%s, %s)", (_LOCKS, number))
    yield
    session.execute(f"SELECT pg_advisory_unlock{kind}(%s, %s)", (_LOCKS, number))


def abandon(session: Session, backend_pid: int) -> None:
    """End what another connection of ours is at, and clean up after it."""
    session.execute("SELECT pg_terminate_backend(%s, %s)", (backend_pid, _END_MS))
    recover(session)


def recover(session: Session) -> None:
    """Finish or undo what nobody is at any more."""
    waiting = session.execute("SELECT number FROM branch WHERE state <> 'ready'")
    for (number,) in waiting:
        if not session.value("SELECT pg_try_advisory_lock(%s, %s)", (_LOCKS, number)):
            continue
        _recover_one(session, number)
        session.execute("SELECT pg_advisory_unlock(%s, %s)", (_LOCKS, number))


def _recover_one(session: Session, number: int) -> None:
    """Bring one branch into order, as its state is by now."""
    found = session.execute("SELECT id, state FROM branch WHERE number = %s", (number,))
    if not found:
        return
    identity, state = found[0]
    match state:
        case "creating" | "dropping":
            discard(session, identity)
        case "replacing":
            for database in read_databases(session, identity):
                if database.replacement is not None:
                    drop(session, database.replacement)
            session.execute("UPDATE branch_database SET replacement = NULL WHERE branch_id = %s", (identity,))
            session.execute("UPDATE branch SET state = 'ready' WHERE id = %s", (identity,))
        case "swapping":
            finish_swap(session, identity)


def discard(session: Session, identity: str) -> None:
    """Drop the databases of a branch and forget it."""
    for database in read_databases(session, identity):
        drop(session, database.stored_as)
    session.execute("DELETE FROM branch WHERE id = %s", (identity,))


def finish_swap(session: Session, identity: str) -> None:
    """Put every replacement in its place."""
    for database in read_databases(session, identity):
        swap(session, database)
    session.execute("UPDATE branch SET state = 'ready' WHERE id = %s", (identity,))
