"""PL504."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    AlterColumn,
)
from colonnade.review.plan.migration import Migration
from colonnade.review.plan.questions import (
    column_in,
)
from colonnade.review.rule import Rule


class DefaultChange(Rule[Migration]):
    """A default is dropped or changed that an INSERT of running code may rely on.

    Why: code that leaves the column out stores another value from then on, or fails.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text NOT NULL DEFAULT 'new');
    -- migration
    ALTER TABLE orders ALTER COLUMN status DROP DEFAULT;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text NOT NULL DEFAULT 'new');
    -- migration
    ALTER TABLE orders ADD COLUMN note text DEFAULT '';
    ALTER TABLE orders ALTER COLUMN note DROP DEFAULT;
    ```

    Fix: Deploy the code that writes the column itself first.

    Source: postgresql.org/docs/current/ddl-default.html
    """

    code = "PL504"
    name = "default-change"
    severity = Severity.warning
    needs = frozenset({Evidence.plan, Evidence.catalog})
    fixed_by = "migration"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Compare the defaults of existing columns before and after the migration."""
        for statement, act in subject.each(AlterColumn):
            if act.what not in ("SetDefault", "DropDefault"):
                continue
            key = subject.key(act.table)
            before, after = column_in(subject.before, key, act.column), column_in(subject.after, key, act.column)
            if before is not None and before.default is not None and (after is None or after.default != before.default):
                name = f"{act.table}.{act.column}"
                yield self.finding(f"running code may rely on {before.default}", object=name, at=statement.place(act))
