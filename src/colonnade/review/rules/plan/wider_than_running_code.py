"""PL503."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    AddEnumValue,
    AlterColumn,
)
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule


class WiderThanRunningCode(Rule[Migration]):
    """Running readers may meet a value that they cannot handle: NULL where it was required, or a new enum value.

    Why: their model calls the field required, or knows no such member of its Enum, and reading the row raises.

    Example:

    ```sql
    CREATE TYPE state AS ENUM ('new', 'done');
    CREATE TABLE orders (id bigint PRIMARY KEY, status text NOT NULL, state state);
    -- migration
    ALTER TABLE orders ALTER COLUMN status DROP NOT NULL;
    ```

    Use instead:

    ```sql
    CREATE TYPE state AS ENUM ('new', 'done');
    CREATE TABLE orders (id bigint PRIMARY KEY, status text NOT NULL, state state);
    -- migration
    ALTER TABLE orders ALTER COLUMN status SET DEFAULT 'new';
    ```

    Fix: Deploy the readers that can handle it first, and write such values from the next release on.

    Source: docs.python.org/3/library/enum.html
    """

    code = "PL503"
    name = "wider-than-running-code"
    severity = Severity.warning
    needs = frozenset({Evidence.plan})

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for columns that are no longer required, and for new values of types that were there."""
        for statement, act in subject.each(AlterColumn):
            if act.what == "DropNotNull" and subject.is_existing(act.table):
                name = f"{act.table}.{act.column}"
                yield self.finding("running readers may meet NULL", object=name, at=statement.place(act))
        for statement, value in subject.each(AddEnumValue):
            if value.type.key not in subject.created:
                yield self.finding(
                    f"running readers may meet '{value.value}'", object=str(value.type), at=statement.place(value)
                )
