"""PL103."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    CreateIndex,
)
from colonnade.review.plan.migration import Migration, shown
from colonnade.review.rule import Rule


class PartitionedIndexBuild(Rule[Migration]):
    """An index is built on a partitioned table as a whole.

    Why: it locks every partition against writes until the last one is done, and there is no concurrent form.

    Example:

    ```sql
    CREATE TABLE logs (id bigint, day date) PARTITION BY RANGE (day);
    CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
    -- migration
    CREATE INDEX logs_id_idx ON logs (id);
    ```

    Use instead:

    ```sql
    CREATE TABLE logs (id bigint, day date) PARTITION BY RANGE (day);
    CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
    -- migration
    CREATE INDEX logs_id_idx ON ONLY logs (id);
    CREATE INDEX CONCURRENTLY logs_1_id_idx ON logs_1 (id);
    ALTER INDEX logs_id_idx ATTACH PARTITION logs_1_id_idx;
    ```

    Fix: Create it ON ONLY the parent, build one concurrently on each partition, and attach these.

    Source: postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE
    """

    code = "PL103"
    name = "partitioned-index-build"
    severity = Severity.error
    needs = frozenset({Evidence.observed, Evidence.catalog})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for indexes of partitioned tables that have partitions which are not small."""
        for statement, act in subject.each(CreateIndex):
            key = subject.key(act.table)
            table = subject.table(key)
            if act.only or table is None or table.partition_key is None or not subject.concerns(key):
                continue
            if any(not subject.is_small((key[0], each.name)) for each in table.partitions):
                yield self.finding(
                    "every partition is locked while the index is built", object=shown(key), at=statement.place(act)
                )
