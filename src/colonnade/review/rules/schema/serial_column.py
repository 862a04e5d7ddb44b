"""SC206."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema, table_name


class SerialColumn(Rule[ReviewedSchema]):
    """A column takes its values from a sequence that it owns instead of being an identity column.

    Why: a value that somebody gives slips in, and the sequence needs grants of its own.

    Example:

    ```sql
    -- migration
    CREATE TABLE orders (id bigserial PRIMARY KEY);
    ```

    Use instead:

    ```sql
    -- migration
    CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
    ```

    Fix: Make it GENERATED AS IDENTITY and set its position to the sequence's.

    Source: wiki.postgresql.org/wiki/Don't_Do_This#Don.27t_use_serial
    """

    code = "SC206"
    name = "serial-column"
    severity = Severity.note
    needs = frozenset({Evidence.catalog})
    baselinable = True
    fixed_by = "migration"

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Look at the columns that own a sequence of which they take the next value."""
        owned = {each.owned_by for each in subject.schema.sequences if each.owned_by}
        for table in subject.tables:
            for column in table.columns:
                name = f"{table_name(table)}.{column.name}"
                if (column.default or "").startswith("nextval(") and name in owned:
                    yield self.finding("it is serial", object=name, at=subject.at)
