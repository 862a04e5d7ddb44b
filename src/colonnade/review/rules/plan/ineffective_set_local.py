"""PL202."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import Setting
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule


class IneffectiveSetLocal(Rule[Migration]):
    """SET LOCAL runs outside a transaction, where it has no effect.

    Why: the statements after it run without the timeout that their author counts on; Postgres only warns.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY);
    -- migration
    SET LOCAL lock_timeout = '2s';
    ALTER TABLE orders ADD COLUMN note text;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY);
    -- migration
    SET lock_timeout = '2s';
    ALTER TABLE orders ADD COLUMN note text;
    RESET lock_timeout;
    ```

    Fix: Use SET before the statement and RESET after it, or open a transaction.

    Source: postgresql.org/docs/current/sql-set.html
    """

    code = "PL202"
    name = "ineffective-set-local"
    severity = Severity.error
    needs = frozenset({Evidence.plan})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for settings of a transaction where none is open."""
        for statement, act in subject.each(Setting):
            if act.local and statement.transaction is None and not act.part:
                yield self.finding(
                    f"{act.name} is set for a transaction that does not exist", object=act.name, at=statement.place(act)
                )
