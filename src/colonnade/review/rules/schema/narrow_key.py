"""SC201."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema, table_name


class NarrowKey(Rule[ReviewedSchema]):
    """A key that a sequence fills is smallint or integer.

    Why: after 2,147,483,647 numbers, failed inserts included, nothing can be added any more.

    Example:

    ```sql
    -- migration
    CREATE TABLE orders (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
    ```

    Use instead:

    ```sql
    -- migration
    CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
    ```

    Fix: Use bigint, and for every column that refers to it.

    Source: postgresql.org/docs/current/datatype-numeric.html
    """

    code = "SC201"
    name = "narrow-key"
    severity = Severity.warning
    needs = frozenset({Evidence.catalog})
    baselinable = True
    fixed_by = "migration"

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Look at filled columns that are a key, or that others refer to."""
        referenced = {
            (key.referenced_namespace, key.referenced_table, column)
            for table in subject.schema.tables
            for key in table.foreign_keys
            for column in key.referenced_columns
        }
        for table in subject.tables:
            keys = set(table.primary_key.columns) if table.primary_key else set()
            for column in table.columns:
                filled = bool(column.identity) or (column.default or "").startswith("nextval(")
                is_key = column.name in keys or (table.namespace, table.name, column.name) in referenced
                if filled and is_key and column.type in ("smallint", "integer"):
                    yield self.finding(
                        f"the key is {column.type}", object=f"{table_name(table)}.{column.name}", at=subject.at
                    )
