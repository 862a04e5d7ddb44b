"""Comments, which come when their object has its own name."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.migrate.objects import comments
from colonnade.migrate.sentences import called
from colonnade.migrate.stage import Stage, stage
from colonnade.schema.members import Member, Relation


def comment(value: Member, table: Relation) -> Iterator[Stage]:
    """Yield the stage that gives an object its comment, if it has one."""
    yield from (stage(f"~ {called(value, table)}: comment", text) for text in comments(value, table))
