"""PL409."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Create,
    Drop,
    DropColumn,
    Write,
)
from colonnade.review.plan.changes import same_shape
from colonnade.review.plan.migration import Key, Migration
from colonnade.review.plan.questions import (
    column_in,
    table_in,
)
from colonnade.review.rule import Rule


class RenameAsDrop(Rule[Migration]):
    """A column or table is dropped while one like it is added, and nothing copies the rows.

    Why: it looks like a rename, and the values are lost.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders DROP COLUMN status, ADD COLUMN state text;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ADD COLUMN state text;
    UPDATE orders SET state = status WHERE id BETWEEN 1 AND 1000;
    ALTER TABLE orders DROP COLUMN status;
    ```

    Fix: Rename it, over two releases where code uses it; or copy the values first.

    Source: postgresql.org/docs/current/sql-altertable.html, RENAME
    """

    code = "PL409"
    name = "rename-as-drop"
    severity = Severity.error
    needs = frozenset({Evidence.plan, Evidence.catalog})
    fixed_by = "migration"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for what is gone beside what is new and alike."""
        if subject.before is None or subject.after is None:
            return
        written = {
            (subject.key(act.table), column) for _, act in subject.each(Write) for column in act.columns or ("",)
        }
        for statement, act in subject.each(DropColumn):
            key = subject.key(act.table)
            before, after = table_in(subject.before, key), table_in(subject.after, key)
            old = column_in(subject.before, key, act.column)
            if before is None or after is None or old is None or after.has_column(act.column):
                continue
            added = [each for each in after.columns if not before.has_column(each.name) and each.generated is None]
            alike = [each.name for each in added if each.type == old.type and (key, each.name) not in written]
            if alike:
                message = f"{', '.join(alike)} is added like it, and nothing is copied"
                yield self.finding(message, object=f"{act.table}.{act.column}", at=statement.place(act))
        yield from self._tables(subject, {key for key, _ in written})

    def _tables(self, subject: Migration, written: set[Key]) -> Iterator[Finding]:
        """Look for tables that are dropped while one of the same columns is created."""
        for statement, act in subject.each(Drop):
            for name in act.names if act.kind == "TABLE" else ():
                old = table_in(subject.before, subject.key(name))
                for _, create in subject.each(Create):
                    new = table_in(subject.after, create.name.key)
                    if old is None or new is None or new.name == old.name or create.name.key in written:
                        continue
                    if same_shape(old, new):
                        message = f'"{create.name}" is created like it, and nothing is copied'
                        yield self.finding(message, object=str(name), at=statement.place(act))
