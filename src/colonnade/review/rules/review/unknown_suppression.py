"""CO003."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.run import Record
from colonnade.span import Span


class UnknownSuppression(Rule[Record]):
    """A suppression or the configuration names a rule that does not exist.

    Why: it silences nothing, and whoever wrote it believes that it does.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY);
    -- migration
    DROP TABLE orders; -- colonnade: ignore[PL4001] retired in release 12
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY);
    -- migration
    DROP TABLE orders; -- colonnade: ignore[PL401] retired in release 12
    ```

    Fix: Write the code of a rule; `colonnade rules` lists them. There is no form without a code.

    Source: Colonnade's own manual, docs/lint.md.
    """

    code = "CO003"
    name = "unknown-suppression"
    severity = Severity.error
    needs = frozenset({Evidence.record})

    def check(self, subject: Record) -> Iterator[Finding]:
        """Compare the codes that are named with those of the rules."""
        for each in subject.answers.suppressions:
            if not each.codes:
                yield self.finding("the suppression names no code", object="ignore", at=each.at)
            for code in each.codes:
                if code not in subject.known_codes:
                    yield self._unknown(code, each.at, subject)
        chosen = subject.configuration
        place = Span(path=subject.answers.configuration_path)
        for code in (*chosen.severity, *(known.code for known in chosen.suppress)):
            if code not in subject.known_codes:
                yield self._unknown(code, place, subject)
        for prefix in (*chosen.select, *chosen.ignore):
            if not any(code.startswith(prefix) for code in subject.known_codes):
                yield self._unknown(prefix, place, subject)

    def _unknown(self, code: str, at: Span, subject: Record) -> Finding:
        near = difflib.get_close_matches(code, sorted(subject.known_codes), n=1)
        hint = f'Do you mean "{near[0]}"?' if near else ""
        return self.finding(f'there is no rule "{code}"', object=code, at=at, hint=hint)
