"""PL408."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    AlterColumn,
)
from colonnade.review.plan.migration import Migration
from colonnade.review.plan.questions import (
    column_in,
    is_checked,
)
from colonnade.review.plan.value_types import narrows
from colonnade.review.rule import Rule


class NarrowingTypeChange(Rule[Migration]):
    """A column gets a type that cannot hold every value of the old one.

    Why: the first value that does not fit stops the migration, or with a cast in USING it is cut without a word.

    Example:

    ```sql
    CREATE TABLE t (id bigint PRIMARY KEY, name varchar(200), price numeric(12, 4));
    -- migration
    ALTER TABLE t ALTER COLUMN name TYPE varchar(50);
    ```

    Use instead:

    ```sql
    CREATE TABLE t (id bigint PRIMARY KEY, name varchar(200), price numeric(12, 4));
    -- migration
    DO $$ BEGIN
      IF EXISTS (SELECT FROM t WHERE length(name) > 50) THEN
        RAISE EXCEPTION 't.name is longer than 50';
      END IF;
    END $$;
    ALTER TABLE t ALTER COLUMN name TYPE varchar(50);
    ```

    Fix: Put a step before it that refuses to go on when a value does not fit.

    Source: postgresql.org/docs/current/sql-altertable.html, SET DATA TYPE
    """

    code = "PL408"
    name = "narrowing-type-change"
    severity = Severity.error
    needs = frozenset({Evidence.plan, Evidence.catalog})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Compare the types before and after each change."""
        for statement, act in subject.each(AlterColumn):
            key = subject.key(act.table)
            before, after = (column_in(schema, key, act.column) for schema in (statement.before, statement.after))
            if act.what != "AlterColumnType" or before is None or after is None or not subject.is_existing(key):
                continue
            if narrows(before.type, after.type) and not is_checked(subject, statement, act.table.name):
                message = f"{after.type} does not hold every {before.type}"
                yield self.finding(message, object=f"{act.table}.{act.column}", at=statement.place(act))
