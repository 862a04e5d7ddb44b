"""PL110."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.migration import Migration, shown
from colonnade.review.plan.questions import (
    blocked_tables,
    constraints_added,
)
from colonnade.review.rule import Rule


class BlockingKeyConstraint(Rule[Migration]):
    """A primary key or unique constraint builds its index, or reads the rows, under ACCESS EXCLUSIVE.

    Why: nobody can read or write the table until the index is built.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ADD CONSTRAINT orders_status_key UNIQUE (status);
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    CREATE UNIQUE INDEX CONCURRENTLY orders_status_key ON orders (status);
    ALTER TABLE orders ADD CONSTRAINT orders_status_key UNIQUE USING INDEX orders_status_key;
    ```

    Fix: Build a unique index concurrently, then add the constraint USING INDEX; for a primary key make its columns NOT
    NULL before.

    Source: postgresql.org/docs/current/sql-altertable.html, ADD table_constraint_using_index
    """

    code = "PL110"
    name = "blocking-key-constraint"
    severity = Severity.error
    needs = frozenset({Evidence.observed})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for keys for whose sake an index was built or rows were read."""
        for statement, act in constraints_added(subject):
            if act.kind not in ("UNIQUE", "PRIMARY KEY") or statement.observed is None:
                continue
            key = subject.key(act.table)
            read = statement.observed.scanned if act.index else statement.observed.indexed
            if key in read and key in blocked_tables(subject, statement):
                yield self.finding(
                    f"nobody can use the table while the {act.kind} is built",
                    object=shown(key),
                    at=statement.place(act),
                )
