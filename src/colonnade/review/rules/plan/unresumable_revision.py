"""PL304."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule


class UnresumableRevision(Rule[Migration]):
    """A migration that commits half-way, stopped there and run again, does not reach its end.

    Why: a lost connection or a killed pod leaves a database on which neither this migration nor the way back runs.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ADD COLUMN note text;
    CREATE INDEX CONCURRENTLY orders_note_idx ON orders (note);
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ADD COLUMN IF NOT EXISTS note text;
    DROP INDEX CONCURRENTLY IF EXISTS orders_note_idx;
    CREATE INDEX CONCURRENTLY orders_note_idx ON orders (note);
    ```

    Fix: Put what runs outside a transaction into a migration of its own, or let each step look whether it is done.

    Source: postgresql.org/docs/current/sql-createindex.html, "Building Indexes Concurrently"
    """

    code = "PL304"
    name = "unresumable-revision"
    severity = Severity.warning
    needs = frozenset({Evidence.observed, Evidence.resumed})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look at what came of each stop."""
        for statement, problem in subject.stops:
            yield self.finding(
                "stopped after this, a second run does not reach the end",
                object="",
                at=statement.at,
                detail=f"It ends with: {problem}.",
            )
