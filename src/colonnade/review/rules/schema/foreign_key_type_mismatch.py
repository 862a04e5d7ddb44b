"""SC104."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.questions import (
    table_in,
)
from colonnade.review.plan.value_types import narrows, parts
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema, table_name


class ForeignKeyTypeMismatch(Rule[ReviewedSchema]):
    """A foreign key's column has another type than the one that it refers to.

    Why: some keys cannot be referenced, and each join converts.

    Example:

    ```sql
    CREATE TABLE customers (id bigint PRIMARY KEY);
    -- migration
    CREATE TABLE orders (id bigint PRIMARY KEY, customer_id integer REFERENCES customers);
    CREATE INDEX i ON orders (customer_id);
    ```

    Use instead:

    ```sql
    CREATE TABLE customers (id bigint PRIMARY KEY);
    -- migration
    CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers);
    CREATE INDEX i ON orders (customer_id);
    ```

    Fix: Give the referencing column the type of the referenced one.

    Source: postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
    """

    code = "SC104"
    name = "foreign-key-type-mismatch"
    severity = Severity.error
    needs = frozenset({Evidence.catalog})
    baselinable = True
    fixed_by = "migration"

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Compare the types of each pair of columns; a domain stands for its base type."""
        domains = {each.name: each.base_type for each in subject.schema.domains}
        for table in subject.tables:
            for key in table.foreign_keys:
                target = table_in(subject.schema, (key.referenced_namespace, key.referenced_table))
                for column, referenced in zip(key.columns, key.referenced_columns, strict=True):
                    if target is None or not target.has_column(referenced):
                        continue
                    types = [table.column(column).type, target.column(referenced).type]
                    own, other = (domains.get(each, each) for each in types)
                    if (own != other and _base(own) != _base(other)) or narrows(other, own):
                        yield self.finding(
                            f"{own} refers to {other}", object=f"{table_name(table)}.{column}", at=subject.at
                        )


def _base(type_: str) -> str:
    base, _, _ = parts(type_)
    return base
