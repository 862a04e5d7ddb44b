"""SC102."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema, table_name


class MissingPrimaryKey(Rule[ReviewedSchema]):
    """A table has no primary key.

    Why: nothing tells two equal rows apart, and neither replication nor an ORM can name one.

    Example:

    ```sql
    -- migration
    CREATE TABLE orders (id bigint NOT NULL);
    ```

    Use instead:

    ```sql
    -- migration
    CREATE TABLE orders (id bigint PRIMARY KEY);
    ```

    Fix: Promote a required unique key, or add an identity column.

    Source: postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS
    """

    code = "SC102"
    name = "missing-primary-key"
    severity = Severity.error
    needs = frozenset({Evidence.catalog})
    baselinable = True
    fixed_by = "migration"

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Look at each table of ours."""
        for table in subject.tables:
            if table.primary_key is None:
                yield self.finding("the table has no primary key", object=table_name(table), at=subject.at)
