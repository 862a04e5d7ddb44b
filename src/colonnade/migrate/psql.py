"""A plan as a file for psql, for people without Alembic."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from colonnade.migrate.rehearsal import SETTINGS
from colonnade.migrate.revision import facts
from colonnade.migrate.stage import Plan, Stage
from colonnade.postgres import Session
from colonnade.sql.script import split_script

_CONDITION = re.compile(r"SELECT coalesce\((.*), false\) AS done \\gset")
# What commits by itself, or runs in no transaction.
_OWN_TRANSACTION = re.compile(
    r"(?:BEGIN|START|COMMIT|END|ROLLBACK|SAVEPOINT|VACUUM|ALTER\s+SYSTEM|(?:CREATE|DROP)\s+(?:DATABASE|TABLESPACE))\b"
    r"|(?:CREATE|DROP|REINDEX|ALTER\s+TABLE)\b.*\bCONCURRENTLY\b|ALTER\s+TYPE\b.*\bADD\s+VALUE\b",
    re.IGNORECASE | re.DOTALL,
)
_MARKS = frozenset({r"\if :done", r"\else", r"\endif"})


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


def run_psql_script(session: Session, text: str, *, path: str, note: Note = lambda *_: None, closing: str = "") -> None:
    """Run a file that `psql_script` wrote, or one of plain SQL, without psql.

    Plain SQL that has no transactions of its own, and holds nothing that runs in none, is run in one, together with
    the statement `closing`, which else comes last. Raises StatementError with the place of what the server refuses.
    """
    if not _asks(text) and not _has_own_transactions(text):
        began = time.perf_counter()
        with session.transaction():
            session.script(text, path=path, atomic=False)
            _close(session, closing)
        note(1, text.strip(), (time.perf_counter() - began) * 1000)
        return
    lines = text.splitlines(keepends=True)
    skipping = False
    start = 0
    for number, line in enumerate(lines):
        said = line.rstrip()
        if match := _CONDITION.fullmatch(said):
            _run(session, lines[:number], start, path, note=note)
            skipping, start = bool(session.value(f"SELECT coalesce({match[1]}, false)")), number + 1
        elif said in _MARKS:
            if not skipping:
                _run(session, lines[:number], start, path, note=note)
            skipping, start = skipping and said != "\\endif", number + 1
    _run(session, lines, start, path, note=note)
    _close(session, closing)


def _close(session: Session, closing: str) -> None:
    if closing:
        session.execute("RESET ROLE")  # a file may have acted as another one
        session.execute(closing)


def is_repeatable(text: str) -> bool:
    """Tell whether a file that was refused can be run again: it asks what is done, or was undone as a whole."""
    return _asks(text) or not _has_own_transactions(text)


def _asks(text: str) -> bool:
    return any(_CONDITION.fullmatch(each.rstrip()) for each in text.splitlines())


def _has_own_transactions(text: str) -> bool:
    return any(_OWN_TRANSACTION.match(each.text) for each in split_script(text))


def without_psql(text: str) -> str:
    """Return the SQL of a file, with an empty line for each that only psql understands."""
    kept = ("" if _CONDITION.fullmatch(line) or line.startswith("\\") else line for line in text.splitlines())
    return "\n".join(kept) + "\n"


def _run(session: Session, lines: Sequence[str], start: int, path: str, *, note: Note) -> None:
    own = "".join(lines[start:])
    if not own.strip():
        return
    began = time.perf_counter()
    # The lines before are kept as empty ones, so that places are right.
    session.script("\n" * start + own, path=path, atomic=False)
    first = start + 1 + len(own[: len(own) - len(own.lstrip())].splitlines())
    note(first, own.strip(), (time.perf_counter() - began) * 1000)
