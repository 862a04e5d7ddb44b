"""Evidence sorted for reading: by table and object, by operation, by what was tried as whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from colonnade.emit.markdown import anchors
from colonnade.prove import Evidence, Proof, Verdict
from colonnade.prove.claim import ClaimKind
from colonnade.prove.pattern_growth import CLASSES
from colonnade.schema import ObjectName

TITLES: dict[ClaimKind, tuple[str, str]] = {
    "builds": ("Builds", "The script runs, and the models make the same catalog."),
    "maps": ("Maps", "Each model inserts, loads both ways, updates and deletes as the database does."),
    "invariant": ("Invariants", "A counter-example is rejected by name, a boundary witness is accepted."),
    "isolation": ("Isolation", "Own, other and no tenant, through the application role."),
    "access pattern": ("Access patterns", "Planned by Postgres at each volume, without the data."),
    "index": ("Indexes", "Each index is hidden in turn and the plans are made again."),
    "contract": ("Contract", "Every field of every operation has a place or a reason."),
}
"""What the kinds of claim are called, and how they are tried."""

VERDICTS: tuple[Verdict, ...] = ("refuted", "not_run", "proved")
"""From what needs attention to what needs none."""

_CALLERS = ("own", "other", "none")
_ASPECTS = {
    "delete": "deleted through a session",
    "on-delete": "when the referenced row goes",
    "check": "finding what refers",
    "mapped": "mapped",
    "loads": "loads",
    "keeps": "keeps its word",
    "counts": "counts up",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """All evidence about one object."""

    object: ObjectName
    evidence: tuple[Evidence, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst verdict."""
        return worst(self.evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableEvidence:
    """What was tried of a table: as whom each operation, then object by object."""

    namespace: str
    name: str
    callers: tuple[tuple[str, tuple[Evidence | None, ...]], ...]
    objects: tuple[About, ...]

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """All of it."""
        cells = (each for _, row in self.callers for each in row if each is not None)
        return (*cells, *(each for about in self.objects for each in about.evidence))

    @property
    def verdict(self) -> Verdict:
        """The worst verdict."""
        return worst(self.evidence)


def worst(evidence: Iterable[Evidence]) -> Verdict:
    """Return the verdict that needs most attention."""
    found = {each.verdict for each in evidence}
    return next((verdict for verdict in VERDICTS if verdict in found), "proved")


def of_kind(proof: Proof, *kinds: ClaimKind) -> tuple[Evidence, ...]:
    """Return the evidence for claims of some kinds."""
    return tuple(each for each in proof.evidence if each.claim.kind in kinds)


def refuted_first_things_first(proof: Proof) -> tuple[Evidence, ...]:
    """Return the refuted claims, causes before what follows from them.

    What is not built, or lacks a table, column or reference that the spec asks for, makes other claims fail as well.
    """
    causes: dict[str, int] = {"builds": 0, "contract": 1, "invariant": 2}
    return tuple(sorted(proof.refuted, key=lambda each: causes.get(each.claim.kind, len(causes))))


def count(evidence: Iterable[Evidence], verdict: Verdict) -> int:
    """Return how many claims have the verdict."""
    return sum(1 for each in evidence if each.verdict == verdict)


def worst_growth(evidence: Evidence) -> str:
    """Return the worst class among the statements of a pattern; "" when none was planned."""
    order: dict[str, int] = {growth: number for number, growth in enumerate(CLASSES)}
    return max((each.growth for each in evidence.statements), key=lambda growth: order.get(growth, 0), default="")


def table_of(name: ObjectName) -> str:
    """Return the table that an object is or belongs to; "" for none."""
    return name.table or (name.name if name.kind == "table" else "")


def object_anchors(proof: Proof) -> dict[ObjectName, str]:
    """Return where the page says what was tried of each object: the same place for all claims about it."""
    names = [each.claim.object for each in proof.evidence]
    places = anchors(_anchor_text(name) for name in names)
    return {name: places[_anchor_text(name)] for name in names}


def about_objects(evidence: Iterable[Evidence]) -> tuple[About, ...]:
    """Return the evidence by object, in the order in which the objects appear."""
    found: dict[ObjectName, list[Evidence]] = {}
    for each in evidence:
        found.setdefault(each.claim.object, []).append(each)
    return tuple(About(object=name, evidence=tuple(members)) for name, members in found.items())


def about_tables(proof: Proof) -> tuple[TableEvidence, ...]:
    """Return what was tried of each table, in the order of their names."""
    found: dict[tuple[str, str], list[Evidence]] = {}
    for each in proof.evidence:
        name = each.claim.object
        if table_of(name):
            found.setdefault((name.namespace, table_of(name)), []).append(each)
    return tuple(_table(*key, found[key]) for key in sorted(found))


def beside_tables(proof: Proof, kind: ClaimKind) -> tuple[Evidence, ...]:
    """Return the evidence of a kind that is about no table."""
    return tuple(each for each in of_kind(proof, kind) if not table_of(each.claim.object))


def phrase(about: About) -> str:
    """Return in one line what was seen of an object, without its own name, which stands beside."""
    return "; ".join(dict.fromkeys(words for _, words in phrases(about)))


def phrases(about: About) -> Iterator[tuple[Evidence, str]]:
    """Yield each piece of evidence about an object with the words for it."""
    yield from ((each, _phrase(each)) for each in about.evidence)


def _phrase(evidence: Evidence) -> str:
    said = evidence.observed.replace(f" {evidence.claim.object.name}", "")
    if evidence.claim.object.kind == "table":
        return f"{evidence.claim.sentence}: {said}" if said else evidence.claim.sentence
    aspect = _ASPECTS.get(evidence.claim.id.rpartition("/")[2], "")
    return f"{aspect}: {said}" if aspect else said or evidence.claim.sentence


def _table(namespace: str, name: str, evidence: Sequence[Evidence]) -> TableEvidence:
    cells: dict[str, dict[str, Evidence]] = {}
    others: list[Evidence] = []
    for each in evidence:
        parts = each.claim.id.split("/")
        if each.claim.kind == "isolation" and len(parts) == 4 and parts[3] in _CALLERS:
            cells.setdefault(parts[2], {})[parts[3]] = each
        else:
            others.append(each)
    callers = tuple((operation, tuple(row.get(caller) for caller in _CALLERS)) for operation, row in cells.items())
    return TableEvidence(namespace=namespace, name=name, callers=callers, objects=about_objects(others))


def _anchor_text(name: ObjectName) -> str:
    return f"{name.kind} {name}"
