"""PL404."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.changes import Guarantee, lost_guarantees, table_after
from colonnade.review.plan.migration import Migration, Statement, shown
from colonnade.review.rule import Rule
from colonnade.schema import Table


class ConstraintDrop(Rule[Migration]):
    """After the migration a rule that the database kept does not hold any more.

    Why: rows that break it come in from then on, and code that relies on it is not told.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text);
    CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint);
    ALTER TABLE orders ADD CONSTRAINT status_known CHECK (status IN ('open', 'done'));
    -- migration
    ALTER TABLE orders DROP CONSTRAINT status_known;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text);
    CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint);
    ALTER TABLE orders ADD CONSTRAINT status_known CHECK (status IN ('open', 'done'));
    -- migration
    ALTER TABLE orders ADD CONSTRAINT status_known_2 CHECK (status IN ('open', 'done')) NOT VALID;
    ALTER TABLE orders VALIDATE CONSTRAINT status_known_2;
    ALTER TABLE orders DROP CONSTRAINT status_known;
    ```

    Fix: Say in a suppression why the rule ends, or put an equal or stricter one in its place.

    Source: postgresql.org/docs/current/ddl-constraints.html
    """

    code = "PL404"
    name = "constraint-drop"
    severity = Severity.warning
    needs = frozenset({Evidence.plan, Evidence.catalog})

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Compare the promises of each table that stays before and after the migration."""
        for table in subject.before.tables if subject.before else ():
            after = table_after(subject.after, table)
            for promise, name in (lost_guarantees(table, after) if after is not None else {}).items():
                statement = _culprit(subject, table, promise)
                if statement is not None:
                    yield self.finding(
                        "the rule holds no more",
                        object=f"{shown((table.namespace, table.name))}.{name}",
                        at=statement.at,
                    )


def _culprit(subject: Migration, table: Table, promise: Guarantee) -> Statement | None:
    """Return the last statement that took the promise away."""
    found = None
    for statement in subject.statements:
        before, after = table_after(statement.before, table), table_after(statement.after, table)
        if before is not None and after is not None and promise in lost_guarantees(before, after):
            found = statement
    return found
