"""RL106."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema, table_name


class AlwaysTruePolicy(Rule[ReviewedSchema]):
    """A permissive policy for writing is constantly true.

    Why: it lets everybody write everybody's rows, whatever the other policies say.

    Example:

    ```sql
    CREATE TABLE notes (id bigint PRIMARY KEY, owner text NOT NULL);
    -- migration
    CREATE POLICY all_of_it ON notes FOR UPDATE USING (true);
    ```

    Use instead:

    ```sql
    CREATE TABLE notes (id bigint PRIMARY KEY, owner text NOT NULL);
    -- migration
    CREATE POLICY own ON notes FOR UPDATE USING (owner = current_setting('app.user', true));
    ```

    Fix: Write the condition that tells whose row it is.

    Source: postgresql.org/docs/current/sql-createpolicy.html
    """

    code = "RL106"
    name = "always-true-policy"
    severity = Severity.error
    needs = frozenset({Evidence.catalog})
    fixed_by = "migration"

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Look at each permissive policy but those for reading."""
        for table in subject.tables:
            for policy in table.policies:
                always = "true" in (policy.using, policy.with_check)
                if policy.permissive and policy.command != "SELECT" and always:
                    yield self.finding(f'"{policy.name}" is always true', object=table_name(table), at=subject.at)
