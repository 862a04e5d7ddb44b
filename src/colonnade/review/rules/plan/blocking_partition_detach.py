"""PL105."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    PartitionChange,
)
from colonnade.review.plan.migration import Migration, shown
from colonnade.review.plan.questions import (
    blocked_tables,
    table_in,
)
from colonnade.review.rule import Rule


class BlockingPartitionDetach(Rule[Migration]):
    """A partition is detached without CONCURRENTLY.

    Why: readers and writers of the whole partitioned table wait for it, and it waits for all that run.

    Example:

    ```sql
    CREATE TABLE logs (id bigint, day date) PARTITION BY RANGE (day);
    CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
    -- migration
    ALTER TABLE logs DETACH PARTITION logs_1;
    ```

    Use instead:

    ```sql
    CREATE TABLE logs (id bigint, day date) PARTITION BY RANGE (day);
    CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
    -- migration
    ALTER TABLE logs DETACH PARTITION logs_1 CONCURRENTLY;
    ```

    Fix: Detach it with CONCURRENTLY, outside a transaction.

    Source: postgresql.org/docs/current/sql-altertable.html
    """

    code = "PL105"
    name = "blocking-partition-detach"
    severity = Severity.warning
    needs = frozenset({Evidence.observed, Evidence.catalog})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for detached partitions of tables that could have lost them concurrently."""
        for statement, act in subject.each(PartitionChange):
            key = subject.key(act.table)
            if act.attach or act.concurrent or key not in blocked_tables(subject, statement):
                continue
            table = table_in(statement.before, key)
            if table is not None and not any(each.bound == "DEFAULT" for each in table.partitions):
                yield self.finding(
                    "readers and writers of the whole table wait", object=shown(key), at=statement.place(act)
                )
