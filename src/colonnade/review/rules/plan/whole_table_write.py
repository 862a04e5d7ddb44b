"""PL407."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Truncate,
    Write,
)
from colonnade.review.plan.migration import Migration, shown
from colonnade.review.rule import Rule


class WholeTableWrite(Rule[Migration]):
    """TRUNCATE, or an UPDATE or DELETE without WHERE, hits every row of an existing table.

    Why: all rows are lost or locked until the migration commits.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    UPDATE orders SET status = 'new';
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    UPDATE orders SET status = 'new' WHERE id BETWEEN 1 AND 1000;
    ```

    Fix: Write a condition, and go through the keys in batches that each commit.

    Source: postgresql.org/docs/current/sql-truncate.html
    """

    code = "PL407"
    name = "whole-table-write"
    severity = Severity.error
    needs = frozenset({Evidence.plan})

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for writes without a condition on tables that matter."""
        for statement, act in subject.each(Write):
            if act.kind in ("UPDATE", "DELETE") and not act.filtered and subject.concerns(act.table):
                yield self.finding(f"the {act.kind} has no WHERE", object=str(act.table), at=statement.place(act))
        for statement, truncate in subject.each(Truncate):
            for table in truncate.tables:
                if subject.concerns(table):
                    yield self.finding(
                        "all rows are lost",
                        object=str(table),
                        at=statement.place(truncate),
                        detail=_reached(subject, truncate),
                    )


def _reached(subject: Migration, truncate: Truncate) -> str:
    """Return what CASCADE adds, as far as the schema is known."""
    if not truncate.cascade or subject.before is None:
        return ""
    reached = {subject.key(name) for name in truncate.tables}
    named = set(reached)
    grown = True
    while grown:
        more = {
            (table.namespace, table.name)
            for table in subject.before.tables
            for key in table.foreign_keys
            if (key.referenced_namespace, key.referenced_table) in reached
        }
        grown = not more <= reached
        reached |= more
    others = ", ".join(shown(key) for key in sorted(reached - named))
    return f"CASCADE empties {others} too." if others else ""
