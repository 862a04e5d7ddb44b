"""RL107."""

from __future__ import annotations

import re
from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema, table_name
from colonnade.sql.tokens import names


class TenantHoppingUpdate(Rule[ReviewedSchema]):
    """A policy for updates checks another condition on the new row than on the old one, and leaves the owner out.

    Why: a row can be given to another owner, or taken from view.

    Example:

    ```sql
    CREATE TABLE notes (id bigint PRIMARY KEY, owner text NOT NULL);
    -- migration
    CREATE POLICY own ON notes FOR UPDATE USING (owner = current_setting('app.user', true)) WITH CHECK (id > 0);
    ```

    Use instead:

    ```sql
    CREATE TABLE notes (id bigint PRIMARY KEY, owner text NOT NULL);
    -- migration
    CREATE POLICY own ON notes FOR UPDATE USING (owner = current_setting('app.user', true));
    ```

    Fix: Write the same condition in WITH CHECK, or leave WITH CHECK out.

    Source: postgresql.org/docs/current/sql-createpolicy.html
    """

    code = "RL107"
    name = "tenant-hopping-update"
    severity = Severity.error
    needs = frozenset({Evidence.catalog})
    fixed_by = "migration"

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Compare the columns that both conditions of a policy compare with a setting or a role."""
        for table in subject.tables:
            columns = {column.name for column in table.columns}
            for policy in table.policies:
                if policy.command not in ("UPDATE", "ALL") or not policy.permissive or not policy.with_check:
                    continue
                owners = columns & names(policy.using or "") if _SESSION.search(policy.using or "") else set()
                if owners and not owners & names(policy.with_check):
                    message = f'"{policy.name}" does not look at {min(owners)} of the new row'
                    yield self.finding(message, object=table_name(table), at=subject.at)


_SESSION = re.compile(r"current_setting|current_user|session_user", re.IGNORECASE)
