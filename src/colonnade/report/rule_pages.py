"""The rules as a page of the manual: a table of all, and a section for each, from their docstrings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from colonnade.review.discovery import AnyRule
from colonnade.review.manual import Example

_ABOUT = {
    "CO": "The review itself",
    "NE": "Managed, pooled, suspending Postgres",
    "PL": "The change",
    "RL": "Isolation and privileges",
    "SC": "The schema",
}


def rules_markdown(rules: Iterable[AnyRule]) -> str:
    """Return the page; `colonnade rules --format markdown` prints it, and docs/rules.md is it."""
    return "\n".join(_lines(tuple(rules))) + "\n"


def _lines(rules: tuple[AnyRule, ...]) -> Iterator[str]:
    yield "# Rules"
    yield ""
    yield "One section for each rule, as `colonnade explain CODE` prints it. Every example is run by the tests: the"
    yield "first of each is found to be faulty, the second is not. What stands before `-- migration` is there already."
    for prefix, group in groupby(rules, key=lambda rule: rule.code[:2]):
        found = tuple(group)
        yield ""
        yield f"## {prefix}: {_ABOUT.get(prefix, prefix)}"
        yield ""
        yield "| code | name | severity | decided by | fault |"
        yield "|---|---|---|---|---|"
        for rule in found:
            severity = rule.severity if rule.default else f"{rule.severity}, off"
            evidence = ", ".join(sorted(each.value for each in rule.needs))
            link = f"[{rule.code}](#{rule.code.lower()}-{rule.name})"
            yield f"| {link} | {rule.name} | {severity} | {evidence} | {rule.manual().what} |"
        for rule in found:
            yield from _section(rule)


def _section(rule: AnyRule) -> Iterator[str]:
    page = rule.manual()
    yield ""
    yield f"### {rule.code} {rule.name}"
    yield ""
    yield page.what
    yield ""
    yield f"**Why:** {page.why}"
    for heading, example in (("Example", page.example), ("Use instead", page.use_instead)):
        if example is not None:
            yield ""
            yield f"**{heading}:**"
            yield ""
            yield from _fenced(example)
    yield ""
    yield f"**Fix:** {page.fix}"
    yield ""
    yield f"Source: {page.source}"


def _fenced(example: Example) -> Iterator[str]:
    yield f"```{example.language}"
    yield from example.text.rstrip("\n").split("\n")
    yield "```"
