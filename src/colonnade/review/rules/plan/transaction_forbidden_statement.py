"""PL104."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Act,
    Create,
    CreateIndex,
    Drop,
    EnvironmentSetting,
    Maintain,
    PartitionChange,
    Reindex,
)
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule

_SERVER_WIDE = frozenset(("DATABASE", "TABLESPACE"))


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
            if statement.transaction is not None and (what := _alone(act)):
                yield self.finding(f"{what} cannot run in a transaction", object=what, at=statement.place(act))


def _alone(act: Act) -> str:
    """Return what an act is called when Postgres runs it outside a transaction only."""
    match act:
        case CreateIndex(concurrent=True):
            return "CREATE INDEX CONCURRENTLY"
        case Drop(concurrent=True):
            return "DROP INDEX CONCURRENTLY"
        case Reindex(concurrent=concurrent, kind=kind) if concurrent or kind in ("SCHEMA", "SYSTEM", "DATABASE"):
            return f"REINDEX {'CONCURRENTLY' if concurrent else kind}"
        case PartitionChange(attach=False, concurrent=True):
            return "DETACH PARTITION CONCURRENTLY"
        case Maintain(kind=kind, tables=tables) if kind.startswith("VACUUM") or (kind == "CLUSTER" and not tables):
            return kind
        case Create(kind=kind) | Drop(kind=kind) if kind in _SERVER_WIDE:
            return f"{'CREATE' if isinstance(act, Create) else 'DROP'} {kind}"
        case EnvironmentSetting(scope="SYSTEM"):
            return "ALTER SYSTEM"
    return ""
