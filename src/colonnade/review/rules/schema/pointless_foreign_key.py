"""SC108."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema, table_name


class PointlessForeignKey(Rule[ReviewedSchema]):
    """A foreign key says nothing: it maps columns onto themselves, or repeats another one.

    Why: it is checked with every write, and what was meant is not kept.

    Example:

    ```sql
    CREATE TABLE a (id bigint PRIMARY KEY, up bigint);
    CREATE INDEX i ON a (up);
    -- migration
    ALTER TABLE a ADD FOREIGN KEY (id) REFERENCES a (id) NOT VALID;
    ```

    Use instead:

    ```sql
    CREATE TABLE a (id bigint PRIMARY KEY, up bigint);
    CREATE INDEX i ON a (up);
    -- migration
    ALTER TABLE a ADD FOREIGN KEY (up) REFERENCES a (id) NOT VALID;
    ```

    Fix: Drop it.

    Source: postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
    """

    code = "SC108"
    name = "pointless-foreign-key"
    severity = Severity.warning
    needs = frozenset({Evidence.catalog})
    baselinable = True
    fixed_by = "migration"

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Compare the foreign keys of each table, in the order of their names."""
        for table in subject.tables:
            seen: set[tuple[object, ...]] = set()
            for key in table.foreign_keys:
                target = key.referenced_namespace, key.referenced_table
                shape = (*target, frozenset(zip(key.columns, key.referenced_columns, strict=True)))
                onto_itself = target == (table.namespace, table.name) and key.columns == key.referenced_columns
                if onto_itself or shape in seen:
                    yield self.finding("it says nothing", object=f"{table_name(table)}.{key.name}", at=subject.at)
                seen.add(shape)
