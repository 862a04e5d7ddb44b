"""PL108."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.migration import Migration, shown
from colonnade.review.plan.questions import (
    blocked_tables,
    constraints_added,
)
from colonnade.review.rule import Rule


class ValidatingConstraint(Rule[Migration]):
    """A CHECK or foreign key is added so that all existing rows are checked while writers wait.

    Why: the check reads the whole table under a lock that keeps writers out, and readers too for a CHECK.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0);
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID;
    ALTER TABLE orders VALIDATE CONSTRAINT orders_total_check;
    ```

    Fix: Add it NOT VALID, and VALIDATE it in a later transaction.

    Source: postgresql.org/docs/current/sql-altertable.html, Notes
    """

    code = "PL108"
    name = "validating-constraint"
    severity = Severity.error
    needs = frozenset({Evidence.observed})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for constraints for whose sake rows of a locked table were read."""
        for statement, act in constraints_added(subject):
            if act.kind not in ("CHECK", "FOREIGN KEY") or act.not_valid or statement.observed is None:
                continue
            for key in blocked_tables(subject, statement):
                read = key == subject.key(act.table) and key in statement.observed.scanned
                if read or act.on_domain:  # it locks the tables that use it for nothing but reading them
                    yield self.finding(
                        f"all rows are read for a {act.kind} while writers wait",
                        object=shown(key),
                        at=statement.place(act),
                    )
