"""CO002."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.run import Record
from colonnade.span import Span

_LEAST_WORDS = 3


class UnexplainedSuppression(Rule[Record]):
    """A suppression does not say why.

    Why: a year later nobody can tell whether the reason still holds, and so it stays for ever.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY);
    -- migration
    DROP TABLE orders; -- colonnade: ignore[PL401]
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY);
    -- migration
    DROP TABLE orders; -- colonnade: ignore[PL401] retired in release 12, copied to the archive
    ```

    Fix: Write the reason behind the codes, in three words or more.

    Source: Colonnade's own manual, docs/lint.md.
    """

    code = "CO002"
    name = "unexplained-suppression"
    severity = Severity.warning
    needs = frozenset({Evidence.record})

    def check(self, subject: Record) -> Iterator[Finding]:
        """Count the words of each reason."""
        for each in subject.answers.suppressions:
            if len(each.reason.split()) < _LEAST_WORDS:
                yield self.finding("the suppression has no reason", object=", ".join(each.codes), at=each.at)
        for known in subject.configuration.suppress:
            if len(known.reason.split()) < _LEAST_WORDS:
                place = Span(path=subject.answers.configuration_path)
                yield self.finding("the suppression has no reason", object=f"{known.code} {known.object}", at=place)
