"""SC112."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema, table_name
from colonnade.schema import (
    Check,
    ForeignKey,
)


class UnvalidatedConstraint(Rule[ReviewedSchema]):
    """A constraint is left NOT VALID.

    Why: rows may break it, and the planner does not use it.

    Example:

    ```sql
    CREATE TABLE customers (id bigint PRIMARY KEY);
    -- migration
    ALTER TABLE customers ADD CONSTRAINT c CHECK (id > 0) NOT VALID;
    ```

    Use instead:

    ```sql
    CREATE TABLE customers (id bigint PRIMARY KEY);
    -- migration
    ALTER TABLE customers ADD CONSTRAINT c CHECK (id > 0) NOT VALID;
    ALTER TABLE customers VALIDATE CONSTRAINT c;
    ```

    Fix: Look for rows that break it, then VALIDATE it.

    Source: postgresql.org/docs/current/sql-altertable.html, VALIDATE CONSTRAINT
    """

    code = "SC112"
    name = "unvalidated-constraint"
    severity = Severity.warning
    needs = frozenset({Evidence.catalog})
    baselinable = True
    fixed_by = "migration"

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Look at each CHECK and foreign key."""
        for table in subject.tables:
            constraints: list[Check | ForeignKey] = [*table.checks, *table.foreign_keys]
            for each in constraints:
                if not each.validated:
                    yield self.finding(
                        "the constraint is not valid", object=f"{table_name(table)}.{each.name}", at=subject.at
                    )
