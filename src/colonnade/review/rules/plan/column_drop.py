"""PL402."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    AddColumn,
    DropColumn,
)
from colonnade.review.plan.in_step import leaves_its_twin
from colonnade.review.plan.migration import Migration
from colonnade.review.plan.questions import (
    column_in,
    is_checked,
    is_replaced,
)
from colonnade.review.rule import Rule


class ColumnDrop(Rule[Migration]):
    """A stored column is dropped.

    Why: its values are gone, and code of the release that is still running names it.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders DROP COLUMN status;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    COMMENT ON COLUMN orders.status IS 'retired, to be dropped in the next release';
    ```

    Fix: Stop mapping it in one release and drop it in the next, with a suppression that says so.

    Source: postgresql.org/docs/current/sql-altertable.html, DROP COLUMN
    """

    code = "PL402"
    name = "column-drop"
    severity = Severity.error
    needs = frozenset({Evidence.plan})
    fixed_by = "migration"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for dropped columns that were there before, unless a generation or another column keeps their values."""
        for statement, act in subject.each(DropColumn):
            column = column_in(subject.before, subject.key(act.table), act.column)
            if (column is not None and column.generated is not None) or is_replaced(subject, act):
                continue
            if leaves_its_twin(subject, act) and is_checked(subject, statement, act.table.name):
                continue
            if column is not None or (subject.before is None and not _added(subject, act)):
                yield self.finding("its values are lost", object=f"{act.table}.{act.column}", at=statement.place(act))


def _added(subject: Migration, drop: DropColumn) -> bool:
    """Tell whether the migration itself adds the column, or creates its table."""
    added = {(act.table.key, act.column) for _, act in subject.each(AddColumn)}
    return (drop.table.key, drop.column) in added or drop.table.key in subject.created
