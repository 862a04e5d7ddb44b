"""Access patterns in PROOF.md: how each is read and grows, its statements folded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from colonnade.emit.markdown import block, folded, mark, table, text
from colonnade.prove import Evidence, Proof
from colonnade.prove.pattern_texts import cost_text, volume_text
from colonnade.report.evidence import TITLES, of_kind, worst_growth
from colonnade.schema import ObjectName

_MARKS = {"proved": "proved", "refuted": "**REFUTED**", "not_run": "*not run*"}


def patterns(proof: Proof, places: Mapping[ObjectName, str]) -> Iterator[str]:
    """Yield one row for each pattern, with its dearest statement, then all statements, folded."""
    found = of_kind(proof, "access pattern")
    if not found:
        return
    planned = next((each.planned_rows for each in found if each.planned_rows), 0)
    at = volume_text(planned)
    yield "## Access patterns"
    yield ""
    yield TITLES["access pattern"][1]
    if planned:
        yield (
            f"Costs are the planner's, where the largest table has 1k, {at} (declared) and 1G rows, of the statement"
            " that costs most; 1 is about one page read in sequence."
        )
    yield ""
    titles = ("pattern", "verdict", "grows", "reads by", "1k", at, "1G")
    yield from table(titles, (_row(each, places) for each in found), right=titles[4:])
    for evidence in found:
        if evidence.statements:
            yield from _statements(evidence, planned)


def _row(evidence: Evidence, places: Mapping[ObjectName, str]) -> tuple[str, ...]:
    name = f"{mark(places[evidence.claim.object])}{text(evidence.claim.object.name)}"
    statement = evidence.dearest
    if statement is None:
        return (name, _MARKS[evidence.verdict], text(evidence.observed), "", "", "", "")
    costs = {each.rows: cost_text(each.cost) for each in statement.costs}
    last = statement.costs[-1]
    at = (costs.get(volume, "") for volume in (statement.costs[0].rows, evidence.planned_rows, last.rows))
    return (name, _MARKS[evidence.verdict], worst_growth(evidence), text(statement.access), *at)


def _statements(evidence: Evidence, planned: int) -> Iterator[str]:
    """Yield the statement and plan of a pattern, and of its other forms only what differs."""
    first = next((each for each in evidence.statements if each.fault), evidence.statements[0])
    lines = [*block(first.sql, language="sql"), *block("\n".join(map(str, first.plan)), language="text")]
    others = [each for each in evidence.statements if each is not first]
    if others:
        rows = []
        for each in others:
            cost = next((cost.cost for cost in each.costs if cost.rows == planned), each.costs[-1].cost)
            growth = f"**{each.growth}**" if each.fault else each.growth
            rows.append((text(each.label), growth, text(each.access), cost_text(cost)))
        titles = ("also as", "grows", "reads by", f"cost at {volume_text(planned)}")
        lines += table(titles, rows, right=titles[3:])
    number = len(evidence.statements)
    summary = f"{escape(evidence.claim.object.name)}: {number} statement{'s' if number > 1 else ''}"
    yield from folded(summary, lines, unfolded=evidence.verdict == "refuted")
