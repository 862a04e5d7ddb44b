"""PROOF.md: what needs attention first, everything said once, short however much was tried."""

from __future__ import annotations

from dataclasses import replace

from colonnade.report import proof_page
from colonnade.report.evidence import object_anchors, refuted_first_things_first
from sample_proof import BROKEN, CURE, KEY, LIST, sample_proof


def page() -> str:
    """Return the page of the sample."""
    return proof_page.markdown(sample_proof(), name="zoo")


def test_result_and_what_to_change_come_first() -> None:
    text = page()
    assert "Of 10 claims 8 are proved, **1 refuted**, 1 not run." in text
    assert "| **all** | **8** | **1** | **1** |" in text
    order = [
        "## What to change",
        "## What was not run",
        "## Access patterns",
        "## Tables",
        "## What only the application",
    ]
    places = [text.index(title) for title in order]
    assert places == sorted(places)
    assert f"1. **{BROKEN}** is refuted" in text
    assert CURE.replace("|", "\\|") in text


def test_all_proved_is_said_in_one_line() -> None:
    proof = sample_proof()
    held = tuple(replace(each, verdict="proved") for each in proof.evidence)
    text = proof_page.markdown(replace(proof, evidence=held), name="zoo")
    assert "**All 10 claims are proved.**" in text
    assert "## What to change" not in text
    assert "REFUTED" not in text


def test_every_object_has_one_place() -> None:
    text = page()
    places = object_anchors(sample_proof())
    assert len(set(places.values())) == len(places)
    for anchor in places.values():
        assert text.count(f'<a id="{anchor}"></a>') == 1


def test_table_with_something_refuted_stands_open() -> None:
    assert "<details open><summary>" in page()
    line = next(line for line in page().splitlines() if "ck_animals_name_length`" in line)
    assert "**REFUTED**" in line


def test_pattern_shows_growth_way_and_costs() -> None:
    row = next(
        line for line in page().splitlines() if line.startswith(f'| <a id="{object_anchors(sample_proof())[LIST]}"')
    )
    assert row.endswith("| proved | linear in the page | ix_animals_name | 5.0 | 9.5 | 90.0 |")


def test_who_sees_what_is_one_table() -> None:
    assert "| select | accepted, 1 row | accepted, 0 rows |  |" in page()


def test_constraint_says_what_was_rejected_without_its_own_name() -> None:
    row = next(line for line in page().splitlines() if "`pk_animals`" in line)
    assert row.endswith("| rejected: 23505; accepted |")


def test_names_are_never_markup() -> None:
    proof = sample_proof()
    evil = replace(KEY, name="<script>alert(1)</script>", table="a|b")
    bad = replace(proof.evidence[2], claim=replace(proof.evidence[2].claim, object=evil, sentence="<img src=x> [a](b)"))
    text = proof_page.markdown(replace(proof, evidence=(replace(bad, verdict="refuted"),)), name="<b>zoo</b>")
    outside_code = "".join(part for number, part in enumerate(text.split("`")) if number % 2 == 0)
    assert "<script" not in outside_code
    assert "<img" not in text
    assert "[a](b)" not in text
    assert "<b>zoo" not in text


def test_causes_come_before_what_follows_from_them() -> None:
    proof = sample_proof()
    broken = tuple(replace(each, verdict="refuted") for each in proof.evidence)
    kinds = [each.claim.kind for each in refuted_first_things_first(replace(proof, evidence=broken))]
    assert kinds[:2] == ["builds", "contract"]
    assert sorted(kinds) == sorted(each.claim.kind for each in broken)
