"""Rules, and what they find: the engine of every review."""

from colonnade.review.configuration import Configuration, configuration
from colonnade.review.discovery import all_rules, rule_of
from colonnade.review.finding import Edit, Evidence, Finding, Fix, NotRun, Review, Severity
from colonnade.review.rule import Rule
from colonnade.review.run import Answers, review
from colonnade.review.suppression import Suppression, suppressions

__all__ = [
    "Answers",
    "Configuration",
    "Edit",
    "Evidence",
    "Finding",
    "Fix",
    "NotRun",
    "Review",
    "Rule",
    "Severity",
    "Suppression",
    "all_rules",
    "configuration",
    "review",
    "rule_of",
    "suppressions",
]
