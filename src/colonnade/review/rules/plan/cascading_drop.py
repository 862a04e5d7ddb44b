"""PL403."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Act,
    ConstraintChange,
    Drop,
    DropColumn,
    Truncate,
)
from colonnade.review.plan.changes import lost_objects
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule
from colonnade.schema.names import ObjectName


class CascadingDrop(Rule[Migration]):
    """A drop with CASCADE takes other objects with it.

    Why: they are not written in the migration, nobody reviewed their loss, and the downgrade does not bring them back.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    CREATE VIEW open_orders AS SELECT id FROM orders WHERE status = 'open';
    -- migration
    ALTER TABLE orders DROP COLUMN status CASCADE;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    CREATE VIEW open_orders AS SELECT id FROM orders WHERE status = 'open';
    -- migration
    DROP VIEW open_orders;
    ALTER TABLE orders DROP COLUMN status;
    ```

    Fix: Drop each of them by name first.

    Source: postgresql.org/docs/current/ddl-depend.html
    """

    code = "PL403"
    name = "cascading-drop"
    severity = Severity.error
    needs = frozenset({Evidence.observed, Evidence.catalog})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Compare what fell with what was named."""
        for statement, act in subject.each(Act):
            if not getattr(act, "cascade", False) or statement.before is None or statement.after is None:
                continue
            if isinstance(act, Truncate):
                continue
            fallen = [each for each in lost_objects(statement.before, statement.after) if not _is_named(each, act)]
            if fallen:
                names = ", ".join(f"{each.kind} {each}" for each in fallen)
                yield self.finding(
                    "CASCADE takes other objects with it",
                    object=_subject(act),
                    at=statement.place(act),
                    detail=f"It drops {names}.",
                )


def _is_named(fallen: ObjectName, act: Act) -> bool:
    """Tell whether an object is what the act drops, or in a schema that it drops."""
    if isinstance(act, DropColumn):
        return (fallen.kind, fallen.name, fallen.table) == ("column", act.column, act.table.name)
    if isinstance(act, Drop):
        in_schema = act.kind == "SCHEMA" and fallen.namespace in {name.name for name in act.names}
        own = {(name.namespace or fallen.namespace, name.name) for name in act.names}
        return in_schema or ((fallen.namespace, fallen.name) in own and not fallen.table)
    return isinstance(act, ConstraintChange) and (fallen.name, fallen.table) == (act.name, act.table.name)


def _subject(act: Act) -> str:
    """Return what the act drops, as people say it."""
    match act:
        case DropColumn(table=table, column=column):
            return f"{table}.{column}"
        case Drop(names=names):
            return str(names[0])
        case ConstraintChange(name=name):
            return name
    return ""
