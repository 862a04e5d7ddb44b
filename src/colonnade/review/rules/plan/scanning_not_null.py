"""PL109."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Act,
    AddConstraint,
    AlterColumn,
)
from colonnade.review.plan.migration import Migration, shown
from colonnade.review.plan.questions import (
    blocked_tables,
)
from colonnade.review.rule import Rule


class ScanningNotNull(Rule[Migration]):
    """SET NOT NULL reads an existing table under ACCESS EXCLUSIVE.

    Why: nobody can read or write the table until every row has been looked at.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ALTER COLUMN status SET NOT NULL;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ADD CONSTRAINT status_given CHECK (status IS NOT NULL) NOT VALID;
    ALTER TABLE orders VALIDATE CONSTRAINT status_given;
    ALTER TABLE orders ALTER COLUMN status SET NOT NULL;
    ALTER TABLE orders DROP CONSTRAINT status_given;
    ```

    Fix: Prove it by a CHECK that is added NOT VALID and validated before; on 18 by a NOT NULL constraint that is added
    NOT VALID.

    Source: postgresql.org/docs/current/sql-altertable.html, SET NOT NULL
    """

    code = "PL109"
    name = "scanning-not-null"
    severity = Severity.error
    needs = frozenset({Evidence.observed})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for NOT NULL for whose sake rows were read."""
        for statement, act in subject.each(Act):
            if statement.observed is None or not _requires(act):
                continue
            assert isinstance(act, AlterColumn | AddConstraint)  # noqa: S101 - so says _requires
            key = subject.key(act.table)
            if key in statement.observed.scanned and key in blocked_tables(subject, statement):
                yield self.finding("all rows are read while nobody can", object=shown(key), at=statement.place(act))


def _requires(act: Act) -> bool:
    """Tell whether an act makes a column of a table required, for existing rows at once."""
    if isinstance(act, AlterColumn):
        return act.what == "SetNotNull"
    return isinstance(act, AddConstraint) and act.kind == "NOT NULL" and not act.not_valid
