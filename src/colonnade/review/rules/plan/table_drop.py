"""PL401."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Drop,
)
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule


class TableDrop(Rule[Migration]):
    """A table, or a schema or database with tables, is dropped with its rows.

    Why: the rows are gone, and code of the release that is still running fails.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    DROP TABLE orders;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    REVOKE ALL ON orders FROM PUBLIC;
    COMMENT ON TABLE orders IS 'retired, to be dropped in the next release';
    ```

    Fix: Retire it first: let no code use it for a release, keep a copy, and drop it then with a suppression that says
    so.

    Source: postgresql.org/docs/current/sql-droptable.html
    """

    code = "PL401"
    name = "table-drop"
    severity = Severity.error
    needs = frozenset({Evidence.plan})

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for dropped tables that the migration did not create."""
        for statement, act in subject.each(Drop):
            for name in act.names:
                if act.kind in ("TABLE", "FOREIGN TABLE") and subject.is_existing(name):
                    yield self.finding("its rows are lost", object=str(name), at=statement.place(act))
                elif act.kind == "DATABASE" or (act.kind == "SCHEMA" and _has_tables(subject, name.name)):
                    yield self.finding(
                        f"the {act.kind.lower()} goes with its tables", object=str(name), at=statement.place(act)
                    )


def _has_tables(subject: Migration, schema: str) -> bool:
    """Tell whether a schema held tables before, as far as that is known."""
    if subject.before is None:
        return True
    return any(table.namespace == schema for table in subject.before.tables)
