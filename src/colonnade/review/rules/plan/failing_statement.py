"""PL310."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule


class FailingStatement(Rule[Migration]):
    """A statement fails when the migration is run.

    Why: it will fail in the release as well.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders DROP COLUMN statsu;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ALTER COLUMN status SET DEFAULT 'new';
    ```

    Fix: Mend what the server says is wrong.

    Source: postgresql.org/docs/current/errcodes-appendix.html
    """

    code = "PL310"
    name = "failing-statement"
    severity = Severity.error
    needs = frozenset({Evidence.observed})

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for refusals that no narrower rule explains."""
        for statement in subject.statements:
            problem = statement.refused
            if problem is None or problem.sqlstate in _EXPLAINED:
                continue
            at = problem.at if problem.at and problem.at.path == statement.at.path else statement.at
            detail = f"SQLSTATE {problem.sqlstate}. {problem.detail}".strip()
            yield self.finding(problem.message, object="", at=at, detail=detail, hint=problem.hint)


# A statement that cannot run in a transaction is PL104's, a new enum value PL305's.
_EXPLAINED = frozenset(("25001", "55P04"))
