"""Findings for people and for machines: one JSON shape for every verb that finds, and the shapes that others read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any, Literal

from rich.console import Console

from colonnade import __version__
from colonnade.review import Finding, Fix, Review, Severity
from colonnade.review.discovery import AnyRule

FindingsFormat = Literal["text", "json", "sarif", "github", "gitlab"]
_STYLES = {Severity.error: "red", Severity.warning: "yellow", Severity.note: "cyan"}
_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_GITLAB = {Severity.error: "critical", Severity.warning: "major", Severity.note: "info"}
_GITHUB = {Severity.error: "error", Severity.warning: "warning", Severity.note: "notice"}


def review_as_json(review: Review, *, verb: str, reviewed: Iterable[str], elapsed_ms: float) -> dict[str, Any]:
    """Return the findings in the shape of every verb that finds; it only ever grows."""
    return {
        "verb": verb,
        "reviewed": list(reviewed),
        "findings": [_finding_as_json(each) for each in review.findings],
        "not_run": [
            {"code": each.code, "name": each.name, "reason": each.reason, "paths": list(each.paths)}
            for each in review.not_run
        ],
        "suppressed": review.suppressed,
        "baselined": review.baselined,
        "elapsed_ms": round(elapsed_ms, 1),
    }


def _finding_as_json(found: Finding) -> dict[str, Any]:
    return {
        "code": found.code,
        "name": found.name,
        "severity": found.severity.value,
        "object": found.object,
        "path": found.at.path,
        "line": found.at.line,
        "column": found.at.column,
        "message": found.message,
        "detail": found.detail,
        "hint": found.hint,
        "fix": _fix_as_json(found.fix),
    }


def _fix_as_json(fix: Fix | None) -> dict[str, Any] | None:
    if fix is None:
        return None
    edits = [
        {"path": each.path, "first_line": each.first_line, "last_line": each.last_line, "text": each.text}
        for each in fix.edits
    ]
    return {"title": fix.title, "applicability": fix.applicability, "edits": edits}


def rules_as_json(rules: Iterable[AnyRule]) -> dict[str, Any]:
    """Return every rule with its manual page."""
    return {"verb": "rules", "rules": [rule_as_json(rule) for rule in rules]}


def explain_as_json(rule: AnyRule) -> dict[str, Any]:
    """Return the result of `colonnade explain`."""
    return {"verb": "explain", "rule": rule_as_json(rule)}


def rule_as_json(rule: AnyRule) -> dict[str, Any]:
    """Return a rule with its manual page."""
    page = rule.manual()
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.value,
        "family": rule.family(),
        "default": rule.default,
        "evidence": sorted(each.value for each in rule.needs),
        "what": page.what,
        "why": page.why,
        "example": page.example.text if page.example else "",
        "use_instead": page.use_instead.text if page.use_instead else "",
        "fix": page.fix,
        "source": page.source,
    }


def sarif(review: Review, rules: Iterable[AnyRule]) -> dict[str, Any]:
    """Return the findings as SARIF 2.1.0, which code hosts show beside the lines."""
    found = {each.code for each in review.findings}
    described = [
        {
            "id": rule.code,
            "name": rule.name,
            "shortDescription": {"text": rule.manual().what},
            "help": {"text": rule.manual().text},
        }
        for rule in rules
        if rule.code in found
    ]
    return {
        "$schema": _SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "colonnade", "version": __version__, "rules": described}},
                "results": [_sarif_result(each) for each in review.findings],
            }
        ],
    }


def _sarif_result(found: Finding) -> dict[str, Any]:
    return {
        "ruleId": found.code,
        "level": found.severity.value,
        "message": {"text": " ".join(part for part in (f"{_sentence(found)}.", found.detail, found.hint) if part)},
        "partialFingerprints": {"colonnade/v1": _fingerprint(found)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": found.at.path},
                    "region": {"startLine": found.at.line, "startColumn": found.at.column},
                }
            }
        ],
    }


def gitlab(review: Review) -> list[dict[str, Any]]:
    """Return the findings as a code quality report of GitLab."""
    return [
        {
            "description": _sentence(each),
            "check_name": each.code,
            "fingerprint": _fingerprint(each),
            "severity": _GITLAB[each.severity],
            "location": {"path": each.at.path, "lines": {"begin": each.at.line}},
        }
        for each in review.findings
    ]


def github(review: Review) -> str:
    """Return the findings as commands of a GitHub workflow, one a line."""
    lines = [
        f"::{_GITHUB[each.severity]} file={_property(each.at.path)},line={each.at.line},col={each.at.column},"
        f"title={_property(f'{each.code} {each.name}')}::{_data(_sentence(each))}"
        for each in review.findings
    ]
    return "".join(f"{line}\n" for line in lines)


def print_review(
    console: Console, review: Review, *, reviewed: int, elapsed_ms: float, what: str = "migration"
) -> None:
    """Print `path:line:column: CODE message`, with detail and hint below, and what was not looked at."""
    for each in review.findings:
        style = _STYLES[each.severity]
        _line(console, f"{each.at}: {each.severity} {each.code} {_sentence(each)}", style)
        for label, text in (("detail", each.detail), ("hint", each.hint)):
            if text:
                _line(console, f"  {label}: {text}")
    for reason, codes in _not_run(review).items():
        _line(console, f"not run ({reason}): {', '.join(sorted(codes))}", "dim")
    counts = [(level, sum(1 for each in review.findings if each.severity is level)) for level in Severity]
    said = [f"{count} {level}{'s' if count > 1 else ''}" for level, count in counts if count] or ["nothing found"]
    said += [f"{review.suppressed} suppressed"] if review.suppressed else []
    said += [f"{review.baselined} in the baseline"] if review.baselined else []
    count = f"{reviewed} {what}{'' if reviewed == 1 else 's'}"
    _line(console, f"{count}: {', '.join(said)}, {elapsed_ms / 1000:.1f} s")


def print_rules(console: Console, rules: Iterable[AnyRule]) -> None:
    """Print a line for each rule."""
    for rule in rules:
        off = "" if rule.default else " (off by default)"
        _line(console, f"{rule.code} {rule.severity:7} {rule.name}: {rule.manual().what}{off}")


def print_rule(console: Console, rule: AnyRule) -> None:
    """Print a rule's manual page."""
    _line(console, f"{rule.code} {rule.name} ({rule.severity}{'' if rule.default else ', off by default'})", "bold")
    _line(console, f"\n{rule.manual().text}")


def _line(console: Console, text: str, style: str | None = None) -> None:
    console.print(text, style=style, markup=False, highlight=False)


def _not_run(review: Review) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in review.not_run:
        found.setdefault(each.reason, set()).add(each.code)
    return found


def _sentence(found: Finding) -> str:
    return f"{found.object}: {found.message}" if found.object else found.message


def _fingerprint(found: Finding) -> str:
    """Return what stays the same when the lines above change."""
    known = repr((found.code, found.at.path, found.object, found.message))
    return hashlib.sha256(known.encode()).hexdigest()


def _escaped(*pairs: tuple[str, str]) -> Callable[[str], str]:
    def escape(text: str) -> str:
        for plain, code in pairs:
            text = text.replace(plain, code)
        return text

    return escape


_data = _escaped(("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))
_property = _escaped(("%", "%25"), ("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C"))
