"""PL311."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule


class UnobservedStatement(Rule[Migration]):
    """A statement could not be run on the scratch server, so nobody knows what it locks and does.

    Why: it reaches beyond one database: a program, a file, another server, the server as a whole.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER SYSTEM SET work_mem = '64MB';
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ADD COLUMN note text;
    ```

    Fix: Move it to the environment's setup, or answer for it with a suppression that says what it does.

    Source: Colonnade's own manual, docs/lint.md
    """

    code = "PL311"
    name = "unobserved-statement"
    severity = Severity.warning
    needs = frozenset({Evidence.observed})

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for statements that were left out."""
        for statement in subject.statements:
            if statement.untried:
                yield self.finding("it was not run", object="", at=statement.at, detail=f"{statement.untried}.")
