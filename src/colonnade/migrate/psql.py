"""A plan as a file for psql, for people without Alembic."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from itertools import groupby

from colonnade.migrate.rehearsal import SETTINGS
from colonnade.migrate.revision import facts
from colonnade.migrate.stage import Plan, Stage
from colonnade.postgres import Around, Session
from colonnade.sql.psql import is_asked, server_statements
from colonnade.sql.script import ScriptStatement

# What commits by itself, or runs in no transaction.
_OWN_TRANSACTION = re.compile(
    r"(?:BEGIN|START|COMMIT|END|ROLLBACK|SAVEPOINT|VACUUM|ALTER\s+SYSTEM|(?:CREATE|DROP)\s+(?:DATABASE|TABLESPACE))\b"
    r"|(?:CREATE|DROP|REINDEX|ALTER\s+TABLE)\b.*\bCONCURRENTLY\b|ALTER\s+TYPE\b.*\bADD\s+VALUE\b",
    re.IGNORECASE | re.DOTALL,
)


def psql_script(plan: Plan, *, heading: Iterable[str] = ()) -> str:
    """Return the plan as it runs through `psql -v ON_ERROR_STOP=1`; stopped, the same file is run again.

    A lock that does not come in time stops it, too: psql has no way to try again by itself.
    """
    lines = [f"-- {each}" for each in heading]
    settings = {**SETTINGS, "lock_timeout": "0", "statement_timeout": "0"}
    lines += ["\\set ON_ERROR_STOP on", *(f"SET {name} = {value};" for name, value in settings.items())]
    for stage in plan.stages:
        lines += ["", *_stage(stage)]
    return "\n".join(lines) + "\n"


def _stage(stage: Stage) -> Iterator[str]:
    yield from (f"-- {line}" for line in stage.sentence.splitlines())
    if stage.loses:
        yield f"-- This loses {stage.loses}: what is gone cannot be brought back."
    yield from (f"-- This drops {each}." for each in stage.drops)
    yield from (f"-- {line}" for line in facts(stage))
    if stage.done:
        yield f"SELECT coalesce({_one_line(stage.done)}, false) AS done \\gset"
        yield r"\if :done"
        yield r"\else"
    if stage.transactional:
        yield "BEGIN;"
    if stage.lock_timeout_ms:
        yield f"SET LOCAL lock_timeout = {stage.lock_timeout_ms};"
    yield from (f"{text};" for text in stage.sql)
    if stage.transactional:
        yield "COMMIT;"
    if stage.done:
        yield r"\endif"


def _one_line(condition: str) -> str:
    """Return the condition on one line: only its string literals can hold another."""
    return condition.replace("\n", "' || chr(10) || '")


Note = Callable[[int, str, float], None]
"""Takes the line, the text and the milliseconds of what has run."""


def run_psql_script(
    session: Session,
    text: str,
    *,
    path: str,
    note: Note = lambda *_: None,
    closing: str = "",
    around: Around = nullcontext,
) -> None:
    """Run a file that `psql_script` wrote, or one of plain SQL, without psql.

    Plain SQL that has no transactions of its own, and holds nothing that runs in none, is run in one, together with
    the statement `closing`, which else comes last. Each is run within what `around` returns for it; `closing` has the
    line 0. Raises StatementError with the place of what the server refuses.
    """
    statements = server_statements(text, path=path)
    alone = is_asked(statements) or _has_own_transactions(statements)
    for _, group in groupby(statements, key=lambda each: each.unless if alone else None):
        stage = tuple(group)
        began = time.perf_counter()
        with nullcontext() if alone else session.transaction():
            count = session.run_all(stage, path=path, around=around)
            if not alone:
                _close(session, closing, around)
        if count:
            said = text[stage[0].offset : stage[-1].offset + len(stage[-1].text)]
            note(stage[0].line, f"{said};", (time.perf_counter() - began) * 1000)
    if alone or not statements:
        _close(session, closing, around)


def _close(session: Session, closing: str, around: Around) -> None:
    if closing:
        session.execute("RESET ROLE")  # a file may have acted as another one
        with around(ScriptStatement(text=closing, line=0, offset=0)):
            session.execute(closing)


def is_repeatable(text: str, *, path: str) -> bool:
    """Tell whether a file that was refused can be run again: it asks what is done, or was undone as a whole."""
    statements = server_statements(text, path=path)
    return is_asked(statements) or not _has_own_transactions(statements)


def _has_own_transactions(statements: Iterable[ScriptStatement]) -> bool:
    return any(_OWN_TRANSACTION.match(each.text) for each in statements)
