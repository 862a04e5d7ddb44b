"""PL206."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.migration import Key, Migration, Statement, shown
from colonnade.review.plan.questions import (
    same_transaction,
)
from colonnade.review.rule import Rule


class SeveralTablesLocked(Rule[Migration]):
    """One transaction locks several tables against everybody, one after the other.

    Why: a reader that uses the tables in another order and the migration wait for each other, and one of them is ended.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text);
    CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint);
    -- migration
    BEGIN;
    ALTER TABLE orders ADD COLUMN note text;
    ALTER TABLE items ADD COLUMN note text;
    COMMIT;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text);
    CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint);
    -- migration
    BEGIN;
    ALTER TABLE orders ADD COLUMN note text;
    COMMIT;
    BEGIN;
    ALTER TABLE items ADD COLUMN note text;
    COMMIT;
    ```

    Fix: Change one table in each transaction.

    Source: postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS
    """

    code = "PL206"
    name = "several-tables-locked"
    severity = Severity.warning
    needs = frozenset({Evidence.plan, Evidence.observed})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for a second table in a transaction that has one."""
        for statement in subject.statements:
            held = {key for each in same_transaction(subject, statement) for key in _locked(subject, each)}
            for key in sorted(_locked(subject, statement) - held):
                if held:
                    yield self.finding(f"locked while {shown(min(held))} is", object=shown(key), at=statement.at)
                    held.add(key)


def _locked(subject: Migration, statement: Statement) -> set[Key]:
    """Return the tables from which a statement keeps readers; a partition stands for the table that it is part of."""
    locks = statement.observed.locks if statement.observed else {}
    found = {key for key, mode in locks.items() if mode.blocks_reads and subject.is_existing(key)}
    parents = {key: subject.partition_parent(key) for key in found}
    return {(parent.namespace, parent.name) if (parent := parents[key]) else key for key in found}
