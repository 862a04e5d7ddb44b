"""What a rehearsal has shown."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.prove.claim import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedStatement:
    """A statement of the way forwards, with the place that led to it and what it took with the rows that there were."""

    sql: str
    revision: str
    path: str
    line: int
    elapsed_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsedRevision:
    """A revision that was rehearsed; `digest` is a SHA-256 of its file."""

    revision: str
    path: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """The way from one revision to another, tried.

    `plan` is a SHA-256 of the revisions' files: what was rehearsed and what is applied have the same. `before` and
    `after` are the fingerprints of the schemas, `rows` how many each table had, as far as some could be made.
    `rehearsed_at` is when it ended, in UTC as ISO 8601 writes it.
    """

    start: str
    head: str
    plan: str
    before: str
    after: str
    rows: int
    statements: tuple[TimedStatement, ...]
    evidence: tuple[Evidence, ...]
    revisions: tuple[RehearsedRevision, ...] = ()
    rehearsed_at: str = ""

    @property
    def refuted(self) -> tuple[Evidence, ...]:
        """The refuted claims."""
        return tuple(each for each in self.evidence if each.verdict == "refuted")
