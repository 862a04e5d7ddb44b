"""PL207."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    TransactionControl,
)
from colonnade.review.plan.migration import Migration, Statement
from colonnade.review.rule import Rule


class TransactionControlInMigration(Rule[Migration]):
    """A migration begins or ends transactions that are its runner's, or leaves one open.

    Why: what comes after runs outside the transaction that its author counts on, or never commits.

    Example:

    ```sql
    -- with one-transaction
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ADD COLUMN note text;
    COMMIT;
    ALTER TABLE orders ADD COLUMN hint text;
    ```

    Use instead:

    ```sql
    -- with one-transaction
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ADD COLUMN note text;
    ALTER TABLE orders ADD COLUMN hint text;
    ```

    Fix: Remove it; in Alembic use `with op.get_context().autocommit_block():`.

    Source: postgresql.org/docs/current/sql-begin.html
    """

    code = "PL207"
    name = "transaction-control-in-migration"
    severity = Severity.error
    needs = frozenset({Evidence.plan})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for transaction control inside the runner's transaction, and for a transaction without an end."""
        begun: tuple[Statement, TransactionControl] | None = None
        for statement, act in subject.each(TransactionControl):
            if not statement.own or act.kind not in _CONTROL:
                continue
            if statement.transaction == 0:
                yield self.finding("the transaction is the runner's", object=act.kind, at=statement.place(act))
            elif act.kind in ("BEGIN", "START"):
                if begun is not None:
                    yield self.finding("a transaction is open already", object=act.kind, at=statement.place(act))
                begun = begun or (statement, act)
            else:
                begun = None
        if begun is not None:
            yield self.finding("the transaction has no end", object=begun[1].kind, at=begun[0].place(begun[1]))


_CONTROL = frozenset(("BEGIN", "START", "COMMIT", "ROLLBACK", "PREPARE"))
