"""PL601."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Write,
)
from colonnade.review.plan.migration import Migration
from colonnade.review.plan.questions import (
    is_unbounded,
)
from colonnade.review.rule import Rule


class UnbatchedBackfill(Rule[Migration]):
    """One statement may write any number of rows of an existing table.

    Why: it locks all of them until it commits, bloats the table, and starts again from nothing when it is stopped.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    UPDATE orders SET status = 'new' WHERE status IS NULL;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    UPDATE orders SET status = 'new' WHERE status IS NULL AND id BETWEEN 1 AND 1000;
    ```

    Fix: Go through the keys in ranges that each commit, with a pause between, and so that it can be resumed.

    Source: postgresql.org/docs/current/routine-vacuuming.html
    """

    code = "PL601"
    name = "unbatched-backfill"
    severity = Severity.error
    needs = frozenset({Evidence.plan, Evidence.catalog})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for writes that neither a key nor a range of keys bounds."""
        for statement, act in subject.each(Write):
            whole = act.kind in ("UPDATE", "DELETE") and not act.filtered  # PL407 says that
            if not whole and is_unbounded(subject, act):
                yield self.finding(
                    "any number of rows is written at once", object=str(act.table), at=statement.place(act)
                )
