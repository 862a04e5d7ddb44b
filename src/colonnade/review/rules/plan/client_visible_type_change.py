"""PL505."""

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
from colonnade.review.plan.value_types import python_type
from colonnade.review.rule import Rule


class ClientVisibleTypeChange(Rule[Migration]):
    """A column gets a type that Python code sees as another one.

    Why: the running release sends and expects values of the old type.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ALTER COLUMN status TYPE integer USING 0;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ALTER COLUMN status TYPE varchar(50);
    ```

    Fix: Add a column of the new type, keep both alike by a trigger, and switch the code before the old one goes.

    Source: psycopg.org/psycopg3/docs/basic/adapt.html
    """

    code = "PL505"
    name = "client-visible-type-change"
    severity = Severity.warning
    needs = frozenset({Evidence.plan, Evidence.catalog})
    fixed_by = "migration"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Compare what Python sees before and after each change."""
        for statement, act in subject.each(AlterColumn):
            key = subject.key(act.table)
            before, after = (column_in(schema, key, act.column) for schema in (statement.before, statement.after))
            if act.what != "AlterColumnType" or before is None or after is None or not subject.is_existing(key):
                continue
            old, new = python_type(before.type), python_type(after.type)
            if old != new:
                name = f"{act.table}.{act.column}"
                yield self.finding(f"Python sees {new} instead of {old}", object=name, at=statement.place(act))
