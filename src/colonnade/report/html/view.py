"""What the template shows: the dictionary and the evidence, joined and with their addresses on the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from colonnade.design import Design
from colonnade.emit.dictionary import Dictionary, TableEntry, dictionary
from colonnade.emit.markdown import anchors
from colonnade.prove import Evidence, Proof, Verdict
from colonnade.prove.claim import PlannedStatement
from colonnade.report.evidence import (
    TITLES,
    TableEvidence,
    about_tables,
    count,
    of_kind,
    refuted_first_things_first,
    table_of,
    worst,
    worst_growth,
)
from colonnade.report.html.chart import Chart, chart
from colonnade.schema import ObjectName
from colonnade.spec import AccessPattern, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of claim and how many of it are proved, refuted and not run."""

    title: str
    how: str
    proved: int
    refuted: int
    not_run: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """A table's entry and what was tried of it; `evidence` is None without a proof."""

    anchor: str
    entry: TableEntry
    evidence: TableEvidence | None

    @property
    def size(self) -> int:
        """How many columns it has."""
        return len(self.entry.columns)

    @property
    def constraints(self) -> int:
        """How many constraints it has."""
        return len(self.entry.constraints)

    @property
    def indexes(self) -> int:
        """How many indexes it has beside those of constraints."""
        return len(self.entry.indexes)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternView:
    """An access pattern with its evidence, its chart and the indexes that serve it."""

    anchor: str
    evidence: Evidence
    pattern: AccessPattern | None
    growth: str
    dearest: PlannedStatement | None
    chart: Chart | None
    indexes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything on the page."""

    design: Design
    proof: Proof | None
    said: Dictionary
    kinds: tuple[Kind, ...]
    tables: tuple[TableView, ...]
    patterns: tuple[PatternView, ...]
    whole: tuple[Evidence, ...]
    contract: tuple[Evidence, ...]
    refuted: tuple[Evidence, ...]
    not_run: tuple[tuple[str, tuple[Evidence, ...]], ...]
    open_questions: tuple[Question, ...]
    answered_questions: tuple[Question, ...]
    about: Mapping[ObjectName, tuple[Evidence, ...]]
    claim_anchors: Mapping[str, str]
    table_anchors: Mapping[str, str]
    pattern_anchors: Mapping[str, str]

    def tally(self, name: ObjectName) -> tuple[tuple[Verdict, int], ...]:
        """Return how many claims about an object have each verdict, the worst first."""
        found = self.about.get(name, ())
        verdicts: tuple[Verdict, ...] = ("refuted", "not_run", "proved")
        return tuple((verdict, number) for verdict in verdicts if (number := count(found, verdict)))

    def first_claim(self, name: ObjectName) -> str:
        """Return where the first claim about an object stands; the worst of them leads."""
        found = self.about[name]
        bad = worst(found)
        return self.claim_anchors[next(each for each in found if each.verdict == bad).claim.id]


def view(design: Design, proof: Proof | None) -> View:
    """Return what a page about a design and its proof shows."""
    said = dictionary(design)
    evidence = proof.evidence if proof else ()
    tables = anchors(f"table {entry.object}" for entry in said.tables)
    patterns = [each for each in evidence if each.claim.kind == "access pattern"]
    pattern_places = anchors(f"pattern {each.claim.object.name}" for each in patterns)
    claims = anchors(f"claim {each.claim.id}" for each in evidence)
    by_table = {(each.namespace, each.name): each for each in about_tables(proof)} if proof else {}
    questions = design.spec.questions
    shown = {(entry.table.namespace, entry.table.name) for entry in said.tables}
    apart = {"contract", "access pattern"}
    return View(
        design=design,
        proof=proof,
        said=said,
        kinds=_kinds(proof),
        tables=tuple(
            TableView(
                anchor=tables[f"table {entry.object}"],
                entry=entry,
                evidence=by_table.get((entry.table.namespace, entry.table.name)),
            )
            for entry in said.tables
        ),
        patterns=tuple(_patterns(patterns, pattern_places, design, said)),
        whole=tuple(
            each
            for each in evidence
            if each.claim.kind not in apart and (each.claim.object.namespace, table_of(each.claim.object)) not in shown
        ),
        contract=of_kind(proof, "contract") if proof else (),
        refuted=refuted_first_things_first(proof) if proof else (),
        not_run=_reasons(each for each in evidence if each.verdict == "not_run"),
        open_questions=tuple(each for each in questions if each.answer is None),
        answered_questions=tuple(each for each in questions if each.answer is not None),
        about=_by_object(evidence),
        claim_anchors={each.claim.id: claims[f"claim {each.claim.id}"] for each in evidence},
        table_anchors={entry.table.name: tables[f"table {entry.object}"] for entry in said.tables},
        pattern_anchors={
            each.claim.object.name: pattern_places[f"pattern {each.claim.object.name}"] for each in patterns
        },
    )


def _kinds(proof: Proof | None) -> tuple[Kind, ...]:
    if proof is None:
        return ()
    found = []
    for kind, (title, how) in TITLES.items():
        own = of_kind(proof, kind)
        if own:
            numbers = {verdict: count(own, verdict) for verdict in ("proved", "refuted", "not_run")}
            found.append(Kind(title=title, how=how, **numbers))
    return tuple(found)


def _patterns(
    evidence: Iterable[Evidence], places: Mapping[str, str], design: Design, said: Dictionary
) -> Iterator[PatternView]:
    known = {each.id: each for each in design.spec.access_patterns}
    serving: dict[str, list[tuple[str, str]]] = {}
    for entry in said.tables:
        for index in entry.indexes:
            for name in index.patterns:
                serving.setdefault(name, []).append((entry.table.name, index.name))
    for each in evidence:
        name, dearest = each.claim.object.name, each.dearest
        yield PatternView(
            anchor=places[f"pattern {name}"],
            evidence=each,
            pattern=known.get(name),
            growth=worst_growth(each),
            dearest=dearest,
            chart=chart(each.statements, dearest, declared=each.planned_rows) if dearest else None,
            indexes=tuple(serving.get(name, ())),
        )


def _reasons(idle: Iterable[Evidence]) -> tuple[tuple[str, tuple[Evidence, ...]], ...]:
    found: dict[str, list[Evidence]] = {}
    for each in idle:
        found.setdefault(each.observed, []).append(each)
    return tuple((reason, tuple(members)) for reason, members in found.items())


def _by_object(evidence: Iterable[Evidence]) -> dict[ObjectName, tuple[Evidence, ...]]:
    found: dict[ObjectName, list[Evidence]] = {}
    for each in evidence:
        found.setdefault(each.claim.object, []).append(each)
    return {name: tuple(members) for name, members in found.items()}
