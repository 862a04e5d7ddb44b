"""Renames that are asked for, as stages, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from colonnade.migrate.done import done
from colonnade.migrate.rehearsal import tried
from colonnade.migrate.renames import asked_for
from colonnade.migrate.sentences import sentence
from colonnade.migrate.stage import Stage, stage
from colonnade.migrate.writing import steps
from colonnade.postgres import Session
from colonnade.schema.dependencies import Catalog


def renamed(session: Session, options: Iterable[str], *, read: Callable[[], Catalog]) -> tuple[Stage, ...]:
    """Rename what is asked for in a scratch database, and return the stages that did; `read` returns its catalog."""
    found: list[Stage] = []
    for option in options:
        catalog = read()  # an earlier rename may have changed what this one names
        for change in asked_for([option], catalog.schema):
            made = list(steps(change, before=catalog, after=catalog, casts=lambda *_: ""))
            text = [sql for step in made for sql in step.sql]
            found += tried(session, [stage(sentence(change), *text, done=done(made, {}))])
    return tuple(found)


def backwards(options: Sequence[str]) -> tuple[str, ...]:
    """Return the options that take the renames back."""
    return tuple("=".join(part.strip() for part in reversed(option.split("=", 1))) for option in reversed(options))
