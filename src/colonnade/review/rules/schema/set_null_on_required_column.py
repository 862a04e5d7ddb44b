"""SC105."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema, table_name
from colonnade.schema import (
    ForeignKey,
)


class SetNullOnRequiredColumn(Rule[ReviewedSchema]):
    """A foreign key sets a required column to NULL.

    Why: the delete that should be allowed fails with SQLSTATE 23502.

    Example:

    ```sql
    CREATE TABLE customers (id bigint PRIMARY KEY);
    -- migration
    CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers ON DELETE SET NULL);
    CREATE INDEX i ON orders (customer_id);
    ```

    Use instead:

    ```sql
    CREATE TABLE customers (id bigint PRIMARY KEY);
    -- migration
    CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers ON DELETE SET NULL);
    CREATE INDEX i ON orders (customer_id);
    ```

    Fix: Make the column nullable, or choose RESTRICT or CASCADE.

    Source: postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
    """

    code = "SC105"
    name = "set-null-on-required-column"
    severity = Severity.error
    needs = frozenset({Evidence.catalog})
    baselinable = True

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Look at what each action does to required columns."""
        for table in subject.tables:
            for key in table.foreign_keys:
                for column in sorted(_emptied(key)):
                    if table.column(column).not_null and not (_defaults(key) and table.column(column).default):
                        yield self.finding(
                            "a delete would set it to NULL", object=f"{table_name(table)}.{column}", at=subject.at
                        )


def _emptied(key: ForeignKey) -> set[str]:
    """Return the columns that an action sets to NULL, or to a default."""
    found: set[str] = set()
    if key.on_delete in ("SET NULL", "SET DEFAULT"):
        found |= set(key.on_delete_columns or key.columns)
    if key.on_update in ("SET NULL", "SET DEFAULT"):
        found |= set(key.columns)
    return found


def _defaults(key: ForeignKey) -> bool:
    return "SET NULL" not in (key.on_delete, key.on_update)
