"""SC204."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema, table_name


class BlankPaddedText(Rule[ReviewedSchema]):
    """A column is char(n).

    Why: Postgres pads it with blanks, compares it oddly, and saves nothing.

    Example:

    ```sql
    -- migration
    CREATE TABLE orders (id bigint PRIMARY KEY, code char(3));
    ```

    Use instead:

    ```sql
    -- migration
    CREATE TABLE orders (id bigint PRIMARY KEY, code text CHECK (length(code) = 3));
    ```

    Fix: Use text with a CHECK of the length.

    Source: wiki.postgresql.org/wiki/Don't_Do_This#Don.27t_use_char.28n.29
    """

    code = "SC204"
    name = "blank-padded-text"
    severity = Severity.warning
    needs = frozenset({Evidence.catalog})
    baselinable = True
    fixed_by = "migration"

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Look at the type of each column."""
        for table in subject.tables:
            for column in table.columns:
                if column.type == "character" or column.type.startswith("character("):
                    yield self.finding(
                        "it is padded with blanks", object=f"{table_name(table)}.{column.name}", at=subject.at
                    )
