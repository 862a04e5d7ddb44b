"""Steps as a script for psql."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from colonnade.migrate.step import Step

_SETTINGS = (
    "-- Names are meant as they stand here, and what a function calls may come after it.",
    "SET LOCAL search_path = public, pg_temp;",
    "SET LOCAL check_function_bodies = off;",
)


def script(steps: Sequence[Step], *, heading: Iterable[str] = ()) -> str:
    """Return the steps as they run through `psql -v ON_ERROR_STOP=1`: all of them or none.

    Values that are added to an enum are the exception. Nothing can use them in the transaction that adds them, so they
    come before it; run again, it leaves those be that are there.
    """
    lines = [f"-- {each}" for each in heading]
    alone = [step for step in steps if not step.transactional]
    together = [step for step in steps if step.transactional]
    for step in alone:
        lines += ["", *_lines(step)]
    if together:
        lines += ["", "BEGIN;", *_SETTINGS]
        for step in together:
            lines += ["", *_lines(step)]
        lines += ["", "COMMIT;"]
    return "\n".join(lines).lstrip("\n") + "\n" if lines else ""


def _lines(step: Step) -> Iterator[str]:
    if step.loses:
        yield f"-- loses {step.loses}"
    yield from (f"{statement};" for statement in step.sql)
