"""PL405."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Drop,
)
from colonnade.review.plan.changes import is_covered, table_after
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule


class NeededIndexDrop(Rule[Migration]):
    """An index is dropped that a foreign key has alone.

    Why: every delete of a referenced row then reads the whole referencing table.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text);
    CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint);
    ALTER TABLE items ADD FOREIGN KEY (order_id) REFERENCES orders;
    CREATE INDEX items_order_id_idx ON items (order_id);
    -- migration
    DROP INDEX CONCURRENTLY items_order_id_idx;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text);
    CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint);
    ALTER TABLE items ADD FOREIGN KEY (order_id) REFERENCES orders;
    CREATE INDEX items_order_id_idx ON items (order_id);
    -- migration
    CREATE INDEX CONCURRENTLY items_order_id_id_idx ON items (order_id, id);
    DROP INDEX CONCURRENTLY items_order_id_idx;
    ```

    Fix: Keep it, or build one that begins with the same columns before.

    Source: postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
    """

    code = "PL405"
    name = "needed-index-drop"
    severity = Severity.warning
    needs = frozenset({Evidence.plan, Evidence.catalog})

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for dropped indexes without which a foreign key has none."""
        for statement, act in subject.each(Drop):
            for name in act.names if act.kind == "INDEX" else ():
                found = subject.index(name, statement.before)
                after = table_after(subject.after, found[0]) if found else None
                if found is None or after is None or subject.is_small((after.namespace, after.name)):
                    continue
                for key in after.foreign_keys:
                    if is_covered(found[0], key) and not is_covered(after, key):
                        yield self.finding(
                            f'the foreign key "{key.name}" has no other', object=str(name), at=statement.place(act)
                        )
