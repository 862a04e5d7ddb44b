"""PL204."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.migration import Migration, shown
from colonnade.review.plan.questions import (
    blocked_tables,
    worked_tables,
)
from colonnade.review.rule import Rule


class UnboundedLockHold(Rule[Migration]):
    """A statement that reads or writes a whole table under a blocking lock has no statement_timeout.

    Why: how long it holds the lock depends on the size of the table, and nothing ends it.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ALTER COLUMN total TYPE numeric(12, 4);
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    SET statement_timeout = '10s';
    ALTER TABLE orders ALTER COLUMN total TYPE numeric(12, 4);
    ```

    Fix: Set a statement_timeout for it, SET LOCAL in a transaction.

    Source: postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT
    """

    code = "PL204"
    name = "unbounded-lock-hold"
    severity = Severity.note
    needs = frozenset({Evidence.plan, Evidence.observed})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for statements that both block and go through all rows."""
        for statement in subject.statements:
            if statement.statement_timeout_ms:
                continue
            for key in sorted(set(blocked_tables(subject, statement)) & set(worked_tables(subject, statement))):
                yield self.finding("the lock is held for as long as the rows take", object=shown(key), at=statement.at)
