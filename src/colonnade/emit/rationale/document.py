"""DESIGN.md as a whole: what was read and asked, then the tables, then what belongs to none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from colonnade.design import Design
from colonnade.emit.dictionary import Dictionary, dictionary
from colonnade.emit.markdown import code, page, table, text
from colonnade.emit.rationale.references import References
from colonnade.emit.rationale.tables import TableSection, decision_lines, table_anchors
from colonnade.schema import ObjectName
from colonnade.spec import Question


def markdown(
    design: Design, *, evidence: Mapping[ObjectName, str] | None = None, addresses: Mapping[str, str] | None = None
) -> str:
    """Return DESIGN.md.

    `evidence` gives the anchor in PROOF.md of what is said there about an object. `addresses` says where a source of
    the spec stands as seen from the folder of the document; the lines of others are quoted.
    """
    spans = [span for each in design.decisions for span in each.facts]
    spans += [span for each in (*design.spec.questions, *design.spec.unread) for span in each.at]
    references = References((span.path for span in spans), addresses or {})
    said = dictionary(design)
    section = TableSection(references=references, evidence=evidence or {}, anchors=table_anchors(said.tables))
    parts = [
        *_questions(design.spec.questions, references),
        *(line for entry in said.tables for line in section.of(entry)),
        *_beside(said, references),
        *_application(said, references),
        *_unread(design, references),
    ]
    return page([*_introduction(design, said, section), *parts, *references.definitions()])


def _introduction(design: Design, said: Dictionary, section: TableSection) -> Iterator[str]:
    owned = design.schema.owned_tables
    isolated = [each.name for each in owned if each.row_security]
    sources = ", ".join(code(source) for source in design.spec.sources)
    yield f"# The design of {text(design.name)}"
    yield ""
    yield f"Read from {sources or 'a spec'}: {len(owned)} tables, {len(design.decisions)} decisions."
    if isolated:
        yield (
            f"Rows of {len(isolated)} tables are isolated by the database itself, for the role "
            f"{code(design.application_role)}."
        )
    if design.wide_roles:
        roles = ", ".join(code(role) for role in design.wide_roles)
        yield f"What reaches beyond one owner runs as {roles}: grant each to the login that needs it."
    if section.evidence:
        yield "What was tried on a real Postgres stands in [PROOF.md](PROOF.md); *proof* leads to what was seen."
    yield ""
    yield "![Entity relationship diagram](erd.svg)"
    yield ""
    yield "## Contents"
    yield ""
    yield from (f"- [{title}](#{_slug(title)})" for title in _titles(design, said))
    yield ""
    rows = [
        (
            f"[{text(entry.table.name)}](#{section.anchors[entry.object]})",
            f"{entry.rows:,}" if entry.rows else "",
            str(len(entry.columns)),
            "by row" if entry.table.row_security else "",
            text(entry.purpose),
        )
        for entry in said.tables
    ]
    yield from table(
        ("table", "rows planned for", "columns", "isolated", "holds"), rows, right=("rows planned for", "columns")
    )


def _titles(design: Design, said: Dictionary) -> Iterator[str]:
    if design.spec.questions:
        yield "Questions"
    yield "Tables"
    if said.beside:
        yield "Beside the tables"
    if said.application:
        yield "What only the application can hold"
    if design.spec.unread:
        yield "What was not read"


def _questions(questions: Iterable[Question], references: References) -> Iterator[str]:
    asked = tuple(questions)
    if asked:
        yield "## Questions"
        yield ""
        yield "What the text leaves open. An answers file (`--answers`) or `assume:` in the spec settles them by id."
        yield ""
        yield from table(
            ("id", "question", "taken", "otherwise", "because of"), (_question(each, references) for each in asked)
        )
    yield "## Tables"
    yield ""


def _question(question: Question, references: References) -> tuple[str, ...]:
    state = "default" if question.answer is None else "answered"
    others = (each.answer for each in question.alternatives if each.answer != question.settled)
    return (
        code(question.id),
        text(question.text),
        f"**{text(question.settled)}** ({state})",
        text(", ".join(others)),
        references.cite(question.at),
    )


def _beside(said: Dictionary, references: References) -> Iterator[str]:
    if not said.beside:
        return
    yield "## Beside the tables"
    yield ""
    rows = (
        (f"{name.kind} {code(name.name)}", text(decision.reason), references.cite(decision.facts))
        for name, decision in said.beside
    )
    yield from table(("object", "why", "because of"), rows)


def _application(said: Dictionary, references: References) -> Iterator[str]:
    if not said.application:
        return
    yield "## What only the application can hold"
    yield ""
    for decision in said.application:
        yield from decision_lines(decision, references)
    yield ""


def _unread(design: Design, references: References) -> Iterator[str]:
    if not design.spec.unread:
        return
    yield "## What was not read"
    yield ""
    for each in design.spec.unread:
        places = references.cite(each.at)
        yield f"- {text(each.what)}: {text(each.reason)}" + (f" ({places})" if places else "")
    yield ""


def _slug(heading: str) -> str:
    """Return the anchor that GitHub gives a heading of plain words."""
    return re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-"))
