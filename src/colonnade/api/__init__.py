"""One function for each verb: all that the command line and the other faces call."""

from colonnade.api.design_verb import design
from colonnade.api.diff_verb import diff
from colonnade.api.lint_verb import migrate_lint
from colonnade.api.prove_verb import prove
from colonnade.api.results import DesignResult, DiffResult, ExplainResult, LintResult, ProveResult, RulesResult
from colonnade.api.rules_verbs import explain, rules

__all__ = [
    "DesignResult",
    "DiffResult",
    "ExplainResult",
    "LintResult",
    "ProveResult",
    "RulesResult",
    "design",
    "diff",
    "explain",
    "migrate_lint",
    "prove",
    "rules",
]
