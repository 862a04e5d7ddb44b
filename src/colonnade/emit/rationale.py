"""DESIGN.md: why each table, column, constraint, index and relationship is as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from colonnade.design import Decision, Design
from colonnade.emit.ddl.constraints import constraint_body
from colonnade.emit.ddl.tables import create_index
from colonnade.schema import Column, ObjectName, Table
from colonnade.span import Span
from colonnade.spec import Question

Anchors = Mapping[ObjectName, tuple[str, ...]]

_APPLICATION = "application rule"


def markdown(design: Design, *, anchors: Anchors | None = None) -> str:
    """Return DESIGN.md; `anchors` are those of PROOF.md by the object that a claim is about."""
    page = _Page(design=design, reasons=_reasons(design.decisions), anchors=anchors or {})
    lines = [
        *_introduction(design),
        *_questions(design.spec.questions),
        *(line for table in design.schema.tables for line in page.table(table)),
        *page.elsewhere(),
        *_application_rules(design),
        *_unread(design),
        *_cited(design),
    ]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def _reasons(decisions: Iterable[Decision]) -> dict[ObjectName, tuple[Decision, ...]]:
    """Return the decisions by what they shaped."""
    found: dict[ObjectName, tuple[Decision, ...]] = {}
    for decision in decisions:
        for name in decision.shaped:
            found[name] = (*found.get(name, ()), decision)
    return found


def _introduction(design: Design) -> Iterator[str]:
    owned = design.schema.owned_tables
    isolated = [table.name for table in owned if table.row_security]
    yield f"# The design of {design.name}"
    yield ""
    sources = ", ".join(f"`{source}`" for source in design.spec.sources)
    yield f"Read from {sources or 'a spec'}: {len(owned)} tables, {len(design.decisions)} decisions."
    if isolated:
        yield (
            f"Rows of {len(isolated)} tables are isolated by the database itself, for the role "
            f"`{design.application_role}`."
        )
    if design.wide_roles:
        roles = ", ".join(f"`{role}`" for role in design.wide_roles)
        yield f"What reaches beyond one owner runs as {roles}: grant each to the login that needs it."
    yield ""
    yield "![Entity relationship diagram](erd.svg)"
    yield ""
    yield "| table | rows planned for | keeps |"
    yield "|---|---:|---|"
    entities = {binding.table: binding.entity for binding in design.bindings.entities}
    for table in design.schema.tables:
        entity = entities.get(table.name, "")
        known = design.spec.entity(entity) if design.spec.has_entity(entity) else None
        rows = f"{known.volume.rows:,}" if known and known.volume and known.volume.rows else ""
        purpose = _cell(known.description) if known and known.description else f"each {entity or 'association'}"
        kept = "another product's table" if table.external else purpose
        yield f"| [{table.name}](#{_anchor(table.name)}) | {rows} | {kept} |"
    yield ""


def _questions(questions: Iterable[Question]) -> Iterator[str]:
    asked = tuple(questions)
    if not asked:
        return
    yield "## Questions"
    yield ""
    yield "What the text leaves open. An answers file (`--answers`) or `assume:` in the spec settles them by id."
    yield ""
    yield "| id | question | taken | otherwise | because of |"
    yield "|---|---|---|---|---|"
    for question in asked:
        taken = question.default + " (default)" if question.answer is None else question.answer + " (answered)"
        others = ", ".join(each.answer for each in question.alternatives if each.answer != question.settled)
        yield (
            f"| `{question.id}` | {_cell(question.text)} | {_cell(taken)} | {_cell(others)} | {_places(question.at)} |"
        )
    yield ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """The part of the document that goes object by object."""

    design: Design
    reasons: Mapping[ObjectName, tuple[Decision, ...]]
    anchors: Anchors

    def table(self, table: Table) -> Iterator[str]:
        """Yield the section of a table."""
        yield f"## {table.name}"
        yield ""
        name = ObjectName(kind="table", name=table.name, namespace=table.namespace)
        if table.comment:
            yield table.comment
            yield ""
        yield from self._points(self.reasons.get(name, ()))
        yield from self._columns(table)
        yield from self._constraints(table)
        yield from self._indexes(table)
        yield from self._programs(table)
        yield from self._alternatives(table)
        yield from self._proved(name)

    def elsewhere(self) -> Iterator[str]:
        """Yield what belongs to no table: types, functions, extensions, roles."""
        names = sorted(
            name
            for name in self.reasons
            if name.kind in ("type", "domain", "function", "extension", "role", "sequence", "view")
        )
        if not names:
            return
        yield "## Beside the tables"
        yield ""
        yield "| object | choice | why |"
        yield "|---|---|---|"
        for name in names:
            decision = self.reasons[name][0]
            yield f"| {name.kind} `{name.name}` | {_cell(decision.choice)} | {self._why([decision])} |"
        yield ""

    def _columns(self, table: Table) -> Iterator[str]:
        yield "### Columns"
        yield ""
        yield "| column | type | null | default | why |"
        yield "|---|---|---|---|---|"
        for column in table.columns:
            name = ObjectName(kind="column", name=column.name, table=table.name, namespace=table.namespace)
            null = "no" if column.not_null or _is_key(table, column) else "yes"
            why = self._why(self.reasons.get(name, ()))
            yield f"| `{column.name}` | {_cell(column.type)} | {null} | {_cell(_default(column))} | {why} |"
        yield ""

    def _constraints(self, table: Table) -> Iterator[str]:
        constraints = list(table.constraints)
        if not constraints:
            return
        yield "### Constraints and references"
        yield ""
        yield "| name | rule | why | proof |"
        yield "|---|---|---|---|"
        for constraint in constraints:
            name = ObjectName(kind="constraint", name=constraint.name, table=table.name, namespace=table.namespace)
            why = self._why(self.reasons.get(name, ()))
            rule = f"`{_cell(constraint_body(constraint))}`"
            yield f"| `{constraint.name}` | {rule} | {why} | {self._links(name)} |"
        yield ""

    def _indexes(self, table: Table) -> Iterator[str]:
        if not table.indexes:
            return
        yield "### Indexes"
        yield ""
        for index in table.indexes:
            name = ObjectName(kind="index", name=index.name, table=table.name, namespace=table.namespace)
            definition = " ".join(create_index(table, index).split()).partition(" ON ")[2]
            yield f"- `{index.name}` on `{definition}`. {self._links(name)}"
            for decision in self.reasons.get(name, ()):
                serves = ", ".join(f"`{pattern}`" for pattern in decision.patterns)
                yield f"  - {decision.reason}" + (f" Patterns: {serves}." if serves else "") + _because([decision])
        yield ""

    def _programs(self, table: Table) -> Iterator[str]:
        names = [
            *(("trigger", trigger.name) for trigger in table.triggers),
            *(("policy", policy.name) for policy in table.policies),
        ]
        if not names:
            return
        yield "### Triggers and policies"
        yield ""
        for kind, own in names:
            name = ObjectName(
                kind="trigger" if kind == "trigger" else "policy",
                name=own,
                table=table.name,
                namespace=table.namespace,
            )
            shared = self.reasons.get(name, ())
            yield f"- {kind} `{own}`: {self._why(shared)} {self._links(name)}".rstrip()
        yield ""

    def _points(self, decisions: Iterable[Decision]) -> Iterator[str]:
        for decision in decisions:
            yield f"- **{decision.question}**: {decision.choice}. {decision.reason}{_because([decision])}"
        yield ""

    def _alternatives(self, table: Table) -> Iterator[str]:
        """Yield what was not chosen for anything of the table, and on whose authority."""
        own = dict.fromkeys(
            decision
            for name, decisions in self.reasons.items()
            if table.name in (name.table, name.name if name.kind == "table" else "")
            for decision in decisions
            if decision.rejected or decision.source
        )
        if not own:
            return
        yield "<details><summary>Alternatives that were rejected, and sources</summary>"
        yield ""
        for decision in own:
            source = f" [{decision.source}]({_address(decision.source)})" if _is_address(decision.source) else ""
            source = source or (f" {decision.source}." if decision.source else "")
            yield f"- {decision.question}: {decision.choice}.{source}"
            yield from (f"    - not {each.choice}: {_clause(each.reason)}" for each in decision.rejected)
        yield ""
        yield "</details>"
        yield ""

    def _proved(self, name: ObjectName) -> Iterator[str]:
        links = self._links(name)
        if links:
            yield f"What was tried of the table itself: {links}."
            yield ""

    def _links(self, name: ObjectName) -> str:
        """Return links to the evidence about the object."""
        return " ".join(
            f"[{number}](PROOF.md#{anchor})" for number, anchor in enumerate(self.anchors.get(name, ()), start=1)
        )

    def _why(self, decisions: Iterable[Decision]) -> str:
        """Return the reasons in one table cell, each said once, and the lines that they rest on."""
        own = tuple(decisions)
        reasons = dict.fromkeys(_cell(decision.reason) for decision in own)
        return " ".join(reasons) + _because(own)


def _is_key(table: Table, column: Column) -> bool:
    return table.primary_key is not None and column.name in table.primary_key.columns


def _default(column: Column) -> str:
    if column.identity:
        return f"identity, {column.identity.lower()}"
    if column.generated is not None:
        return f"generated: {column.generated}"
    return column.default or ""


def _application_rules(design: Design) -> Iterator[str]:
    rules = [decision for decision in design.decisions if decision.question.startswith(_APPLICATION)]
    if not rules:
        return
    yield "## What only the application can hold"
    yield ""
    yield from (f"- {decision.choice}. {decision.reason}{_because([decision])}" for decision in rules)
    yield ""


def _unread(design: Design) -> Iterator[str]:
    if not design.spec.unread:
        return
    yield "## What was not read"
    yield ""
    yield from (f"- {each.what}: {each.reason} {_places(each.at)}" for each in design.spec.unread)
    yield ""


def _because(decisions: Iterable[Decision]) -> str:
    """Return the lines of the spec that say so, and the questions that could change it."""
    own = tuple(decisions)
    parts = [_places(span for decision in own for span in decision.facts)]
    parts += dict.fromkeys(f"`{decision.asked}`" for decision in own if decision.asked)
    told = ", ".join(part for part in parts if part)
    return f" ({told})" if told else ""


def _places(spans: Iterable[Span]) -> str:
    """Return links to the lines, which are quoted at the end of the document."""
    return ", ".join(
        dict.fromkeys(f"[{PurePath(span.path).name}:{span.line}](#{_line_anchor(span)})" for span in spans)
    )


def _cited(design: Design) -> Iterator[str]:
    """Yield the lines of the spec that anything above rests on, with the words that stand there.

    They are quoted here because a link to the spec would depend on where this folder is put.
    """
    spans = sorted(
        {
            (span.path, span.line): span
            for facts in (
                *(decision.facts for decision in design.decisions),
                *(question.at for question in design.spec.questions),
                *(unread.at for unread in design.spec.unread),
            )
            for span in facts
        }.values()
    )
    if not spans:
        return
    yield "## Lines of the spec"
    yield ""
    for span in spans:
        words = " ".join(span.quote.split()).replace("`", "'")
        quoted = f": `{words}`" if words else ""
        yield f'- <a id="{_line_anchor(span)}"></a>{span.path}:{span.line}{quoted}'
    yield ""


def _line_anchor(span: Span) -> str:
    return re.sub(r"\W+", "-", f"{span.path}-{span.line}".lower()).strip("-")


def _is_address(source: str) -> bool:
    return bool(re.match(r"[\w.-]+\.\w+/", source))


def _address(source: str) -> str:
    return f"https://www.{source}" if source.startswith("postgresql.org") else f"https://{source}"


def _cell(text: str) -> str:
    """Return text that keeps a table's columns together."""
    return " ".join(text.split()).replace("|", "\\|")


def _clause(reason: str) -> str:
    return reason[:1].lower() + reason[1:]


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-"))
