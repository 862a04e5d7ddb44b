"""RL108."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema, table_name
from colonnade.schema import (
    Policy,
)


class OverlappingPermissivePolicies(Rule[ReviewedSchema]):
    """Two permissive policies hold for one role and command.

    Why: either of them lets a row through, and both are evaluated for each row.

    Example:

    ```sql
    CREATE TABLE notes (id bigint PRIMARY KEY, owner text NOT NULL);
    CREATE POLICY own ON notes FOR SELECT USING (owner = current_setting('app.user', true));
    -- migration
    CREATE POLICY few ON notes FOR SELECT USING (id < 10);
    ```

    Use instead:

    ```sql
    CREATE TABLE notes (id bigint PRIMARY KEY, owner text NOT NULL);
    CREATE POLICY own ON notes FOR SELECT USING (owner = current_setting('app.user', true));
    -- migration
    CREATE POLICY few ON notes AS RESTRICTIVE FOR SELECT USING (id < 10);
    ```

    Fix: Make them one policy, or one of them restrictive.

    Source: postgresql.org/docs/current/sql-createpolicy.html
    """

    code = "RL108"
    name = "overlapping-permissive-policies"
    severity = Severity.warning
    needs = frozenset({Evidence.catalog})
    baselinable = True
    fixed_by = "migration"

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Compare the permissive policies of each table in pairs."""
        for table in subject.tables:
            permissive = [policy for policy in table.policies if policy.permissive]
            for place, one in enumerate(permissive):
                for other in permissive[place + 1 :]:
                    if _overlap(one, other):
                        message = f'"{one.name}" and "{other.name}" hold for the same'
                        yield self.finding(message, object=table_name(table), at=subject.at)


def _overlap(one: Policy, other: Policy) -> bool:
    """Tell whether two policies hold for a common role and command."""
    commands = one.command == other.command or "ALL" in (one.command, other.command)
    roles = bool(set(one.roles) & set(other.roles)) or "public" in (*one.roles, *other.roles)
    return commands and roles
