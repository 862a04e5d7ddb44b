"""PL404."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import Rename
from colonnade.review.plan.changes import Guarantee, guarantees, lost_guarantees, table_after
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
                now = _under_new_names(subject, promise)
                if after is not None and now in guarantees(after):
                    continue
                statement = _culprit(subject, table, {promise, now})
                if statement is not None:
                    yield self.finding(
                        "the rule holds no more",
                        object=f"{shown((table.namespace, table.name))}.{name}",
                        at=statement.at,
                    )


def _under_new_names(subject: Migration, promise: Guarantee) -> Guarantee:
    """Return the promise of a foreign key with what the migration calls the referenced table and columns."""
    match promise:
        case ("FOREIGN KEY", columns, str() as namespace, str() as table, tuple() as referenced):
            for _, act in subject.each(Rename):
                if act.kind == "TABLE" and subject.key(act.old) == (namespace, table):
                    table = act.new
                elif act.kind == "COLUMN" and act.table and subject.key(act.table) == (namespace, table):
                    referenced = tuple(act.new if each == act.old.name else each for each in referenced)
            return "FOREIGN KEY", columns, namespace, table, referenced
        case _:
            return promise


def _culprit(subject: Migration, table: Table, promises: set[Guarantee]) -> Statement | None:
    """Return the last statement that took the promise away."""
    found = None
    for statement in subject.statements:
        before, after = table_after(statement.before, table), table_after(statement.after, table)
        if before is not None and after is not None and promises & lost_guarantees(before, after).keys():
            found = statement
    return found
