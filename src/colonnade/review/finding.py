"""What a review says: findings, what would mend them, and what could not be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from colonnade.span import Span

Applicability = Literal["safe", "migration", "manual"]


class Severity(StrEnum):
    """How bad a fault is, the worst first.

    An error loses data, shows it to the wrong party or stops the service; a warning turns bad with growth,
    concurrency or the next change; a note is worth knowing.
    """

    error = "error"
    warning = "warning"
    note = "note"

    def reaches(self, least: Severity) -> bool:
        """Tell whether it is at least as bad as another one."""
        order = list(Severity)
        return order.index(self) <= order.index(least)


class Evidence(StrEnum):
    """What a rule must have seen to judge."""

    plan = "plan"
    catalog = "catalog"
    observed = "observed"
    source = "source"
    history = "history"
    released = "released"
    resumed = "resumed"
    live = "live"
    spec = "spec"
    trace = "trace"
    record = "record"


MISSING = {
    Evidence.catalog: "the schema was not read: no server was used",
    Evidence.observed: "the statements were not run: no server was used",
    Evidence.source: "there is no Python source",
    Evidence.history: "there is no history of revisions",
    Evidence.released: "what was released is not known: no --since was given",
    Evidence.resumed: "no run was stopped half-way and tried again",
    Evidence.live: "no database was named: --database reads one",
    Evidence.trace: "no trace was named: --trace reads one",
    Evidence.spec: "no access pattern is known: --patterns reads a spec",
}
"""Why a rule is not run, by the evidence that it lacked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Lines of a file, counted from 1 and both included, and the text in their place."""

    path: str
    first_line: int
    last_line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """What mends a finding; `edits` where a program can make them.

    `safe` keeps the schema that is reached equal, `migration` is a change of the schema, `manual` needs a decision.
    """

    title: str
    applicability: Applicability
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A fault of one object at one place.

    `message` is one short fact and says the same wherever the object stands: a baseline knows the finding by it.
    """

    code: str
    name: str
    severity: Severity
    object: str
    at: Span
    message: str
    detail: str = ""
    hint: str = ""
    fix: Fix | None = None

    @property
    def order(self) -> tuple[str, int, str, str, str]:
        """What findings are sorted by."""
        return self.at.path, self.at.line, self.code, self.object, self.message


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRun:
    """A rule that could not judge, why, and what it would have looked at."""

    code: str
    name: str
    reason: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The findings of one run, sorted, and what it did not look at.

    `suppressed` findings are answered for in the source, `baselined` ones are old.
    """

    findings: tuple[Finding, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    suppressed: int = 0
    baselined: int = 0

    def found(self, least: Severity) -> bool:
        """Tell whether anything at least as bad was found."""
        return any(each.severity.reaches(least) for each in self.findings)
