"""PL201."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.migration import Migration, Statement, shown
from colonnade.review.rule import Rule


class UnboundedLockWait(Rule[Migration]):
    """A statement waits for a blocking lock without a lock_timeout.

    Why: behind one long query it waits for as long as that runs, and everybody who comes after it waits too.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ADD COLUMN note text;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    SET lock_timeout = '2s';
    ALTER TABLE orders ADD COLUMN note text;
    RESET lock_timeout;
    ```

    Fix: Set a lock_timeout of a few seconds, SET LOCAL in a transaction, and try again when it strikes.

    Source: postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT
    """

    code = "PL201"
    name = "unbounded-lock-wait"
    severity = Severity.note
    needs = frozenset({Evidence.plan, Evidence.observed})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look at which relations that were there before each statement blocked."""
        for statement in subject.statements:
            if statement.observed is None or statement.lock_timeout_ms or _is_concurrent(statement):
                continue
            for key in sorted(each for each in statement.observed.blocked if subject.is_existing(each)):
                yield self.finding("the lock is waited for without end", object=shown(key), at=statement.at)


def _is_concurrent(statement: Statement) -> bool:
    return any(getattr(act, "concurrent", False) for act in statement.acts)
