"""What was tried of each table in PROOF.md, folded: objects of which the same was seen share a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from colonnade.emit.markdown import code, folded, mark, table, text
from colonnade.prove import Evidence, Proof
from colonnade.report.evidence import About, TableEvidence, about_tables, phrase, phrases
from colonnade.report.proof_page.verdicts import tally, verdict_text
from colonnade.schema import ObjectName


def tables(proof: Proof, places: Mapping[ObjectName, str]) -> Iterator[str]:
    """Yield a folded section for each table; those with something refuted stand open."""
    found = about_tables(proof)
    if not found:
        return
    yield "## Tables"
    yield ""
    for each in found:
        name = ObjectName(kind="table", name=each.name, namespace=each.namespace)
        place = mark(places[name]) if name in places and each.callers else ""
        summary = f"{place}<b>{escape(str(name))}</b>: {tally(each.evidence)}"
        lines = [*_callers(each), *_objects(each, places, placed=bool(place))]
        yield from folded(summary, lines, unfolded=each.verdict == "refuted")


def _callers(found: TableEvidence) -> Iterator[str]:
    """Yield who may do what."""
    if found.callers:
        rows = ((operation, *(_seen(each) for each in row)) for operation, row in found.callers)
        yield from table(("as", "own rows", "another's", "nobody"), rows)


def _seen(evidence: Evidence | None) -> str:
    """Return what happened; of a refusal that was claimed only its SQLSTATE matters."""
    if evidence is None:
        return ""
    if evidence.verdict == "proved" and evidence.sqlstate:
        return f"rejected ({evidence.sqlstate})"
    return verdict_text(evidence) + text(evidence.observed)


def _objects(found: TableEvidence, places: Mapping[ObjectName, str], *, placed: bool) -> Iterator[str]:
    """Yield what was seen of the table itself, then its objects, those of which the same was seen in one row."""
    own = ObjectName(kind="table", name=found.name, namespace=found.namespace)
    rows: dict[tuple[str, str], list[About]] = {}
    for about in found.objects:
        if about.object.kind == "table":
            place = "" if placed and about.object == own else mark(places[about.object])
            first, *others = (f"- {verdict_text(each)}{text(words)}" for each, words in phrases(about))
            yield from (f"- {place}{first[2:]}", *others)
        else:
            rows.setdefault((about.object.kind, _words(about)), []).append(about)
    yield ""
    cells = [(kind, _names(members, places), words) for (kind, words), members in rows.items()]
    if cells:
        yield from table(("", "name", "what was seen"), cells)


def _names(members: Sequence[About], places: Mapping[ObjectName, str]) -> str:
    return ", ".join(mark(places[about.object]) + code(about.object.name) for about in members)


def _words(about: About) -> str:
    """Return what was seen, with a mark where it was not what is claimed."""
    flags = dict.fromkeys(verdict_text(each) for each in about.evidence if each.verdict != "proved")
    return "".join(flags) + text(phrase(about))
