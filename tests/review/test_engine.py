"""The engine by itself: what is chosen, answered for, known from before, and left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.errors import InputError
from colonnade.review import (
    Answers,
    Configuration,
    Evidence,
    Finding,
    Review,
    Rule,
    Severity,
    all_rules,
    configuration,
    review,
    rule_of,
    suppressions,
)
from colonnade.review.baseline import baseline_text, entry_of, read_baseline
from colonnade.review.manual import SECTIONS
from colonnade.span import Span

TODAY = date(2026, 1, 31)
CODES = [rule.code for rule in all_rules()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """A source in which each line that says so is faulty."""

    text: str
    path: str = "a.sql"
    family: str = "plan"
    evidence: frozenset[Evidence] = frozenset({Evidence.plan})
    unseen: tuple[tuple[Evidence, str], ...] = ()


class FaultyLine(Rule[Lines]):
    """A line is faulty.

    Why: it says so.

    Fix: Take it out.
    """

    code = "PL401"
    name = "table-drop"
    severity = Severity.error
    needs = frozenset({Evidence.plan})

    @classmethod
    def family(cls) -> str:
        """Stand where the rules about changes stand."""
        return "plan"

    def check(self, subject: Lines) -> Iterator[Finding]:
        """Look at each line."""
        for number, line in enumerate(subject.text.split("\n"), start=1):
            if "faulty" in line:
                yield self.finding(
                    "it is faulty", object=[*line.split(), "?"][1], at=Span(path=subject.path, line=number)
                )


def of_review() -> list[Rule[object]]:  # type: ignore[type-var]
    """Return the rules about reviews."""
    return [rule for rule in all_rules() if rule.code.startswith("CO")]


def run(source: Lines, chosen: Configuration | None = None, **answers: object) -> Review:
    """Run the rule, and those about the review, over a source."""
    given = Answers(today=TODAY, suppressions=suppressions(source.text, path=source.path), **answers)  # type: ignore[arg-type]
    return review([source], [FaultyLine(), *of_review()], configuration=chosen or Configuration(), answers=given)


def codes(found: Review) -> list[str]:
    """Return the codes that were found."""
    return [each.code for each in found.findings]


def test_every_rule_has_a_whole_manual_page_and_its_own_code_and_name() -> None:
    for rule in all_rules():
        page = rule.manual()
        assert all(f"{section}:" in page.text for section in SECTIONS), rule.code
        assert page.example is not None
        assert page.use_instead is not None
        assert rule.name == rule.name.lower().replace(" ", "-")
        assert rule_of(rule.name) is rule_of(rule.code.lower()) is rule
    assert len({rule.name for rule in all_rules()}) == len(all_rules())


def test_unknown_rule_is_an_error_with_the_nearest() -> None:
    with pytest.raises(InputError, match="PL999"):
        rule_of("PL999")
    with pytest.raises(InputError) as caught:
        rule_of("tabel-drop")
    assert "table-drop" in caught.value.hint


def test_suppression_covers_its_line_or_the_next_statement() -> None:
    assert codes(run(Lines(text="SELECT faulty;"))) == ["PL401"]
    assert run(Lines(text="SELECT faulty; -- colonnade: ignore[PL401] known for years")).suppressed == 1
    alone = "-- colonnade: ignore[PL401] known for years\nSELECT 1,\n faulty;\nSELECT faulty;"
    found = run(Lines(text=alone))
    assert (codes(found), found.suppressed) == (["PL401"], 1)
    assert found.findings[0].at.line == 4


def test_suppression_in_python_covers_a_function() -> None:
    text = "def upgrade():  # colonnade: ignore[PL401] known for years\n    x = 'a faulty'\n\n\ny = 'b faulty'\n"
    found = run(Lines(text=text, path="a.py"))
    assert ([each.at.line for each in found.findings], found.suppressed) == ([5], 1)


def test_text_that_only_looks_like_a_suppression_is_none() -> None:
    assert suppressions("SELECT '-- colonnade: ignore[PL401] x y z';", path="a.sql") == ()
    assert suppressions("x = '# colonnade: ignore[PL401] x y z'\n", path="a.py") == ()


def test_rule_without_evidence_is_not_run_and_leaves_its_suppressions_alone() -> None:
    text = "SELECT faulty; -- colonnade: ignore[PL401] known for years"
    found = run(Lines(text=text, evidence=frozenset()))
    assert codes(found) == []
    assert [(each.code, each.paths) for each in found.not_run] == [("PL401", ("a.sql",))]
    partly = run(
        Lines(text="SELECT 1; -- colonnade: ignore[PL401] known for years", unseen=((Evidence.plan, "line 9"),))
    )
    assert codes(partly) == []
    assert partly.not_run[0].reason == "line 9"


def test_severity_and_choice() -> None:
    lower = Configuration.model_validate({"severity": {"PL401": {"level": "note", "reason": "ours"}}})
    found = run(Lines(text="SELECT faulty;"), lower)
    assert [each.severity for each in found.findings] == [Severity.note]
    assert not found.found(Severity.warning)
    assert found.found(Severity.note)
    assert codes(run(Lines(text="SELECT faulty;"), Configuration(ignore=("PL4",)))) == []
    assert codes(run(Lines(text="SELECT faulty;"), Configuration(select=("PL401",), ignore=("PL",)))) == ["PL401"]
    assert codes(run(Lines(text="SELECT faulty;"), Configuration(select=("CO",)))) == []


def test_finding_without_a_line_is_answered_for_in_the_configuration() -> None:
    known = {"suppress": [{"code": "PL401", "object": "faulty;", "reason": "known for years"}]}
    found = run(Lines(text="SELECT faulty;"), Configuration.model_validate(known))
    assert (codes(found), found.suppressed) == ([], 1)
    assert codes(run(Lines(text="SELECT 1;"), Configuration.model_validate(known))) == ["CO001"]


def test_answer_in_the_configuration_is_needed_as_long_as_some_source_was_not_seen_whole() -> None:
    known = {"suppress": [{"code": "PL401", "object": "faulty;", "reason": "known for years"}]}
    chosen, given = Configuration.model_validate(known), Answers(today=TODAY)
    whole, partly = Lines(text="SELECT 1;"), Lines(text="SELECT 1;", path="b.sql", unseen=((Evidence.plan, "line 1"),))
    for sources, expected in (([whole], ["CO001"]), ([whole, partly], []), ([partly, whole], []), ([partly], [])):
        found = review(sources, [FaultyLine(), *of_review()], configuration=chosen, answers=given)
        assert codes(found) == expected


def test_baseline_knows_findings_by_fault_and_not_by_line() -> None:
    class Forgivable(FaultyLine):
        """Like the other one."""

        baselinable = True

    first = run(Lines(text="SELECT faulty;"))
    old = read_baseline(baseline_text(first.findings), path="b.json")
    given = Answers(today=TODAY, baseline=old)
    moved = Lines(text="\n\nSELECT faulty;\nSELECT other faulty;")
    again = review([moved], [Forgivable()], configuration=Configuration(), answers=given)
    assert ([each.object for each in again.findings], again.baselined) == (["other"], 1)
    never = review([moved], [FaultyLine()], configuration=Configuration(), answers=given)
    assert (len(never.findings), never.baselined) == (2, 0)
    with pytest.raises(InputError, match="no baseline"):
        read_baseline("[]", path="b.json")


def test_configuration_that_nobody_understands_is_an_error() -> None:
    assert configuration({}, path="p.toml") == Configuration()
    wrong: list[dict[str, object]] = [
        {"selct": []},
        {"fail_on": "fatal"},
        {"severity": {"PL401": {"level": "note"}}},
    ]
    for each in wrong:
        with pytest.raises(InputError):
            configuration({"tool": {"colonnade": {"lint": each}}}, path="p.toml")


@given(
    st.lists(st.sampled_from(CODES), max_size=4), st.lists(st.sampled_from(CODES), max_size=4), st.sampled_from(CODES)
)
@settings(max_examples=200)
def test_exact_codes_choose_exactly(select: list[str], ignore: list[str], code: str) -> None:
    chosen = Configuration(select=tuple(select), ignore=tuple(ignore))
    for default in (True, False):
        wanted = code not in ignore and (code in select or (default and not select))
        assert chosen.chooses(code, default=default) is wanted


@given(st.lists(st.tuples(st.sampled_from(["SELECT {};", "SELECT\n {};", "-- a {}\n"]), st.booleans()), max_size=8))
@settings(max_examples=200)
def test_suppressing_every_finding_leaves_none_and_taking_one_away_leaves_it(parts: list[tuple[str, bool]]) -> None:
    statements = [form.format("x faulty" if faulty else "1") for form, faulty in parts]
    bare = "\n".join(statements)
    found = run(Lines(text=bare)).findings
    mark = "-- colonnade: ignore[PL401] known for years\n"
    marked = "\n".join(mark + each if "faulty" in each and "SELECT" in each else each for each in statements)
    left = run(Lines(text=marked))
    in_comments = sum("faulty" in each and "SELECT" not in each for each in statements)
    assert [code for code in codes(left) if code == "PL401"] == ["PL401"] * in_comments
    assert left.suppressed == len(found) - in_comments


def test_entries_of_a_baseline_are_sorted_and_each_once() -> None:
    found = run(Lines(text="SELECT b faulty;\nSELECT a faulty;\nSELECT a faulty;")).findings
    old = read_baseline(baseline_text(found), path="b.json")
    assert old == {entry_of(each) for each in found}
    assert baseline_text(found) == baseline_text(reversed(found))
