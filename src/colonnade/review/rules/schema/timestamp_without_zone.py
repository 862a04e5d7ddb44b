"""SC203."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema, table_name


class TimestampWithoutZone(Rule[ReviewedSchema]):
    """A column is timestamp without time zone.

    Why: it says what a clock showed, not when: two readers in two zones take it for two moments.

    Example:

    ```sql
    -- migration
    CREATE TABLE orders (id bigint PRIMARY KEY, placed_at timestamp NOT NULL);
    ```

    Use instead:

    ```sql
    -- migration
    CREATE TABLE orders (id bigint PRIMARY KEY, placed_at timestamptz NOT NULL);
    ```

    Fix: Use timestamptz; on an existing column name the zone of the stored values in USING.

    Source: wiki.postgresql.org/wiki/Don't_Do_This#Don.27t_use_timestamp_.28without_time_zone.29
    """

    code = "SC203"
    name = "timestamp-without-zone"
    severity = Severity.warning
    needs = frozenset({Evidence.catalog})
    baselinable = True
    fixed_by = "migration"

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Look for such columns that nothing says are meant as local time."""
        for table in subject.tables:
            zoned = any(each.name.endswith(("time_zone", "timezone", "_tz")) for each in table.columns)
            for column in table.columns:
                local = "local" in column.name.split("_") or "local" in (column.comment or "").lower()
                if column.type.startswith("timestamp") and "without" in column.type and not zoned and not local:
                    yield self.finding(
                        "it is timestamp without time zone", object=f"{table_name(table)}.{column.name}", at=subject.at
                    )
