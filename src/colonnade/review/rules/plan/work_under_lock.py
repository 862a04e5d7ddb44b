"""PL205."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Query,
    Write,
)
from colonnade.review.plan.migration import Migration, Statement, shown
from colonnade.review.plan.questions import (
    blocked_tables,
    is_unbounded,
    same_transaction,
    worked_tables,
)
from colonnade.review.rule import Rule


class WorkUnderLock(Rule[Migration]):
    """A transaction that holds a blocking lock goes on to read, write or wait.

    Why: the lock of a quick statement is held until the slow one after it is done, and everybody who needs the table
    waits.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    BEGIN;
    ALTER TABLE orders ADD COLUMN state text;
    UPDATE orders SET state = status WHERE state IS NULL;
    COMMIT;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    BEGIN;
    ALTER TABLE orders ADD COLUMN state text;
    COMMIT;
    UPDATE orders SET state = status WHERE state IS NULL;
    ```

    Fix: Give each step a transaction of its own, in the same order.

    Source: postgresql.org/docs/current/explicit-locking.html
    """

    code = "PL205"
    name = "work-under-lock"
    severity = Severity.error
    needs = frozenset({Evidence.plan, Evidence.observed})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for work after a lock in one transaction."""
        for statement in subject.statements:
            held = sorted(
                {key for each in same_transaction(subject, statement) for key in blocked_tables(subject, each)}
            )
            if held and (what := _work(subject, statement)):
                yield self.finding(f"{what} while the lock is held", object=shown(held[0]), at=statement.at)


_WAITS = frozenset(("pg_sleep", "pg_sleep_for", "pg_sleep_until", "pg_advisory_lock", "pg_advisory_xact_lock"))


def _work(subject: Migration, statement: Statement) -> str:
    """Return what a statement does that takes its time; empty for what is quick."""
    for act in statement.acts:
        if isinstance(act, Write) and is_unbounded(subject, act):
            return f"rows of {act.table} are written"
        if isinstance(act, Query) and act.functions & _WAITS:
            return "the transaction waits"
    worked = worked_tables(subject, statement)
    return f"all rows of {shown(worked[0])} are gone through" if worked else ""
