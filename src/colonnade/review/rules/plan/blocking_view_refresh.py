"""PL107."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Refresh,
)
from colonnade.review.plan.migration import Migration, shown
from colonnade.review.plan.questions import (
    blocked_tables,
)
from colonnade.review.rule import Rule


class BlockingViewRefresh(Rule[Migration]):
    """A materialized view is refreshed without CONCURRENTLY.

    Why: its readers wait until the whole query has run.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    CREATE MATERIALIZED VIEW totals AS SELECT status, sum(total) AS sum FROM orders GROUP BY status;
    CREATE UNIQUE INDEX totals_key ON totals (status);
    -- migration
    REFRESH MATERIALIZED VIEW totals;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    CREATE MATERIALIZED VIEW totals AS SELECT status, sum(total) AS sum FROM orders GROUP BY status;
    CREATE UNIQUE INDEX totals_key ON totals (status);
    -- migration
    REFRESH MATERIALIZED VIEW CONCURRENTLY totals;
    ```

    Fix: Refresh it with CONCURRENTLY, which needs a unique index over plain columns.

    Source: postgresql.org/docs/current/sql-refreshmaterializedview.html
    """

    code = "PL107"
    name = "blocking-view-refresh"
    severity = Severity.warning
    needs = frozenset({Evidence.observed})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for refreshes during which readers were seen to wait."""
        for statement, act in subject.each(Refresh):
            key = subject.key(act.view)
            if act.with_data and not act.concurrent and key in blocked_tables(subject, statement):
                yield self.finding("its readers wait for the whole query", object=shown(key), at=statement.place(act))
