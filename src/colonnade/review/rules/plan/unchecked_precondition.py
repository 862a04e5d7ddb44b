"""PL302."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Act,
    AddColumn,
    AddConstraint,
    AlterColumn,
    CreateIndex,
    Name,
)
from colonnade.review.plan.migration import Migration, Statement
from colonnade.review.plan.questions import (
    is_checked,
    is_unique,
    table_in,
)
from colonnade.review.rule import Rule


class UncheckedPrecondition(Rule[Migration]):
    """A statement succeeds only if the stored rows are as it wants them, and no earlier step looks.

    Why: duplicates, nulls, orphans or values out of range stop it half-way through the release, with a message that
    names one row.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    CREATE UNIQUE INDEX CONCURRENTLY orders_status_key ON orders (status);
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    DO $$ BEGIN
      IF EXISTS (SELECT FROM orders GROUP BY status HAVING count(*) > 1) THEN
        RAISE EXCEPTION 'orders.status is not unique';
      END IF;
    END $$;
    CREATE UNIQUE INDEX CONCURRENTLY orders_status_key ON orders (status);
    ```

    Fix: Put a step before it that counts the rows in the way, shows some, and refuses to go on.

    Source: postgresql.org/docs/current/ddl-constraints.html
    """

    code = "PL302"
    name = "unchecked-precondition"
    severity = Severity.warning
    needs = frozenset({Evidence.plan, Evidence.catalog})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for what existing rows can refuse."""
        for statement, act in subject.each(Act):
            for added in (*act.constraints,) if isinstance(act, AddColumn) else (act,):
                table, what = _wants(subject, statement, added)
                if table is not None and subject.is_existing(table) and not is_checked(subject, statement, table.name):
                    yield self.finding(
                        f"no earlier step looks for {what}", object=str(table), at=statement.place(added)
                    )


_WHAT = {
    "UNIQUE": "duplicates",
    "PRIMARY KEY": "duplicates and nulls",
    "FOREIGN KEY": "orphans",
    "CHECK": "rows that break the CHECK",
    "NOT NULL": "nulls",
    "EXCLUDE": "rows that exclude each other",
}


def _wants(subject: Migration, statement: Statement, act: Act) -> tuple[Name | None, str]:
    """Return the table on whose rows an act depends, and what must not be among them."""
    match act:
        case CreateIndex(unique=True, table=table, columns=columns):
            known = is_unique(table_in(statement.before, subject.key(table)), columns)
            return (None, "") if known or _new(subject, table, columns) else (table, _WHAT["UNIQUE"])
        case AddConstraint(kind=kind, table=table, columns=columns, not_valid=False, index="", on_domain=False):
            known = kind == "NOT NULL" and _proved(subject, statement, table, columns)
            return (None, "") if known or _new(subject, table, columns) else (table, _WHAT[kind])
        case AlterColumn(what="SetNotNull", table=table, column=column):
            known = _proved(subject, statement, table, (column,))
            return (None, "") if known or _new(subject, table, (column,)) else (table, _WHAT["NOT NULL"])
    return None, ""


def _new(subject: Migration, table: Name, columns: tuple[str, ...]) -> bool:
    """Tell whether the migration itself adds the columns, so that it knows what is in them."""
    before = subject.table(subject.key(table))
    return before is not None and bool(columns) and not any(before.has_column(each) for each in columns)


def _proved(subject: Migration, statement: Statement, table: Name, columns: tuple[str, ...]) -> bool:
    """Tell whether the column is required already, or a valid CHECK says that it is given."""
    before = table_in(statement.before, subject.key(table))
    if before is None or not columns or not before.has_column(columns[0]):
        return False
    given = f"{columns[0]} IS NOT NULL"
    checked = any(each.validated and given in each.expression.replace('"', "") for each in before.checks)
    return before.column(columns[0]).not_null or checked
