"""PL104."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import Act
from colonnade.review.plan.alone import runs_alone
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule


class TransactionForbiddenStatement(Rule[Migration]):
    """A statement that Postgres refuses inside a transaction runs in the migration's transaction.

    Why: it fails with SQLSTATE 25001 wherever it is tried, and the migration with it.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text NOT NULL);
    -- migration
    BEGIN;
    CREATE INDEX CONCURRENTLY orders_status_idx ON orders (status);
    COMMIT;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text NOT NULL);
    -- migration
    CREATE INDEX CONCURRENTLY orders_status_idx ON orders (status);
    ```

    Fix: Run it outside the transaction; in Alembic in `with op.get_context().autocommit_block():`.

    Source: postgresql.org/docs/current/sql-createindex.html
    """

    code = "PL104"
    name = "transaction-forbidden-statement"
    severity = Severity.error
    needs = frozenset({Evidence.plan})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for what only runs alone, where a transaction is open."""
        for statement, act in subject.each(Act):
            if statement.transaction is not None and (what := runs_alone(act)):
                yield self.finding(f"{what} cannot run in a transaction", object=what, at=statement.place(act))
