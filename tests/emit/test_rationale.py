"""DESIGN.md names every object with its reason, its lines, its evidence, and what is open."""

from __future__ import annotations

import re
from dataclasses import replace

from colonnade.design.designer import design
from colonnade.emit import rationale
from colonnade.emit.rationale.references import short_names
from colonnade.schema import ObjectName
from sample_design import sample_design


def section(text: str, table: str) -> str:
    """Return what is said of a table."""
    start = text.index(f'\n### <a id="table-{table}"></a>{table}\n')
    end = text.find("\n### ", start + 1)
    return text[start : end if end > 0 else None]


def test_every_column_constraint_index_and_reference_is_described() -> None:
    designed = sample_design()
    text = rationale.markdown(designed)
    for table in designed.schema.tables:
        said = section(text, table.name)
        rows = [line for line in said.splitlines() if line.startswith("| `")]
        for name in (*table.columns, *table.constraints, *table.indexes):
            assert any(row.startswith(f"| `{name.name}`") for row in rows), name
        for key in table.foreign_keys:
            assert any(key.referenced_table in row and f"| {key.on_delete} |" in row for row in rows), key


def test_every_decision_stands_with_its_reason_and_what_was_rejected() -> None:
    designed = sample_design()
    text = " ".join(rationale.markdown(designed).split())
    for decision in designed.decisions:
        assert decision.reason.split(";")[0].replace("*", "\\*") in text
        for rejected in decision.rejected:
            assert f"- not {rejected.choice}" in text.replace("\\", "")


def test_equal_decisions_are_said_once() -> None:
    said = section(rationale.markdown(sample_design()), "animals")
    assert re.search(r"\*\*nullability\*\* of `animals\.\w+`, `animals\.", said) or said.count("**nullability**") == 1


def test_cited_lines_are_quoted_and_linked() -> None:
    text = rationale.markdown(sample_design())
    assert "[zoo.spec.yaml:7]: #zoo-spec-yaml-7" in text
    assert '<a id="zoo-spec-yaml-7"></a>`zoo.spec.yaml:7`: ``Animal: `wild` | tame``'.replace("|", "\\|") in text
    labels = set(re.findall(r"\[(zoo\.spec\.yaml:\d+)\](?!:)", text))
    assert labels == set(re.findall(r"(?m)^\[(zoo\.spec\.yaml:\d+)\]: ", text))


def test_lines_of_a_spec_nearby_are_linked_where_they_stand() -> None:
    text = rationale.markdown(sample_design(), addresses={"zoo.spec.yaml": "../zoo.spec.yaml"})
    assert '[zoo.spec.yaml:7]: <../zoo.spec.yaml#L7> "Animal: `wild` | tame"' in text
    assert "## Lines of the spec" not in text


def test_files_of_one_name_are_told_apart_by_their_folders() -> None:
    names = short_names(["a/spec.yaml", "b/spec.yaml", "x/b/spec.yaml", "other.yaml"])
    assert names == {
        "a/spec.yaml": "a/spec.yaml",
        "b/spec.yaml": "b/spec.yaml",
        "x/b/spec.yaml": "x/b/spec.yaml",
        "other.yaml": "other.yaml",
    }


def test_questions_and_what_was_not_read_are_listed() -> None:
    text = rationale.markdown(sample_design())
    assert "| `Q-volume-animal` | How many? | **1M** (default) |" in text
    assert "POST /feed: it names no thing" in text


def test_evidence_is_linked_where_there_is_some() -> None:
    designed = sample_design()
    name = ObjectName(kind="constraint", name="pk_animals", table="animals")
    text = rationale.markdown(designed, evidence={name: "constraint-animals-pk_animals"})
    row = next(line for line in text.splitlines() if line.startswith("| `pk_animals` |"))
    assert "[proof](PROOF.md#constraint-animals-pk_animals)" in row
    assert "PROOF.md" not in rationale.markdown(designed)


def test_descriptions_are_never_markup() -> None:
    spec = sample_design().spec
    evil = "<script>alert(1)</script> | [a](http://b) **x**"
    keeper = spec.entities[0].model_copy(update={"description": evil})
    designed = design(spec.model_copy(update={"entities": (keeper, *spec.entities[1:])}))
    text = rationale.markdown(replace(designed, name="<img src=x>"))
    assert "<script" not in text
    assert "<img" not in text
    assert "[a](http://b)" not in text
    assert "&lt;script&gt;" in text
