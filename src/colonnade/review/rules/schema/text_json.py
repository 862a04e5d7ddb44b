"""SC205."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema, table_name


class TextJson(Rule[ReviewedSchema]):
    """A column is json.

    Why: it has no equality, so DISTINCT, UNION and GROUP BY fail with SQLSTATE 42883, and no index.

    Example:

    ```sql
    -- migration
    CREATE TABLE orders (id bigint PRIMARY KEY, body json);
    ```

    Use instead:

    ```sql
    -- migration
    CREATE TABLE orders (id bigint PRIMARY KEY, body jsonb);
    ```

    Fix: Use jsonb.

    Source: postgresql.org/docs/current/datatype-json.html
    """

    code = "SC205"
    name = "text-json"
    severity = Severity.warning
    needs = frozenset({Evidence.catalog})
    baselinable = True
    fixed_by = "migration"

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Look at the type of each column whose comment does not ask for the exact text."""
        for table in subject.tables:
            for column in table.columns:
                if column.type == "json" and "exact" not in (column.comment or "").lower():
                    yield self.finding(
                        "json has no equality and no index", object=f"{table_name(table)}.{column.name}", at=subject.at
                    )
