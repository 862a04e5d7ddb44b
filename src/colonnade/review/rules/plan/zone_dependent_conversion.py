"""PL506."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    AlterColumn,
)
from colonnade.review.plan.migration import Migration
from colonnade.review.plan.questions import (
    column_in,
)
from colonnade.review.plan.value_types import depends_on_zone
from colonnade.review.rule import Rule


class ZoneDependentConversion(Rule[Migration]):
    """A change between timestamptz and timestamp or date does not say in which time zone the values are meant.

    Why: Postgres takes the zone of the session that runs the migration: another one on the laptop than in production,
    and every value is shifted.

    Example:

    ```sql
    CREATE TABLE visits (id bigint PRIMARY KEY, at timestamp);
    -- migration
    ALTER TABLE visits ALTER COLUMN at TYPE timestamptz;
    ```

    Use instead:

    ```sql
    CREATE TABLE visits (id bigint PRIMARY KEY, at timestamp);
    -- migration
    ALTER TABLE visits ALTER COLUMN at TYPE timestamptz USING at AT TIME ZONE 'UTC';
    ```

    Fix: Name the zone of the stored values: USING column AT TIME ZONE 'UTC'.

    Source: postgresql.org/docs/current/functions-datetime.html#FUNCTIONS-DATETIME-ZONECONVERT
    """

    code = "PL506"
    name = "zone-dependent-conversion"
    severity = Severity.error
    needs = frozenset({Evidence.plan, Evidence.catalog})

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for casts that ask for the session's zone."""
        for statement, act in subject.each(AlterColumn):
            key = subject.key(act.table)
            before, after = (column_in(schema, key, act.column) for schema in (statement.before, statement.after))
            if act.what != "AlterColumnType" or act.zone or before is None or after is None or subject.is_empty(key):
                continue
            if depends_on_zone(before.type, after.type) and subject.is_existing(key):
                name = f"{act.table}.{act.column}"
                yield self.finding(
                    "the session's time zone decides what the values become", object=name, at=statement.place(act)
                )
