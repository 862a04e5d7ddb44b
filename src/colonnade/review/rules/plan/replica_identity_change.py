"""PL513."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    AlterTable,
)
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule


class ReplicaIdentityChange(Rule[Migration]):
    """A table's replica identity becomes FULL or NOTHING.

    Why: FULL logs whole rows for each update; NOTHING stops updates and deletes that are replicated.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders REPLICA IDENTITY FULL;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders REPLICA IDENTITY USING INDEX orders_pkey;
    ```

    Fix: Use a unique index over required columns as identity.

    Source:
    postgresql.org/docs/current/logical-replication-publication.html#LOGICAL-REPLICATION-PUBLICATION-REPLICA-IDENTITY
    """

    code = "PL513"
    name = "replica-identity-change"
    severity = Severity.warning
    needs = frozenset({Evidence.plan})

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for identities that log too much or nothing."""
        for statement, act in subject.each(AlterTable):
            if act.what == "ReplicaIdentity" and act.name in ("FULL", "NOTHING") and subject.is_existing(act.table):
                yield self.finding(
                    f"its replica identity becomes {act.name}", object=str(act.table), at=statement.place(act)
                )
