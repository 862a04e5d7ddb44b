"""SC101."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.changes import is_covered
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema, table_name


class UnindexedForeignKey(Rule[ReviewedSchema]):
    """No usable index begins with the columns of a foreign key.

    Why: deleting or renumbering a referenced row reads the whole referencing table, under a lock.

    Example:

    ```sql
    CREATE TABLE customers (id bigint PRIMARY KEY);
    -- migration
    CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers);
    ```

    Use instead:

    ```sql
    CREATE TABLE customers (id bigint PRIMARY KEY);
    -- migration
    CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers);
    CREATE INDEX orders_customer_id_idx ON orders (customer_id);
    ```

    Fix: Build an index on the referencing columns, concurrently on an existing table.

    Source: postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
    """

    code = "SC101"
    name = "unindexed-foreign-key"
    severity = Severity.warning
    needs = frozenset({Evidence.catalog})
    baselinable = True
    fixed_by = "migration"

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Look at each foreign key of tables that are not small."""
        for table in subject.tables:
            for key in table.foreign_keys:
                if not subject.is_small(table) and not is_covered(table, key):
                    columns = ", ".join(key.columns)
                    yield self.finding(
                        "the foreign key has no index", object=f"{table_name(table)} ({columns})", at=subject.at
                    )
