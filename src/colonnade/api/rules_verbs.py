"""`rules` and `explain`: what reviews look for, and why."""

from __future__ import annotations

from colonnade.api.review_results import ExplainResult, RulesResult
from colonnade.review import all_rules, rule_of


def rules() -> RulesResult:
    """Return every rule, sorted by code."""
    return RulesResult(rules=all_rules())


def explain(code: str) -> ExplainResult:
    """Return the rule with a code or name; raises InputError with the nearest one when there is none."""
    return ExplainResult(rule=rule_of(code))
