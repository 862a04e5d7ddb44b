"""PL114."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Act,
    AlterTable,
    Maintain,
    Name,
)
from colonnade.review.plan.migration import Migration, shown
from colonnade.review.rule import Rule


class BlockingTableRewrite(Rule[Migration]):
    """A command writes an existing table anew under ACCESS EXCLUSIVE.

    Why: VACUUM FULL, CLUSTER, SET LOGGED, SET ACCESS METHOD and SET TABLESPACE keep everybody out until the table has
    been copied.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    VACUUM FULL orders;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    VACUUM orders;
    ```

    Fix: Leave it out, or rewrite the table online with a tool for that.

    Source: postgresql.org/docs/current/sql-vacuum.html
    """

    code = "PL114"
    name = "blocking-table-rewrite"
    severity = Severity.error
    needs = frozenset({Evidence.observed})

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for commands that gave a table other files."""
        for statement, act in subject.each(Act):
            if statement.observed is None or not _rewrites(act):
                continue
            named = _tables(act)
            for key in sorted(statement.observed.rewritten):
                if subject.concerns(key) and (not named or key in {subject.key(name) for name in named}):
                    yield self.finding(
                        "nobody can use the table while it is written anew", object=shown(key), at=statement.place(act)
                    )


_TABLE_COMMANDS = frozenset(("SetLogged", "SetUnLogged", "SetAccessMethod", "SetTableSpace"))


def _rewrites(act: Act) -> bool:
    if isinstance(act, Maintain):
        return act.kind in ("VACUUM FULL", "CLUSTER")
    return isinstance(act, AlterTable) and act.what in _TABLE_COMMANDS


def _tables(act: Act) -> tuple[Name, ...]:
    """Return the tables that an act names; none for all."""
    if isinstance(act, Maintain):
        return act.tables
    return (act.table,) if isinstance(act, AlterTable) else ()
