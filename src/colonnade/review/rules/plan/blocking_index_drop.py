"""PL102."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Drop,
)
from colonnade.review.plan.migration import Migration
from colonnade.review.plan.questions import (
    blocked_tables,
    table_in,
)
from colonnade.review.rule import Rule


class BlockingIndexDrop(Rule[Migration]):
    """An index of an existing table is dropped without CONCURRENTLY.

    Why: the drop needs ACCESS EXCLUSIVE on the table: it queues behind every running query, and every later query
    queues behind it.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    CREATE INDEX orders_status_idx ON orders (status);
    -- migration
    DROP INDEX orders_status_idx;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    CREATE INDEX orders_status_idx ON orders (status);
    -- migration
    DROP INDEX CONCURRENTLY orders_status_idx;
    ```

    Fix: Drop it with CONCURRENTLY, outside a transaction.

    Source: postgresql.org/docs/current/sql-dropindex.html
    """

    code = "PL102"
    name = "blocking-index-drop"
    severity = Severity.warning
    needs = frozenset({Evidence.observed, Evidence.catalog})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for drops during which readers of a table that stays were seen to wait."""
        for statement, act in subject.each(Drop):
            if act.kind != "INDEX" or act.concurrent:
                continue
            for name in act.names:
                found = subject.index(name, statement.before)
                if found is None or found[0].partition_key is not None:
                    continue
                key = (found[0].namespace, found[0].name)
                if key in blocked_tables(subject, statement) and table_in(subject.after, key) is not None:
                    yield self.finding(
                        "readers and writers wait for the drop", object=str(name), at=statement.place(act)
                    )
