"""PL106."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    PartitionChange,
)
from colonnade.review.plan.migration import Migration, shown
from colonnade.review.plan.questions import (
    worked_tables,
)
from colonnade.review.rule import Rule


class ScanningPartitionAttach(Rule[Migration]):
    """A partition is attached, and Postgres reads all its rows to see whether they fit.

    Why: the rows are read under ACCESS EXCLUSIVE on the partition, or on the default one, because no valid CHECK
    implies the bounds.

    Example:

    ```sql
    CREATE TABLE logs (id bigint, day date NOT NULL) PARTITION BY RANGE (day);
    CREATE TABLE logs_2 (id bigint, day date NOT NULL);
    -- migration
    ALTER TABLE logs ATTACH PARTITION logs_2 FOR VALUES FROM ('2025-02-01') TO ('2025-03-01');
    ```

    Use instead:

    ```sql
    CREATE TABLE logs (id bigint, day date NOT NULL) PARTITION BY RANGE (day);
    CREATE TABLE logs_2 (id bigint, day date NOT NULL);
    -- migration
    ALTER TABLE logs_2 ADD CONSTRAINT fits CHECK (day >= '2025-02-01' AND day < '2025-03-01') NOT VALID;
    ALTER TABLE logs_2 VALIDATE CONSTRAINT fits;
    ALTER TABLE logs ATTACH PARTITION logs_2 FOR VALUES FROM ('2025-02-01') TO ('2025-03-01');
    ALTER TABLE logs_2 DROP CONSTRAINT fits;
    ```

    Fix: Add a CHECK with the bounds NOT VALID, validate it, attach, and drop the CHECK.

    Source: postgresql.org/docs/current/sql-altertable.html, ATTACH PARTITION
    """

    code = "PL106"
    name = "scanning-partition-attach"
    severity = Severity.warning
    needs = frozenset({Evidence.observed})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for attached partitions during which rows were read."""
        for statement, act in subject.each(PartitionChange):
            if act.attach and statement.observed is not None:
                read = [key for key in worked_tables(subject, statement) if key in statement.observed.scanned]
                for key in read:
                    yield self.finding("all rows are read under a lock", object=shown(key), at=statement.place(act))
