"""PL111."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.migration import Migration, shown
from colonnade.review.plan.questions import (
    blocked_tables,
    constraints_added,
)
from colonnade.review.rule import Rule


class BlockingExclusionConstraint(Rule[Migration]):
    """An exclusion constraint is added to an existing table.

    Why: its index is built under ACCESS EXCLUSIVE, and there is no concurrent form.

    Example:

    ```sql
    CREATE TABLE stays (id bigint PRIMARY KEY, during tstzrange);
    -- migration
    ALTER TABLE stays ADD CONSTRAINT stays_overlap EXCLUDE USING gist (during WITH &&);
    ```

    Use instead:

    ```sql
    CREATE TABLE stays (id bigint PRIMARY KEY, during tstzrange);
    -- migration
    CREATE TABLE new_stays (id bigint PRIMARY KEY, during tstzrange, EXCLUDE USING gist (during WITH &&));
    ```

    Fix: Make a new table with the constraint, copy the rows in batches and swap the two, or choose a window with
    timeouts.

    Source: postgresql.org/docs/current/sql-createtable.html, EXCLUDE
    """

    code = "PL111"
    name = "blocking-exclusion-constraint"
    severity = Severity.error
    needs = frozenset({Evidence.observed})

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for exclusion constraints during whose build the table was locked."""
        for statement, act in constraints_added(subject):
            key = subject.key(act.table)
            if act.kind == "EXCLUDE" and key in blocked_tables(subject, statement):
                yield self.finding(
                    "nobody can use the table while the constraint is built", object=shown(key), at=statement.place(act)
                )
