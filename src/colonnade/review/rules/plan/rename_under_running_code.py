"""PL501."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Act,
    Create,
    Rename,
    SetSchema,
)
from colonnade.review.plan.migration import Migration, Statement
from colonnade.review.plan.questions import added_columns
from colonnade.review.rule import Rule
from colonnade.sql.tokens import names


class RenameUnderRunningCode(Rule[Migration]):
    """A table, column, view, type, enum value, routine or schema is renamed or moved while running code names it.

    Why: from the moment it commits every statement of the running release that uses the old name fails.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders RENAME COLUMN status TO state;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ADD COLUMN state text;
    ```

    Fix: Add the new name, keep both alike by a trigger or a view, switch the code, and drop the old one in a later
    release.

    Source: postgresql.org/docs/current/sql-altertable.html, RENAME
    """

    code = "PL501"
    name = "rename-under-running-code"
    severity = Severity.error
    needs = frozenset({Evidence.plan})
    fixed_by = "migration"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for new names of what was there before."""
        views = {act.name.name for _, act in subject.each(Create) if act.kind == "VIEW"}
        for statement, act in subject.each(Act):
            if isinstance(act, Rename) and act.kind in _NAMED_BY_CODE:
                old = act.table or act.old
                if old.key in subject.created or (act.kind in ("TABLE", "VIEW") and act.old.name in views):
                    continue
                if act.kind == "COLUMN" and (subject.key(old), act.old.name) in added_columns(subject):
                    continue
                if act.kind == "COLUMN" and _is_shown(subject, act):
                    continue
                if act.kind == "SEQUENCE" and _counts_for_a_column(statement, act):
                    continue
                name = f"{act.table}.{act.old}" if act.table else str(act.old)
                yield self.finding(
                    f'running code does not know it as "{act.new}"', object=name, at=statement.place(act)
                )
            elif isinstance(act, SetSchema) and act.kind in _NAMED_BY_CODE:
                if act.old.key in subject.created or act.old.name in views:
                    continue
                message = f'running code does not look for it in "{act.schema}"'
                yield self.finding(message, object=str(act.old), at=statement.place(act))


def _is_shown(subject: Migration, act: Rename) -> bool:
    """Tell whether a view with the old name of the column's table, which is renamed as well, has the column, too."""
    olds = {
        each.old.key
        for _, each in subject.each(Rename)
        if act.table and each.kind == "TABLE" and each.new == act.table.name
    }
    views = subject.after.views if subject.after else ()
    return any((each.namespace, each.name) in olds and act.old.name in names(each.definition) for each in views)


def _counts_for_a_column(statement: Statement, act: Rename) -> bool:
    """Tell whether a column owns the sequence, so that code takes its values by the default of the column."""
    if statement.before is None:
        return False
    owned = {(each.namespace, each.name) for each in statement.before.sequences if each.owned_by}
    return act.old.key in owned


_NAMED_BY_CODE = frozenset(
    (
        "TABLE",
        "COLUMN",
        "VIEW",
        "MATERIALIZED VIEW",
        "FOREIGN TABLE",
        "TYPE",
        "ATTRIBUTE",
        "DOMAIN",
        "VALUE",
        "FUNCTION",
        "PROCEDURE",
        "ROUTINE",
        "SEQUENCE",
        "SCHEMA",
    )
)
