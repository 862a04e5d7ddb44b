"""A plan as a file for psql, for people without Alembic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from colonnade.migrate.rehearsal import SETTINGS
from colonnade.migrate.revision import facts
from colonnade.migrate.stage import Plan, Stage


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
    yield from (f"-- {line}" for line in facts(stage))
    if stage.done:
        yield f"SELECT coalesce({stage.done}, false) AS done \\gset"
        yield "\\if :done"
        yield "\\else"
    if stage.transactional:
        yield "BEGIN;"
    if stage.lock_timeout_ms:
        yield f"SET LOCAL lock_timeout = {stage.lock_timeout_ms};"
    yield from (f"{text};" for text in stage.sql)
    if stage.transactional:
        yield "COMMIT;"
    if stage.done:
        yield "\\endif"
