"""Claims about access patterns: what they cost at any volume, and that each index is needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from colonnade.design import Design
from colonnade.design.lookups import identifies
from colonnade.design.places import Places
from colonnade.design.queries import PatternQuery, design_places, queries_at
from colonnade.design.shapes import unplaced
from colonnade.postgres import Server, Session
from colonnade.postgres.scale import ScaledDatabase
from colonnade.prove.claim import Claim, Evidence
from colonnade.prove.pattern_growth import CLASSES, GrowthRate, Reading, growth_rate
from colonnade.prove.pattern_indexes import index_evidence, unplanned_indexes
from colonnade.prove.pattern_plans import Findings, plan_everything, reference_check
from colonnade.prove.pattern_texts import (
    access_text,
    cost_text,
    costs_text,
    mending_text,
    rows_text,
    volume_text,
)
from colonnade.prove.plausible import plausible
from colonnade.prove.profiles import growths
from colonnade.schema import ObjectName
from colonnade.spec import AccessPattern

FASTEST_COST_PER_MS = 1000.0
"""Planner cost units that a server can get through in a millisecond at the very best."""

_UNOWNED = "planning at scale needs the files of the server; leave COLONNADE_POSTGRES_URL out to use the embedded one"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """One statement: its class at the witness that grows most, and what is wrong with it."""

    query: PatternQuery
    rate: GrowthRate
    readings: tuple[Reading, ...]
    fault: str = ""


def prove_access_patterns(
    design: Design, *, server: Server, session: Session, rows: int | None = None
) -> tuple[Evidence, ...]:
    """Plan every statement of every access pattern at every volume, and every index by leaving it out.

    The session's database holds the schema and no rows; its files and statistics are made to look like any volume,
    so that nothing else can use it afterwards. `rows` is the volume of the largest table to plan for instead of the
    declared one. On a server that is not ours everything is `not_run`.
    """
    places = design_places(design)
    by_pattern = [(pattern, queries_at(places, pattern)) for pattern in design.spec.access_patterns]
    checks = [reference_check(table, key) for table in design.schema.owned_tables for key in table.foreign_keys]
    if not server.owned:
        return (*_not_run(places), *unplanned_indexes(design, checks, _UNOWNED))
    subjects = [query for _, found in by_pattern for query in found] + checks
    with ScaledDatabase(server, session) as scaled:
        volumes = growths(design) if design.decisions else plausible(session, design.schema, growths(design))
        findings = plan_everything(design, subjects, scaled=scaled, found=volumes, rows=rows)
    evidence: list[Evidence] = []
    place = 0
    for pattern, found in by_pattern:
        judged = [_judge(pattern, place + offset, query, findings) for offset, query in enumerate(found)]
        missing = unplaced(places, pattern) if not found else ()
        evidence.append(_pattern_evidence(_claim(places, pattern), judged, findings, place, missing=missing))
        place += len(found)
    return (*evidence, *index_evidence(design, subjects, findings, first_check=place))


def _not_run(places: Places) -> Iterator[Evidence]:
    for pattern in places.spec.access_patterns:
        yield Evidence(claim=_claim(places, pattern), verdict="not_run", observed=_UNOWNED)


def _claim(places: Places, pattern: AccessPattern) -> Claim:
    return Claim(
        id=f"access pattern/{pattern.id}",
        kind="access pattern",
        sentence=f"{pattern.id}: {_promise(places, pattern)}",
        object=ObjectName(kind="access pattern", name=pattern.id),
    )


def _promise(places: Places, pattern: AccessPattern) -> str:
    """Return what the pattern promises about its cost."""
    changes = pattern.kind == "write" and pattern.writes != "insert" and places.has_table(pattern.entity)
    if changes and not identifies(places, pattern):
        return "reads no more than it changes"
    if pattern.kind in {"get", "write"}:
        return "finds its row without reading the others, however many there are"
    if pattern.page.style != "none":
        return f"a page of {pattern.page.size} costs no more as the tables grow"
    if pattern.kind in {"aggregate", "report"}:
        return "its growth is known" if pattern.scope in {"", "all"} else "reads only what belongs to its owner"
    return "reads no more than it returns"


def _judge(pattern: AccessPattern, place: int, query: PatternQuery, findings: Findings) -> _Judged | None:
    """Return the verdict on one statement; None when it cannot be planned."""
    ratio = findings.page_ratios.get(place)
    judged = [
        _Judged(
            query=query,
            rate=(rate := growth_rate(found, limit=query.limit, page_ratio=ratio)),
            readings=tuple(found),
            fault=_fault(pattern, query, found, rate, findings),
        )
        for found in findings.readings.get(place, {}).values()
    ]
    return max(judged, key=lambda each: (bool(each.fault), _badness(each)), default=None)


def _badness(judged: _Judged) -> tuple[int, float]:
    return CLASSES.index(judged.rate.growth), max(each.cost for each in judged.readings)


def _fault(
    pattern: AccessPattern, query: PatternQuery, readings: Sequence[Reading], rate: GrowthRate, findings: Findings
) -> str:
    """Return what is wrong with one series of plans; "" when nothing is."""
    last = readings[-1]
    bounded = query.combined and query.driving_table not in _read_whole(last)
    if rate.growth == "linear in n" and not bounded and _must_not_grow(pattern, query, rate):
        return f"grows like n^{rate.exponent:.2f}: {mending_text(query, last.plan)}"
    declared = next((each for each in readings if each.volume == findings.declared), last)
    least = declared.cost / FASTEST_COST_PER_MS
    if pattern.p95_ms is not None and least > pattern.p95_ms:
        over = f"takes {least:,.0f} ms at the very best, over its {pattern.p95_ms:,} ms"
        return f"{over}: {mending_text(query, declared.plan)}"
    return ""


def _read_whole(reading: Reading) -> frozenset[str]:
    """Return the tables that a plan reads from end to end."""
    return frozenset(node.relation for node in reading.plan.nodes() if "Seq Scan" in node.node_type)


def _must_not_grow(pattern: AccessPattern, query: PatternQuery, rate: GrowthRate) -> bool:
    """Tell whether a cost in proportion to the tables breaks what the pattern promises.

    A total over everybody's rows reads them all; a list without a page may read what it returns; and where no index
    could give the rows in order, all that match may have to be read and sorted.
    """
    if query.expects_bounded and query.ordered:
        return True
    return rate.wasteful and not (pattern.kind in {"aggregate", "report"} and pattern.scope in {"", "all"})


def _pattern_evidence(
    claim: Claim, judged: Sequence[_Judged | None], findings: Findings, place: int, *, missing: Sequence[str]
) -> Evidence:
    """Return the evidence on one pattern from its statements; `missing` names what keeps it from having one."""
    refused = [
        findings.problems[place + offset] for offset in range(len(judged)) if place + offset in findings.problems
    ]
    known = [each for each in judged if each is not None]
    if refused:
        problem = refused[0]
        return Evidence(
            claim=claim,
            verdict="refuted",
            sql=problem.statement,
            observed=f"Postgres refuses a statement of it: {problem.message}",
            sqlstate=problem.sqlstate,
        )
    if not known:
        reason = f"no column holds {', '.join(missing)}" if missing else "nothing is stored for it"
        return Evidence(claim=claim, verdict="not_run", observed=f"{reason}, so there is no statement")
    faulty = [each for each in known if each.fault]
    details = [_line(each) for each in known]
    first = known[0]
    at_declared = next(each for each in first.readings if each.volume == findings.declared)
    details.append(f"plan at {volume_text(findings.declared)} rows in the largest table:")
    details += [f"  {line}" for line in at_declared.plan.outline().splitlines()]
    shown = faulty[0] if faulty else first
    observed = "; ".join(f"{each.query.label} {each.fault}" for each in faulty) if faulty else _summary(known, findings)
    return Evidence(
        claim=claim,
        verdict="refuted" if faulty else "proved",
        sql=shown.query.sql,
        observed=observed,
        details=tuple(details),
    )


def _summary(known: Sequence[_Judged], findings: Findings) -> str:
    """Return the worst class and the cost of the dearest statement at the declared and the largest volume."""
    worst = max(known, key=_badness)
    dearest = max(known, key=lambda each: max(reading.cost for reading in each.readings))
    declared = next(each for each in dearest.readings if each.volume == findings.declared)
    last = dearest.readings[-1]
    count = f"{len(known)} statement{'s' if len(known) > 1 else ''}"
    return (
        f"{count}, at most {worst.rate.growth}: cost {cost_text(declared.cost)} at {volume_text(declared.volume)} rows,"
        f" {cost_text(last.cost)} at {volume_text(last.volume)}"
    )


def _line(judged: _Judged) -> str:
    """Return one statement's class, way, costs and rows touched."""
    dearest = max(judged.readings, key=lambda each: each.cost)
    query = judged.query
    role = " (as the application role)" if query.isolated else f" (as {query.wide_role})" if query.wide_role else ""
    return (
        f"{query.label}{role}: {judged.rate.growth}; {access_text(dearest.plan)};"
        f" cost {costs_text(judged.readings)}; touches {rows_text(dearest.touched)}"
    )
