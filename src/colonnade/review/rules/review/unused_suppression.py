"""CO001."""

from __future__ import annotations

import re
from collections.abc import Iterator

from colonnade.review.finding import Edit, Evidence, Finding, Fix, Severity
from colonnade.review.rule import Rule
from colonnade.review.run import Record
from colonnade.review.suppression import Suppression
from colonnade.span import Span

_CODES = re.compile(r"\[[^\]]*\]")


class UnusedSuppression(Rule[Record]):
    """A suppression answers for a fault that is not there, or its date has passed.

    Why: whoever reads it believes that something is wrong here, and the next real fault in its place goes unseen.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY);
    -- migration
    -- colonnade: ignore[PL604] the long name is wanted here
    COMMENT ON TABLE orders IS 'what was ordered';
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY);
    -- migration
    COMMENT ON TABLE orders IS 'what was ordered';
    ```

    Fix: Remove it.

    Source: Colonnade's own manual, docs/lint.md.
    """

    code = "CO001"
    name = "unused-suppression"
    severity = Severity.warning
    needs = frozenset({Evidence.record})
    fixed_by = "safe"

    def check(self, subject: Record) -> Iterator[Finding]:
        """Look at each code of each suppression; a rule that did not judge leaves it alone."""
        answers = subject.answers
        for each in answers.suppressions:
            for code in each.codes:
                if code in subject.known_codes and (reason := _unused(each, code, subject)):
                    fix = Fix(title="Remove it.", applicability="safe", edits=(_without(each, code),))
                    yield self.finding(f"the suppression of {code} {reason}", object=code, at=each.at, fix=fix)
        for known in subject.configuration.suppress:
            ran = any(known.code in codes for codes in subject.ran.values())
            passed = known.until is not None and known.until < answers.today
            if passed or (ran and (known, known.code) not in subject.used and _looked_at_all(subject, known.code)):
                said = "has passed its date" if passed else "is not needed"
                place = Span(path=answers.configuration_path)
                yield self.finding(f"the suppression of {known.code} {said}", object=known.object, at=place)


def _unused(each: Suppression, code: str, record: Record) -> str:
    if each.until is not None and each.until < record.answers.today:
        return "has passed its date"
    if code in record.ran.get(each.path, ()) and (each, code) not in record.used:
        return "is not needed"
    return ""


def _looked_at_all(record: Record, code: str) -> bool:
    return all(code in codes for codes in record.ran.values())


def _without(each: Suppression, code: str) -> Edit:
    """Return the edit that takes one code out of a suppression, and with the last one the whole comment."""
    left = [other for other in each.codes if other != code]
    if left:
        text = _CODES.sub(f"[{', '.join(left)}]", each.source_line, count=1) + "\n"
    else:
        text = "" if each.alone else each.source_line[: each.column - 1].rstrip() + "\n"
    return Edit(path=each.path, first_line=each.line, last_line=each.line, text=text)
