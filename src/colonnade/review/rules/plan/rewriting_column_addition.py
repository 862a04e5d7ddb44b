"""PL112."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    AddColumn,
)
from colonnade.review.plan.migration import Migration, shown
from colonnade.review.rule import Rule


class RewritingColumnAddition(Rule[Migration]):
    """A column is added so that the whole table is written anew.

    Why: nobody can read or write the table meanwhile, and it needs the disk space a second time.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ADD COLUMN token uuid;
    ALTER TABLE orders ALTER COLUMN token SET DEFAULT gen_random_uuid();
    ```

    Fix: Add the column without a volatile default, set the default, fill the rows in batches, then make it NOT NULL by
    a validated CHECK.

    Source: postgresql.org/docs/current/ddl-alter.html#DDL-ALTER-ADDING-A-COLUMN
    """

    code = "PL112"
    name = "rewriting-column-addition"
    severity = Severity.error
    needs = frozenset({Evidence.observed})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for columns whose addition gave the table other files."""
        for statement, act in subject.each(AddColumn):
            key = subject.key(act.table)
            rewritten = statement.observed is not None and key in statement.observed.rewritten
            if rewritten and subject.concerns(key):
                yield self.finding(
                    f'the column "{act.column}" writes the whole table anew', object=shown(key), at=statement.place(act)
                )
