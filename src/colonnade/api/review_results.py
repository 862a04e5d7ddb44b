"""What the verbs about reviews return: one value for every face."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.review import Review, Severity
from colonnade.review.discovery import AnyRule


@dataclass(frozen=True, slots=True, kw_only=True)
class LintResult:
    """What was found in migrations; `fail_on` is the least severity that counts."""

    review: Review
    migrations: tuple[str, ...]
    fail_on: Severity
    elapsed_ms: float

    @property
    def found(self) -> bool:
        """Whether anything was found that counts."""
        return self.review.found(self.fail_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesResult:
    """Every rule, by code."""

    rules: tuple[AnyRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainResult:
    """One rule, with its manual page."""

    rule: AnyRule
