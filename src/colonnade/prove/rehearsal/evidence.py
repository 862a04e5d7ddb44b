"""Evidence about a migration."""

from __future__ import annotations

from colonnade.prove.claim import Claim, Evidence
from colonnade.schema import ObjectName


def claim(name: str, said: str) -> Claim:
    """Return a claim about the migration as a whole."""
    place = ObjectName(kind="schema", name="public")
    return Claim(id=f"migration/{name}", kind="migration", sentence=said, object=place)


def untried(name: str, said: str, reason: str) -> Evidence:
    """Return that a claim was not tried, and why."""
    return Evidence(claim=claim(name, said), verdict="not_run", observed=reason)


def judged(
    name: str,
    said: str,
    problem: str,
    *,
    fine: str,
    sql: str = "",
    elapsed_ms: float = 0.0,
    details: tuple[str, ...] = (),
) -> Evidence:
    """Return the evidence for a claim that holds unless there is a problem."""
    return Evidence(
        claim=claim(name, said),
        verdict="refuted" if problem else "proved",
        observed=problem or fine,
        sql=sql,
        elapsed_ms=elapsed_ms,
        details=details,
    )
