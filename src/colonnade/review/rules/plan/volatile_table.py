"""NE201."""

from __future__ import annotations

import re
from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import Act, AlterTable, Create, Drop, Name
from colonnade.review.plan.migration import Key, Migration, Statement, shown
from colonnade.review.rule import Rule

_CACHE = re.compile(r"\bcache\b", re.IGNORECASE)


class VolatileTable(Rule[Migration]):
    """A table is UNLOGGED on a compute that suspends.

    Why: nothing of it is in the write-ahead log, which is all that Neon keeps: its rows are gone after each suspension
    or restart. A table whose comment calls it a cache is meant to lose them.

    Example:

    ```sql
    -- with neon
    CREATE TABLE users (id bigint PRIMARY KEY);
    -- migration
    CREATE UNLOGGED TABLE carts (id bigint PRIMARY KEY);
    ```

    Use instead:

    ```sql
    -- with neon
    CREATE TABLE users (id bigint PRIMARY KEY);
    -- migration
    CREATE TABLE carts (id bigint PRIMARY KEY);
    ```

    Fix: Create it logged, or say in its comment that it is a cache.

    Source: neon.com/docs/reference/compatibility
    """

    code = "NE201"
    name = "volatile-table"
    severity = Severity.error
    needs = frozenset({Evidence.plan, Evidence.catalog})
    fixed_by = "migration"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for what makes a table volatile and is not taken back, where Neon is the target."""
        for statement, act in subject.each(Act) if subject.target.neon else ():
            name = _made_volatile(act)
            if name is None:
                continue
            table = subject.key(name)
            if not _taken_back(table, subject, statement) and not _is_cache(table, subject):
                yield self.finding(
                    "its rows vanish when the compute suspends", object=shown(table), at=statement.place(act)
                )


def _made_volatile(act: Act) -> Name | None:
    match act:
        case Create(kind="TABLE", unlogged=True, name=name):
            return name
        case AlterTable(what="SetUnLogged", table=name):
            return name
    return None


def _taken_back(table: Key, subject: Migration, since: Statement) -> bool:
    """Tell whether a later statement logs the table, or drops it."""
    for statement in subject.later(since):
        for act in statement.acts:
            match act:
                case AlterTable(what="SetLogged", table=name) if subject.key(name) == table:
                    return True
                case Drop(kind="TABLE", names=names) if table in {subject.key(each) for each in names}:
                    return True
    return False


def _is_cache(table: Key, subject: Migration) -> bool:
    """Tell whether the table's comment says so, where the migration was run."""
    found = subject.after.find_table(table[1], namespace=table[0]) if subject.after else None
    return found is not None and bool(_CACHE.search(found.comment or ""))
