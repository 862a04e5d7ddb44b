"""RL102."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema, table_name


class PolicyWithoutEnablement(Rule[ReviewedSchema]):
    """A table has policies, and row-level security is off.

    Why: the policies do nothing.

    Example:

    ```sql
    CREATE TABLE notes (id bigint PRIMARY KEY, owner text NOT NULL);
    -- migration
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

    Fix: ENABLE and FORCE ROW LEVEL SECURITY.

    Source: postgresql.org/docs/current/ddl-rowsecurity.html
    """

    code = "RL102"
    name = "policy-without-enablement"
    severity = Severity.error
    needs = frozenset({Evidence.catalog})
    fixed_by = "migration"

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Look at each table with policies."""
        for table in subject.tables:
            if table.policies and not table.row_security:
                yield self.finding("its policies do nothing", object=table_name(table), at=subject.at)
