"""DESIGN.md names every object with its reason, its lines, its evidence, and what is open."""

from __future__ import annotations

import re

from colonnade.emit import rationale
from colonnade.schema import ObjectName
from sample_design import sample_design


def test_every_column_constraint_and_index_has_a_reason() -> None:
    design = sample_design()
    text = rationale.markdown(design)
    for table in design.schema.tables:
        section = text[text.index(f"\n## {table.name}\n") :]
        for column in table.columns:
            row = next(line for line in section.splitlines() if line.startswith(f"| `{column.name}` |"))
            assert len(row.rsplit("|", 2)[1].strip()) > 10, row
        for constraint in table.constraints:
            row = next(line for line in section.splitlines() if line.startswith(f"| `{constraint.name}` |"))
            assert len(row.split("|")[-3].strip()) > 10, row
        for index in table.indexes:
            assert f"- `{index.name}` on `" in section


def test_cited_lines_are_quoted_and_linked() -> None:
    text = rationale.markdown(sample_design())
    targets = set(re.findall(r"\]\(#([^)]+)\)", text))
    anchors = set(re.findall(r'<a id="([^"]+)">', text)) | {"animals", "keepers"}
    assert targets <= anchors
    assert "zoo.spec.yaml:7: `Animal: 'wild' | tame`" in text


def test_questions_and_what_was_not_read_are_listed() -> None:
    text = rationale.markdown(sample_design())
    assert "| `Q-volume-animal` | How many? | 1M (default) |" in text
    assert "POST /feed: it names no thing" in text


def test_evidence_is_linked_where_there_is_some() -> None:
    design = sample_design()
    name = ObjectName(kind="constraint", name="pk_animals", table="animals")
    text = rationale.markdown(design, anchors={name: ("invariant-animals-pk",)})
    row = next(line for line in text.splitlines() if line.startswith("| `pk_animals` |"))
    assert "[1](PROOF.md#invariant-animals-pk)" in row
    assert "PROOF.md" not in rationale.markdown(design)
