"""SC310."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema, table_name


class AutovacuumDisabled(Rule[ReviewedSchema]):
    """A table has autovacuum turned off.

    Why: it grows with every update, its plans go by old statistics, and it ends in a forced vacuum.

    Example:

    ```sql
    CREATE TABLE customers (id bigint PRIMARY KEY);
    -- migration
    ALTER TABLE customers SET (autovacuum_enabled = off);
    ```

    Use instead:

    ```sql
    CREATE TABLE customers (id bigint PRIMARY KEY);
    -- migration
    ALTER TABLE customers SET (autovacuum_vacuum_scale_factor = 0.01);
    ```

    Fix: Reset the parameter; tune its thresholds instead.

    Source: postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM
    """

    code = "SC310"
    name = "autovacuum-disabled"
    severity = Severity.error
    needs = frozenset({Evidence.catalog})
    baselinable = True
    fixed_by = "migration"

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Look at the storage parameters of each table and its TOAST table."""
        for table in subject.tables:
            off = [
                name
                for name, value in table.storage_parameters
                if name.endswith("autovacuum_enabled") and value in _OFF
            ]
            if off:
                yield self.finding("autovacuum is off", object=table_name(table), at=subject.at)


_OFF = frozenset(("off", "false", "no", "0"))
