"""PL303."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    AddColumn,
)
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule


class RequiredColumnWithoutDefault(Rule[Migration]):
    """A column is added NOT NULL with nothing to put into the rows that are there.

    Why: it fails with SQLSTATE 23502 on the first stored row; on an empty copy it passes.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ADD COLUMN region text NOT NULL;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ADD COLUMN region text NOT NULL DEFAULT 'unknown';
    ```

    Fix: Give it a constant default, or add it nullable, fill it in batches and make it NOT NULL then.

    Source: postgresql.org/docs/current/ddl-alter.html#DDL-ALTER-ADDING-A-COLUMN
    """

    code = "PL303"
    name = "required-column-without-default"
    severity = Severity.error
    needs = frozenset({Evidence.plan})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for required columns without a value on tables that may have rows."""
        for statement, act in subject.each(AddColumn):
            if act.not_null and not act.filled and subject.is_existing(act.table) and not subject.is_empty(act.table):
                yield self.finding(
                    f'no row has a value for "{act.column}"', object=str(act.table), at=statement.place(act)
                )
