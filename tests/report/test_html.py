"""report.html: one page that fetches nothing, whose links resolve, and that no name can break out of."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

from page_reading import PageReader

from colonnade.design import Design
from colonnade.design.designer import design
from colonnade.prove import Proof
from colonnade.report.html import html
from sample_design import sample_design
from sample_proof import BROKEN, CURE, sample_proof

EVIL = "</style></script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{ 7*7 }}"


def check_sound(text: str) -> PageReader:
    """Read a page, and check that it stands alone and that every link within it resolves."""
    page = PageReader(text)
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert page.fetched == []
    assert page.handlers == []
    assert page.tags.count("script") == 1
    assert not re.search(r"@import|url\(|@font-face", text)
    return page


def evil_design() -> Design:
    """Return the zoo with markup wherever a spec may put words."""
    spec = sample_design().spec
    keeper = spec.entities[0].model_copy(update={"description": EVIL})
    question = spec.questions[0].model_copy(update={"text": EVIL, "default": EVIL})
    unread = spec.unread[0].model_copy(update={"what": EVIL, "reason": EVIL})
    changed = {
        "entities": (keeper, *spec.entities[1:]),
        "questions": (question,),
        "unread": (unread,),
        "sources": (EVIL,),
    }
    found = design(spec.model_copy(update=changed))
    tables = (replace(found.schema.tables[0], name=EVIL, comment=EVIL), *found.schema.tables[1:])
    decisions = tuple(replace(each, reason=EVIL, choice=EVIL, source=EVIL) for each in found.decisions)
    return replace(found, name=EVIL, schema=replace(found.schema, tables=tables), decisions=decisions)


def evil_proof() -> Proof:
    """Return evidence with markup in every text."""
    proof = sample_proof()
    evidence = tuple(
        replace(
            each,
            claim=replace(
                each.claim, id=f"{each.claim.id}/{EVIL}", sentence=EVIL, object=replace(each.claim.object, name=EVIL)
            ),
            observed=EVIL,
            sql=EVIL,
            details=(EVIL,),
            statements=tuple(replace(one, label=EVIL, sql=EVIL, growth=EVIL) for one in each.statements),
        )
        for each in proof.evidence
    )
    return replace(proof, evidence=evidence, application_rules=(EVIL,))


def test_page_stands_alone_and_its_links_resolve() -> None:
    page = check_sound(html(sample_design(), sample_proof()))
    for words in ("8 of 10 claims proved", BROKEN, CURE, "How many?", "not in the past", "it names no thing"):
        assert words in page.text


def test_page_without_a_proof_is_the_design_alone() -> None:
    page = check_sound(html(sample_design()))
    assert "Nothing was tried: this is the design alone." in page.text
    assert "claims proved" not in page.text


def test_page_of_an_undesigned_schema_has_no_empty_parts() -> None:
    found = sample_design()
    bare = replace(found, spec=found.spec.model_copy(update={"questions": (), "unread": ()}), decisions=())
    text = html(bare, sample_proof())
    check_sound(text)
    assert 'id="questions"' not in text
    assert "decisions and what was rejected" not in text


def test_nothing_that_a_spec_says_becomes_markup() -> None:
    page = check_sound(html(evil_design(), evil_proof()))
    assert "img" not in page.tags
    assert page.texts.count(EVIL) > 20
    assert "49" not in page.text.replace(EVIL, "")


def test_only_the_script_of_the_page_may_run() -> None:
    text = html(evil_design(), evil_proof())
    script = text.rpartition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    assert f"script-src 'sha256-{digest}'" in policy[1]
    assert "default-src 'none'" in policy[1]


def test_every_table_of_the_diagram_leads_to_its_section() -> None:
    text = html(sample_design(), sample_proof())
    diagram = text[text.index('class="erd"') : text.index("</svg>", text.index('class="erd"'))]
    assert set(re.findall(r'<a href="#([^"]+)"', diagram)) == {"table-animals", "table-keepers"}


def test_chart_holds_every_cost_within_its_axes() -> None:
    text = html(sample_design(), sample_proof())
    width, height = map(int, re.search(r'class="chart" viewBox="0 0 (\d+) (\d+)"', text).groups())  # type: ignore[union-attr]
    points = re.search(r'class="dearest" points="([^"]+)"', text)
    assert points is not None
    places = [tuple(map(float, point.split(","))) for point in points[1].split()]
    assert len(places) == 3
    assert all(0 <= x <= width and 0 <= y <= height for x, y in places)
    assert [x for x, _ in places] == sorted(x for x, _ in places)
    assert [y for _, y in places] == sorted((y for _, y in places), reverse=True)


def test_same_input_gives_the_same_page() -> None:
    slower = replace(sample_proof(), evidence=tuple(replace(each, elapsed_ms=9.0) for each in sample_proof().evidence))
    assert html(sample_design(), slower) == html(sample_design(), sample_proof())
