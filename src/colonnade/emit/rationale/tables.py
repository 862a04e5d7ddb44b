"""The section of one table in DESIGN.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from colonnade.emit.dictionary import (
    ColumnEntry,
    ConstraintEntry,
    GroupedDecision,
    IndexEntry,
    ProgramEntry,
    RelationshipEntry,
    TableEntry,
)
from colonnade.emit.markdown import anchors, code, folded, mark, table, text
from colonnade.emit.rationale.references import References
from colonnade.schema import ObjectName


def table_anchors(entries: Sequence[TableEntry]) -> dict[ObjectName, str]:
    """Return where the section of each table begins."""
    places = anchors(f"table {entry.object}" for entry in entries)
    return {entry.object: places[f"table {entry.object}"] for entry in entries}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSection:
    """Writes the tables; `evidence` are anchors in PROOF.md, `anchors` those of the tables here."""

    references: References
    evidence: Mapping[ObjectName, str]
    anchors: Mapping[ObjectName, str]

    def of(self, entry: TableEntry) -> Iterator[str]:
        """Yield the section of a table."""
        yield f"### {mark(self.anchors[entry.object])}{text(entry.table.name)}"
        yield ""
        yield from self._head(entry)
        yield from self._columns(entry.columns)
        yield from self._constraints(entry.constraints)
        yield from self._relationships(entry.relationships)
        yield from self._indexes(entry.indexes)
        yield from self._programs(entry.programs)
        yield from self._decisions(entry.decisions)

    def _head(self, entry: TableEntry) -> Iterator[str]:
        facts = [text(entry.purpose)] if entry.purpose else []
        if entry.rows:
            facts.append(f"Planned for {entry.rows:,} rows.")
        if entry.class_name:
            facts.append(f"Mapped by {code(entry.class_name)}.")
        if entry.table.row_security:
            facts.append("A caller sees only the rows that the policy lets through.")
        proof = self._proof(entry.object)
        yield " ".join([*facts, f"({proof})" if proof else ""]).strip()
        yield ""

    def _columns(self, columns: Sequence[ColumnEntry]) -> Iterator[str]:
        rows = (
            (
                code(each.name) + (" key" if each.key else ""),
                text(each.type),
                "yes" if each.null else "no",
                code(each.default),
                text(each.meaning),
                self.references.cite(each.facts),
            )
            for each in columns
        )
        yield from table(("column", "type", "null", "default", "meaning", "because of"), rows)

    def _constraints(self, constraints: Sequence[ConstraintEntry]) -> Iterator[str]:
        if constraints:
            rows = (
                (code(each.name), code(each.rule), self.references.cite(each.facts), self._proof(each.object))
                for each in constraints
            )
            yield from table(("constraint", "rule", "because of", "evidence"), rows)

    def _relationships(self, relationships: Sequence[RelationshipEntry]) -> Iterator[str]:
        if relationships:
            rows = (
                (
                    f"{code(', '.join(each.columns))} to {text(each.referenced_table)}",
                    each.cardinality,
                    code(each.mapped),
                    each.on_delete,
                    text(each.reason),
                )
                for each in relationships
            )
            yield from table(("relationship", "rows", "mapped as", "on delete", "why"), rows)

    def _indexes(self, indexes: Sequence[IndexEntry]) -> Iterator[str]:
        if indexes:
            rows = (
                (
                    code(each.name),
                    code(each.definition),
                    ", ".join(self._pattern(name) for name in each.patterns),
                    self._proof(each.object),
                )
                for each in indexes
            )
            yield from table(("index", "on", "serves", "evidence"), rows)

    def _pattern(self, name: str) -> str:
        anchor = self.evidence.get(ObjectName(kind="access pattern", name=name))
        return f"[{text(name)}](PROOF.md#{anchor})" if anchor else text(name)

    def _programs(self, programs: Sequence[ProgramEntry]) -> Iterator[str]:
        if programs:
            rows = (
                (
                    f"{each.kind} {code(each.name)}",
                    code(each.definition),
                    self.references.cite(each.facts),
                    self._proof(each.object),
                )
                for each in programs
            )
            yield from table(("trigger or policy", "what it does", "because of", "evidence"), rows)

    def _decisions(self, decisions: Sequence[GroupedDecision]) -> Iterator[str]:
        if decisions:
            said = (line for each in decisions for line in decision_lines(each, self.references))
            yield from folded(f"{len(decisions)} decisions and what was rejected", [*said, ""])

    def _proof(self, name: ObjectName) -> str:
        anchor = self.evidence.get(name)
        return f"[proof](PROOF.md#{anchor})" if anchor else ""


def decision_lines(decision: GroupedDecision, references: References) -> Iterator[str]:
    """Yield a decision as an item of a list: what was chosen, why, instead of what, on whose authority."""
    subjects = ", ".join(code(each) for each in decision.subjects)
    about = f"**{text(decision.topic)}** of {subjects}" if subjects else f"**{text(decision.topic)}**"
    settled = f" Settled by {code(decision.asked)}." if decision.asked else ""
    places = references.cite(decision.facts)
    because = f" ({places})" if places else ""
    source = f" {references.source(decision.source)}" if decision.source else ""
    yield f"- {about}: {text(decision.choice)}. {text(decision.reason)}{settled}{because}{source}"
    yield from (f"    - not {text(each.choice)}: {text(_clause(each.reason))}" for each in decision.rejected)


def _clause(reason: str) -> str:
    return reason[:1].lower() + reason[1:]
