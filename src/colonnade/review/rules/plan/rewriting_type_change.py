"""PL113."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    AlterColumn,
)
from colonnade.review.plan.migration import Migration, shown
from colonnade.review.plan.questions import (
    worked_tables,
)
from colonnade.review.rule import Rule


class RewritingTypeChange(Rule[Migration]):
    """A change of type writes the table anew, builds an index anew or checks every row.

    Why: nobody can read or write the table meanwhile.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ALTER COLUMN status TYPE integer USING status::integer;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ADD COLUMN status_code integer;
    ```

    Fix: Add a column of the new type, keep both alike by a trigger, fill it in batches, and switch in a later release.

    Source: postgresql.org/docs/current/sql-altertable.html, Notes
    """

    code = "PL113"
    name = "rewriting-type-change"
    severity = Severity.error
    needs = frozenset({Evidence.observed})
    fixed_by = "migration"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for changes of type for whose sake rows were read or written."""
        for statement, act in subject.each(AlterColumn):
            key = subject.key(act.table)
            if act.what != "AlterColumnType" or statement.observed is None or not subject.concerns(key):
                continue
            if key in statement.observed.rewritten:
                yield self.finding(
                    f'the new type of "{act.column}" writes the whole table anew',
                    object=shown(key),
                    at=statement.place(act),
                )
            elif key in worked_tables(subject, statement):
                yield self.finding(
                    f'the new type of "{act.column}" reads all rows', object=shown(key), at=statement.place(act)
                )
