"""PL312."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Act,
    AddConstraint,
    ConstraintChange,
    CreateIndex,
    Drop,
)
from colonnade.review.plan.migration import Migration
from colonnade.review.plan.questions import (
    table_in,
)
from colonnade.review.rule import Rule
from colonnade.schema import (
    Table,
)


class IndexGap(Rule[Migration]):
    """An index is dropped before the one that replaces it is there.

    Why: between the two every query that uses it reads the whole table, or duplicates get in.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    CREATE INDEX orders_status_idx ON orders (status);
    -- migration
    DROP INDEX CONCURRENTLY orders_status_idx;
    CREATE INDEX CONCURRENTLY orders_status_total_idx ON orders (status, total);
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    CREATE INDEX orders_status_idx ON orders (status);
    -- migration
    CREATE INDEX CONCURRENTLY orders_status_total_idx ON orders (status, total);
    DROP INDEX CONCURRENTLY orders_status_idx;
    ```

    Fix: Build the new one under another name first, drop the old one, then rename.

    Source: postgresql.org/docs/current/sql-createindex.html
    """

    code = "PL312"
    name = "index-gap"
    severity = Severity.error
    needs = frozenset({Evidence.plan, Evidence.catalog})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for dropped indexes that a later one replaces."""
        for statement, act in subject.each(Drop):
            for name in act.names if act.kind == "INDEX" else ():
                found = subject.index(name, statement.before)
                if found is None or not subject.concerns((found[0].namespace, found[0].name)):
                    continue
                later = [each for _, each in subject.each(CreateIndex) if _replaces(each, found[0], found[1].columns)]
                after = {id(each) for other in subject.later(statement) for each in other.acts}
                if any(id(each) in after for each in later):
                    yield self.finding(
                        "nothing serves in its place until the new one is built",
                        object=str(name),
                        at=statement.place(act),
                    )
        yield from self._constraints(subject)

    def _constraints(self, subject: Migration) -> Iterator[Finding]:
        """Look for dropped keys that a later one replaces."""
        for statement, act in subject.each(ConstraintChange):
            table = table_in(statement.before, subject.key(act.table))
            if act.what != "DropConstraint" or table is None or not subject.concerns(act.table):
                continue
            columns = next((each.columns for each in table.uniques if each.name == act.name), None)
            later = [each for other in subject.later(statement) for each in other.acts]
            if columns and any(_replaces(each, table, columns) and getattr(each, "unique", True) for each in later):
                yield self.finding(
                    "duplicates can get in until the new one is built", object=act.name, at=statement.place(act)
                )


def _replaces(act: Act, table: Table, columns: tuple[str, ...]) -> bool:
    """Tell whether an act builds an index of the table that begins with the columns."""
    if isinstance(act, CreateIndex):
        return act.table.name == table.name and act.columns[: len(columns)] == columns
    key = isinstance(act, AddConstraint) and act.kind in ("UNIQUE", "PRIMARY KEY") and not act.index
    return key and isinstance(act, AddConstraint) and act.table.name == table.name and set(columns) <= set(act.columns)
