"""Verdicts in words."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.prove import Evidence, Verdict
from colonnade.report.evidence import count

_ORDER: tuple[Verdict, ...] = ("proved", "refuted", "not_run")


def verdict_text(evidence: Evidence) -> str:
    """Return what stands before the observation: nothing for what is proved."""
    return {"proved": "", "refuted": "**REFUTED** ", "not_run": "*not run* "}[evidence.verdict]


def tally(evidence: Iterable[Evidence]) -> str:
    """Return how many claims are proved, and how many are not."""
    found = tuple(evidence)
    counts = [(count(found, verdict), verdict.replace("_", " ")) for verdict in _ORDER]
    return ", ".join(f"{number} {verdict}" for number, verdict in counts if number)
