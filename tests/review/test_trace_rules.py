"""Each rule about what ran on its own cases, which are data: statements that were sent, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from colonnade.review import Answers, Configuration, Review, all_rules, review
from colonnade.review.connection import ReviewedConnection
from colonnade.review.discovery import AnyRule
from colonnade.review.trace_subject import reviewed_traces
from colonnade.span import Span
from colonnade.sql.script import split_script
from colonnade.trace import TracedStatement

RULES = Path(__file__).parents[1] / "rules"
OF_TRACES = [rule for rule in all_rules() if rule.family() == "trace"]
POOLED = "postgresql://app@ep-cool-sun-12345678-pooler.eu-central-1.aws.neon.tech/app"
DIRECT = POOLED.replace("-pooler", "")
_BLOCK = re.compile(r"^```sql( pooled)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXPECTED = re.compile(r"-- error: ([A-Z]{2}\d{3}) (.*)$")


def traced(text: str) -> Iterator[TracedStatement]:
    """Yield the statements of a block as they would be recorded: BEGIN and its end are SQLAlchemy's business."""
    transaction, open_ = "", list[TracedStatement]()
    for number, each in enumerate(split_script(text)):
        match each.text.rstrip(";").strip().upper():
            case "BEGIN":
                transaction = str(number)
            case "COMMIT" | "ROLLBACK" as end:
                yield from (
                    TracedStatement(sql=one.sql, at=one.at, transaction=transaction, kept=end == "COMMIT")
                    for one in open_
                )
                transaction, open_ = "", []
            case _:
                found = TracedStatement(sql=each.text, at=Span(path="app.py", line=each.line), transaction=transaction)
                if transaction:
                    open_.append(found)
                else:
                    yield found


def reviewed(text: str, *, pooled: bool) -> Review:
    """Return what every rule finds in a block."""
    subjects = reviewed_traces(traced(text), ReviewedConnection.at_url(POOLED if pooled else DIRECT))
    return review(subjects, all_rules(), configuration=Configuration(), answers=Answers(today=date(2026, 1, 31)))


@pytest.mark.parametrize("rule", OF_TRACES, ids=lambda rule: rule.code)
def test_cases_of_a_rule(rule: AnyRule) -> None:
    blocks = _BLOCK.findall((RULES / f"{rule.code}.md").read_text(encoding="utf-8"))
    expected = [
        [
            (mark[1], number, mark[2])
            for number, line in enumerate(text.split("\n"), 1)
            if (mark := _EXPECTED.search(line))
        ]
        for _, text in blocks
    ]
    seen = [
        [(each.code, each.at.line, each.object) for each in reviewed(text, pooled=bool(pooled)).findings]
        for pooled, text in blocks
    ]
    assert seen == expected
    assert any(expected), "no block is faulty"
    assert not all(expected), "no block is sound"


@pytest.mark.parametrize("rule", OF_TRACES, ids=lambda rule: rule.code)
def test_examples_of_a_manual_page(rule: AnyRule) -> None:
    page = rule.manual()
    assert page.example
    assert page.use_instead
    pooled = "-- pooled" in page.example.text
    assert {each.code for each in reviewed(page.example.text, pooled=pooled).findings} == {rule.code}
    assert reviewed(page.use_instead.text, pooled=pooled) == Review()
    assert all((page.what, page.why, page.fix, page.source))


def test_line_that_runs_often_is_one_finding_with_its_first_test() -> None:
    ran = [
        TracedStatement(sql="LISTEN jobs", at=Span(path="app.py", line=3), unit=unit)
        for unit in ("", "test_a", "test_b")
    ]
    subjects = reviewed_traces(ran, ReviewedConnection.at_url(POOLED))
    (found,) = review(
        subjects, all_rules(), configuration=Configuration(), answers=Answers(today=date(2026, 1, 31))
    ).findings
    assert found.detail == "Ran 3 times, first in test_a."


def test_what_the_parser_does_not_read_is_said() -> None:
    ran = [TracedStatement(sql="SELEC 1", at=Span(path="app.py", line=3))]
    subjects = reviewed_traces(ran, ReviewedConnection.at_url(POOLED))
    found = review(subjects, all_rules(), configuration=Configuration(), answers=Answers(today=date(2026, 1, 31)))
    ((left),) = found.not_run
    assert (left.code, left.paths) == ("NE401", ("app.py",))
    assert left.reason.startswith("line 3 sent what is not read: syntax error")
