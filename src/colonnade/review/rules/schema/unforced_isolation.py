"""RL104."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema, table_name


class UnforcedIsolation(Rule[ReviewedSchema]):
    """Row-level security is on and not forced, and nothing says that the application's role is another than the owner.

    Why: policies do not hold for the owner of a table.

    Example:

    ```sql
    CREATE TABLE notes (id bigint PRIMARY KEY, owner text NOT NULL);
    -- migration
    ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON notes USING (owner = current_setting('app.user', true));
    ```

    Use instead:

    ```sql
    CREATE TABLE notes (id bigint PRIMARY KEY, owner text NOT NULL);
    -- migration
    ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
    ALTER TABLE notes FORCE ROW LEVEL SECURITY;
    CREATE POLICY own ON notes USING (owner = current_setting('app.user', true));
    ```

    Fix: FORCE ROW LEVEL SECURITY.

    Source: postgresql.org/docs/current/sql-altertable.html, FORCE ROW LEVEL SECURITY
    """

    code = "RL104"
    name = "unforced-isolation"
    severity = Severity.error
    needs = frozenset({Evidence.catalog})
    fixed_by = "migration"

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Look at each table with row-level security."""
        for table in subject.tables:
            if table.row_security and not table.force_row_security:
                yield self.finding("its policies do not hold for its owner", object=table_name(table), at=subject.at)
