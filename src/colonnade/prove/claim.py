"""A claim, the evidence for or against it, and all evidence together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from colonnade.schema import ObjectName

Verdict = Literal["proved", "refuted", "not_run"]
ClaimKind = Literal["builds", "maps", "invariant", "isolation", "access pattern", "index", "contract", "migration"]


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
class PlannedCost:
    """What a statement costs, in the planner's unit, when the largest table has `rows` rows."""

    rows: int
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep:
    """One step of a plan with what it costs, everything below it included; `depth` counts from 0 at the top."""

    depth: int
    step: str
    cost: float
    rows: int

    def __str__(self) -> str:
        """Return the step on an indented line."""
        return f"{'  ' * self.depth}{self.step} (cost {self.cost:,.2f}, rows {self.rows:,})"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStatement:
    """One statement of an access pattern and how its cost grows.

    `label` is the choice it stands for (`status, next page`), `fault` what is wrong with it ("" when nothing is),
    `access` names the indexes that it reads by and the tables that it reads whole. `rows_touched` are the rows read
    where it is dearest. `plan` is the plan at the declared volume, step by step from the top.
    """

    label: str
    sql: str
    growth: str
    access: str
    costs: tuple[PlannedCost, ...]
    rows_touched: int
    plan: tuple[PlanStep, ...]
    role: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was run and seen. `observed` says, for a refuted claim, what to change.

    `elapsed_ms` is a property of the run, not of the design. `details` are further lines for the report.
    `statements` are those of an access pattern, at the volumes that they were planned for, and `planned_rows` is the
    volume that was declared.
    """

    claim: Claim
    verdict: Verdict
    sql: str = ""
    observed: str = ""
    sqlstate: str = ""
    elapsed_ms: float = 0.0
    details: tuple[str, ...] = ()
    statements: tuple[PlannedStatement, ...] = ()
    planned_rows: int = 0

    @property
    def dearest(self) -> PlannedStatement | None:
        """The statement that costs most at any volume, a faulty one before others; None when none was planned."""
        return max(
            self.statements, key=lambda each: (bool(each.fault), max(cost.cost for cost in each.costs)), default=None
        )


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
