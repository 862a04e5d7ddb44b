"""PL512."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    EnvironmentSetting,
)
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule


class ServerSettingInMigration(Rule[Migration]):
    """A migration sets parameters of the server, the database or a role.

    Why: they belong to the environment: each has its own, and a copy of the database does not bring them along.

    Example:

    ```sql
    CREATE ROLE clerk;
    -- migration
    ALTER ROLE clerk SET statement_timeout = '5s';
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    SET statement_timeout = '5s';
    ALTER TABLE orders ADD COLUMN note text;
    ```

    Fix: Move it to the environment's setup, or declare it in `settings` of [tool.colonnade.lint].

    Source: postgresql.org/docs/current/sql-alterrole.html
    """

    code = "PL512"
    name = "server-setting-in-migration"
    severity = Severity.warning
    needs = frozenset({Evidence.plan})

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for settings that outlive the session."""
        for statement, act in subject.each(EnvironmentSetting):
            if act.name not in subject.target.settings:
                yield self.finding(f"it is set for the {act.scope.lower()}", object=act.name, at=statement.place(act))
