"""A plan: stages that commit one after the other, each with what its statements do to the tables meanwhile."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from colonnade.postgres.observation import RelationLock
from colonnade.schema.names import ObjectName

LOCK_TIMEOUT_MS = 100
"""How long a statement waits for a lock before it lets those who queue behind it go on, and tries again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement, with what was observed when it ran on a copy of the schema.

    `locks` are on relations that were there before; `rewrites`, `scans` and `builds` are the relations that are
    written anew, read row by row, and the indexes that are filled.
    """

    sql: str
    locks: tuple[RelationLock, ...] = ()
    rewrites: tuple[ObjectName, ...] = ()
    scans: tuple[ObjectName, ...] = ()
    builds: tuple[ObjectName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Statements that commit together, or one that commits alone because Postgres takes it in no transaction.

    `done` is an SQL condition, true where the stage has its effect already, so that a plan that was stopped can be
    repeated from its beginning; empty where doing it twice does no harm. `loses` says which content is lost for good.
    Without a `lock_timeout_ms` the statement waits for as long as it takes, without making others wait. A `check` stops
    the plan where stored rows do not let it end well; `rows` are written without changing the schema. `drops` names
    what holds content and is dropped, be that a loss or not.
    """

    sentence: str
    """What it does, a line for each change."""
    statements: tuple[Statement, ...]
    done: str = ""
    loses: str = ""
    drops: tuple[str, ...] = ()
    transactional: bool = True
    lock_timeout_ms: int = LOCK_TIMEOUT_MS
    kind: Literal["change", "check", "rows"] = "change"

    @property
    def sql(self) -> tuple[str, ...]:
        """The statements' texts."""
        return tuple(statement.sql for statement in self.statements)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What leads from one schema to another in small steps; `before` and `after` are the schemas' fingerprints."""

    stages: tuple[Stage, ...]
    before: str
    after: str

    @property
    def statements(self) -> Iterator[Statement]:
        """Every statement, in the order in which they run."""
        return (statement for stage in self.stages for statement in stage.statements)

    @property
    def losses(self) -> tuple[str, ...]:
        """The content that is lost for good."""
        return tuple(dict.fromkeys(stage.loses for stage in self.stages if stage.loses))

    @property
    def fingerprint(self) -> str:
        """A SHA-256 of all that the plan runs: what was tested and what is applied have the same."""
        digest = hashlib.sha256(f"{self.before}\0{self.after}".encode())
        for stage in self.stages:
            for text in (*stage.sql, stage.done, str(stage.transactional), str(stage.lock_timeout_ms)):
                digest.update(b"\0" + text.encode())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What one step of a history runs forwards and back."""

    message: str
    up: Plan
    down: Plan


def joined(plans: Sequence[Plan]) -> Plan:
    """Return plans that follow one another, of which there is at least one, as a single one."""
    stages = tuple(stage for each in plans for stage in each.stages)
    return Plan(stages=stages, before=plans[0].before, after=plans[-1].after)


def stage(sentence: str, *sql: str, done: str = "", loses: str = "") -> Stage:
    """Return statements that commit together."""
    return Stage(sentence=sentence, statements=tuple(Statement(sql=each) for each in sql), done=done, loses=loses)


def alone(sentence: str, sql: str, *, done: str) -> Stage:
    """Return a statement that commits by itself, outside of any transaction, however long it waits."""
    return Stage(
        sentence=sentence,
        statements=(Statement(sql=sql),),
        done=done,
        transactional=False,
        lock_timeout_ms=0,
    )
