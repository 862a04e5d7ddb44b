"""SC301."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema
from colonnade.schema import (
    Index,
)


class DuplicateIndex(Rule[ReviewedSchema]):
    """Two indexes are equal in all but their names.

    Why: every write pays for both, and no query uses the second.

    Example:

    ```sql
    CREATE TABLE customers (id bigint PRIMARY KEY);
    CREATE INDEX a ON customers (id DESC);
    -- migration
    CREATE INDEX CONCURRENTLY b ON customers (id DESC);
    ```

    Use instead:

    ```sql
    CREATE TABLE customers (id bigint PRIMARY KEY);
    CREATE INDEX a ON customers (id DESC);
    -- migration
    CREATE INDEX CONCURRENTLY b ON customers (id DESC NULLS LAST);
    ```

    Fix: Drop one of them concurrently.

    Source: postgresql.org/docs/current/indexes.html
    """

    code = "SC301"
    name = "duplicate-index"
    severity = Severity.warning
    needs = frozenset({Evidence.catalog})
    baselinable = True
    fixed_by = "migration"

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Compare the indexes of each table that no constraint owns, in the order of their names."""
        for table in subject.tables:
            seen: dict[Index, str] = {}
            for index in table.indexes:
                shape = replace(index, name="", comment=None, storage_parameters=())
                if shape in seen:
                    yield self.finding(f'"{seen[shape]}" is the same', object=index.name, at=subject.at)
                seen.setdefault(shape, index.name)
