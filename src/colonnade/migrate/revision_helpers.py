"""The functions at the end of every revision. Their text is copied; nothing imports them from here."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import DBAPIError

# What follows runs the stages above. It needs nothing but Alembic and SQLAlchemy, with any driver for Postgres. Every
# stage commits by itself, and looks first whether it is done: a run that was stopped is repeated by the same command.
# Tools that point at a line of this file should point at a stage: that is what __tracebackhide__ says.

_ATTEMPTS = 40
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 5.0
_TRY_AGAIN = ("55P03", "40P01")  # a lock that did not come in time, a deadlock


@contextmanager
def _stages(**settings: str) -> Iterator[None]:
    """Commit what came before, and let each stage commit by itself, under these settings of the session."""
    __tracebackhide__ = True
    with op.get_context().autocommit_block():
        settings |= {"lock_timeout": "0", "statement_timeout": "0"}
        old: dict[str, Any] = {}
        for name, value in settings.items():
            if not op.get_context().as_sql:
                old[name] = _value(f"SHOW {name}")
            _run(f"SET {name} = {value}")
        yield
        for name in settings:
            given = str(old.get(name, "")).replace("'", "''")
            _run(f"SELECT set_config('{name}', '{given}', false)" if name in old else f"RESET {name}")


def _stage(*statements: str, unless: str = "", alone: bool = False, lock_timeout_ms: int = 0) -> None:
    """Run statements in a transaction, or one outside of any, unless the condition says that they have been run.

    A lock is waited for shortly, so that nobody queues behind us for long, and asked for again after a pause.
    """
    __tracebackhide__ = True
    limit = [f"SET LOCAL lock_timeout = {lock_timeout_ms}"] if lock_timeout_ms else []
    whole = statements if alone else ("BEGIN", *limit, *statements, "COMMIT")
    pause = _FIRST_PAUSE_SECONDS
    for attempt in range(1, _ATTEMPTS + 1):
        if unless and not op.get_context().as_sql and _value(f"SELECT {unless}"):
            return
        try:
            for statement in whole:
                _run(statement)
        except DBAPIError as error:
            if not alone and not error.connection_invalidated:
                _run("ROLLBACK")
            state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
            if state not in _TRY_AGAIN or attempt == _ATTEMPTS:
                raise
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE_SECONDS)
        else:
            return


def _run(statement: str) -> None:
    __tracebackhide__ = True
    op.execute(_text(statement))


def _value(query: str) -> Any:
    __tracebackhide__ = True
    return op.get_bind().execute(_text(query)).scalar()


def _text(statement: str) -> sa.TextClause:
    return sa.text(statement.replace(":", r"\:"))  # a colon is no parameter
