"""Old findings, which are counted and not printed: known by code, object and fault, never by line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from colonnade.errors import InputError
from colonnade.review.finding import Finding
from colonnade.span import Span


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class BaselineEntry:
    """A finding that was there when the baseline was recorded."""

    code: str
    object: str
    message: str


def entry_of(finding: Finding) -> BaselineEntry:
    """Return what a baseline knows a finding by."""
    return BaselineEntry(code=finding.code, object=finding.object, message=finding.message)


def baseline_text(findings: Iterable[Finding]) -> str:
    """Return a baseline of the findings as JSON, sorted, so that it can be reviewed as a diff."""
    entries = sorted({entry_of(each) for each in findings})
    rows = [{"code": each.code, "object": each.object, "message": each.message} for each in entries]
    return json.dumps({"colonnade_baseline": 1, "findings": rows}, indent=1, ensure_ascii=False) + "\n"


def read_baseline(text: str, *, path: str) -> frozenset[BaselineEntry]:
    """Return the entries of a baseline; raises InputError for what is none."""
    try:
        document: Any = json.loads(text)
        if document["colonnade_baseline"] != 1:
            raise ValueError
        return frozenset(
            BaselineEntry(code=str(row["code"]), object=str(row["object"]), message=str(row["message"]))
            for row in document["findings"]
        )
    except (ValueError, KeyError, TypeError):
        raise InputError(
            f'"{path}" is no baseline', at=Span(path=path), hint="Record one with --record-baseline."
        ) from None
