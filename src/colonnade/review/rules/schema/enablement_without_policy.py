"""RL103."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema, table_name


class EnablementWithoutPolicy(Rule[ReviewedSchema]):
    """Row-level security is on, and no permissive policy lets anything through.

    Why: every role but the owner sees no row, without an error.

    Example:

    ```sql
    CREATE TABLE notes (id bigint PRIMARY KEY, owner text NOT NULL);
    -- migration
    ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
    ```

    Use instead:

    ```sql
    CREATE TABLE notes (id bigint PRIMARY KEY, owner text NOT NULL);
    -- migration
    ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON notes USING (owner = current_setting('app.user', true));
    ```

    Fix: Create a policy, or revoke the privileges.

    Source: postgresql.org/docs/current/ddl-rowsecurity.html
    """

    code = "RL103"
    name = "enablement-without-policy"
    severity = Severity.warning
    needs = frozenset({Evidence.catalog})
    baselinable = True
    fixed_by = "migration"

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Look at each table with row-level security."""
        for table in subject.tables:
            if table.row_security and not any(policy.permissive for policy in table.policies):
                yield self.finding("no policy lets a row through", object=table_name(table), at=subject.at)
