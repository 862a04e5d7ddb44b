"""Each rule on its own cases, which are data, and on the examples of its manual page."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade.postgres import Server
from colonnade.review import Evidence, Severity, all_rules
from colonnade.review.discovery import AnyRule
from colonnade.review.manual import Example
from review_workshop import Case, cases, read_only, reviewed

RULES = Path(__file__).parents[1] / "rules"
OF_OTHERS = {rule.code for rule in all_rules() if rule.family() in {"connection", "trace"}}
FILES = sorted(path for path in RULES.glob("*.md") if path.stem not in OF_OTHERS)
TEXT = (Evidence.plan, Evidence.record)
LIVE = (Evidence.live,)
OF_SCRIPTS = [
    rule
    for rule in all_rules()
    if rule.code not in OF_OTHERS and (example := rule.manual().example) and example.language == "sql"
]


def found_by(code: str, case: Case, server: Server) -> list[tuple[str, int, str]]:
    """Return what one rule finds in a case: code, line and object."""
    found = reviewed(case, server).findings
    return sorted((each.code, each.at.line, each.object) for each in found if each.code == code)


def codes(example: Example | None, server: Server) -> set[str]:
    """Return the codes that an example of a manual page is found to have."""
    assert example is not None
    words = example.text.split("\n", 1)[0]
    options = words.removeprefix("-- with ") if words.startswith("-- with ") else ""
    return {each.code for each in reviewed(Case(text=example.text, options=options), server).findings}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_cases_of_a_rule(server: Server, path: Path) -> None:
    blocks = list(cases(path))
    seen = {case.line: found_by(path.stem, case, server) for case in blocks}
    wanted = {case.line: sorted(each for each in case.expected if each[0] == path.stem) for case in blocks}
    assert seen == wanted
    assert any(wanted.values()), "no block is faulty"
    assert not all(wanted.values()), "no block is sound"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_rule_without_its_evidence_says_nothing(path: Path) -> None:
    for case in cases(path):
        found = read_only(case)
        asked = {each.code for each in found.findings}
        assert all(rule.needs <= {*TEXT, *LIVE[: bool(case.database)]} for rule in all_rules() if rule.code in asked)
        left = {each.code for each in found.not_run}
        assert left >= {rule.code for rule in all_rules() if rule.needs & {Evidence.catalog, Evidence.observed}}


def test_every_rule_has_cases() -> None:
    assert {path.stem for path in FILES} == {rule.code for rule in OF_SCRIPTS}


@pytest.mark.parametrize("rule", OF_SCRIPTS, ids=lambda rule: rule.code)
def test_examples_of_a_manual_page(server: Server, rule: AnyRule) -> None:
    page = rule.manual()
    assert rule.code in codes(page.example, server)
    assert rule.code not in codes(page.use_instead, server)
    assert all((page.what, page.why, page.fix, page.source))
    assert page.what.endswith(".")


def test_hazards_that_keywords_do_not_tell_are_found(server: Server) -> None:
    for case in cases(Path(__file__).parent / "hazards.md"):
        found = {(each.code, each.at.line, each.object) for each in reviewed(case, server).findings}
        assert case.expected
        assert set(case.expected) <= found, case.text


def test_what_is_done_right_is_silent(server: Server) -> None:
    for case in cases(Path(__file__).parent / "controls.md"):
        loud = [each for each in reviewed(case, server).findings if each.severity is not Severity.note]
        assert loud == [], case.text
