"""PROOF.md as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from colonnade.emit.markdown import block, folded, mark, page, table, text
from colonnade.prove import Evidence, Proof
from colonnade.report.evidence import (
    TITLES,
    about_objects,
    beside_tables,
    count,
    object_anchors,
    of_kind,
    refuted_first_things_first,
)
from colonnade.report.proof_page.patterns import patterns
from colonnade.report.proof_page.tables import tables
from colonnade.report.proof_page.verdicts import tally, verdict_text
from colonnade.schema import ObjectName

_FEW = 5


def markdown(proof: Proof, *, name: str) -> str:
    """Return PROOF.md: the result, what to change, what was not run; then everything else, folded by table."""
    places = object_anchors(proof)
    parts = [
        *_result(proof, name),
        *_refuted(refuted_first_things_first(proof), places),
        *_not_run([each for each in proof.evidence if each.verdict == "not_run"]),
        *patterns(proof, places),
        *_plain(proof, places),
        *tables(proof, places),
        *_contract(proof, places),
        *_application(proof),
    ]
    return page(parts)


def _result(proof: Proof, name: str) -> Iterator[str]:
    made, refuted, idle = len(proof.evidence), len(proof.refuted), proof.count("not_run")
    yield f"# What was proved of {text(name)}"
    yield ""
    if refuted or idle:
        parts = [f"**{refuted} refuted**" if refuted else "none refuted", f"{idle} not run" if idle else ""]
        yield f"Of {made} claims {proof.count('proved')} are proved, {', '.join(filter(None, parts))}."
    else:
        yield f"**All {made} claims are proved.**"
    yield f"Tried on Postgres {proof.server_version}; schema fingerprint `{proof.fingerprint[:16]}`."
    yield "Every statement that was run stands in `proof.json` and can be opened in `report.html`."
    yield ""
    kinds = [kind for kind in TITLES if of_kind(proof, kind)]
    rows = []
    for kind in kinds:
        found = of_kind(proof, kind)
        counts = (str(count(found, verdict)) for verdict in ("proved", "refuted", "not_run"))
        rows.append((TITLES[kind][0], *counts, TITLES[kind][1]))
    totals = (f"**{proof.count(verdict)}**" for verdict in ("proved", "refuted", "not_run"))
    rows.append(("**all**", *totals, ""))
    yield from table(
        ("claims", "proved", "refuted", "not run", "how they are tried"), rows, right=("proved", "refuted", "not run")
    )


def _refuted(refuted: Iterable[Evidence], places: Mapping[ObjectName, str]) -> Iterator[str]:
    found = tuple(refuted)
    if not found:
        return
    yield "## What to change"
    yield ""
    for number, evidence in enumerate(found, start=1):
        where = places[evidence.claim.object]
        yield f"{number}. **{text(evidence.claim.sentence)}** is refuted ([where](#{where}))"
        yield ""
        yield f"   {text(evidence.observed)}"
        yield ""
        lines = [*(block(evidence.sql, language="sql") if evidence.sql else ())]
        lines += [*(block("\n".join(evidence.details), language="text") if evidence.details else ())]
        if lines:
            yield from folded("what was seen", lines)


def _not_run(idle: Iterable[Evidence]) -> Iterator[str]:
    """Yield what could not be tried, by the reason: one reason mostly holds for many claims."""
    reasons: dict[str, list[str]] = {}
    for evidence in idle:
        reasons.setdefault(evidence.observed, []).append(evidence.claim.sentence)
    if not reasons:
        return
    yield "## What was not run"
    yield ""
    yield "It is not known whether these hold; they never count as proved."
    yield ""
    for reason, sentences in reasons.items():
        if len(sentences) <= _FEW:
            yield f"- {text(reason)}: {'; '.join(text(each) for each in sentences)}"
            continue
        yield f"- {text(reason)}: {len(sentences)} claims"
        yield ""
        yield from folded("which", [*(f"- {text(each)}" for each in sentences), ""])
    yield ""


def _plain(proof: Proof, places: Mapping[ObjectName, str]) -> Iterator[str]:
    """Yield the claims about the schema as a whole and about roles, which are few."""
    found = [
        about
        for kind in ("builds", "isolation", "maps", "invariant", "index")
        for about in about_objects(beside_tables(proof, kind))
    ]
    if not found:
        return
    yield "## The schema as a whole"
    yield ""
    for about in found:
        for number, evidence in enumerate(about.evidence):
            place = mark(places[about.object]) if not number else ""
            yield f"- {place}{text(evidence.claim.sentence)}: {verdict_text(evidence)}{text(evidence.observed)}"
    yield ""


def _contract(proof: Proof, places: Mapping[ObjectName, str]) -> Iterator[str]:
    found = about_objects(of_kind(proof, "contract"))
    if not found:
        return
    yield "## Contract"
    yield ""
    rows = []
    for about in found:
        said = {evidence.claim.id.rpartition("/")[2]: evidence for evidence in about.evidence}
        operation = about.evidence[0].claim.sentence
        cells = (
            verdict_text(said[aspect]) + text(said[aspect].observed) if aspect in said else ""
            for aspect in ("fields", "sources", "limits")
        )
        rows.append((f"{mark(places[about.object])}{text(operation.partition(' has ')[0])}", *cells))
    titles = ("operation", "fields", "columns to fill", "limits")
    yield from folded(f"{len(found)} operations: {tally(of_kind(proof, 'contract'))}", table(titles, rows))


def _application(proof: Proof) -> Iterator[str]:
    if proof.application_rules:
        yield "## What only the application can hold"
        yield ""
        yield from (f"- {text(rule)}" for rule in proof.application_rules)
