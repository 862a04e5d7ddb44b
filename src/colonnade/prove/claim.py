"""A claim, the evidence for or against it, and all evidence together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from colonnade.schema import ObjectName

Verdict = Literal["proved", "refuted", "not_run"]
ClaimKind = Literal["builds", "maps", "invariant", "isolation", "access pattern", "index", "contract"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A sentence that is true or false of the design.

    `id` is stable and built from names only (`invariant/tasks/ck_tasks_title_length/rejects`).
    """

    id: str
    kind: ClaimKind
    sentence: str
    object: ObjectName


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was run and seen. `observed` says, for a refuted claim, what to change.

    `elapsed_ms` is a property of the run, not of the design. `details` are further lines for the report
    (a plan, the cost at each volume).
    """

    claim: Claim
    verdict: Verdict
    sql: str = ""
    observed: str = ""
    sqlstate: str = ""
    elapsed_ms: float = 0.0
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """All evidence about one schema, by kind of claim, then in the order of the schema.

    `application_rules` are the rules of the spec that only the application can hold, with the reason.
    """

    fingerprint: str
    server_version: str
    evidence: tuple[Evidence, ...]
    application_rules: tuple[str, ...] = ()

    def count(self, verdict: Verdict) -> int:
        """Return how many claims have the verdict."""
        return sum(1 for each in self.evidence if each.verdict == verdict)

    @property
    def refuted(self) -> tuple[Evidence, ...]:
        """The refuted claims."""
        return tuple(each for each in self.evidence if each.verdict == "refuted")
