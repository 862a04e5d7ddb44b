"""PL101."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Act,
    CreateIndex,
    Name,
    Reindex,
)
from colonnade.review.plan.migration import Key, Migration, Statement, shown
from colonnade.review.plan.questions import (
    blocked_tables,
)
from colonnade.review.rule import Rule


class BlockingIndexBuild(Rule[Migration]):
    """An index is built on an existing table without CONCURRENTLY.

    Why: every INSERT, UPDATE and DELETE of the table waits until the whole index is built, and so does everything that
    waits for them.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    CREATE INDEX orders_status_idx ON orders (status);
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    CREATE INDEX CONCURRENTLY orders_status_idx ON orders (status);
    ```

    Fix: Build it with CONCURRENTLY, outside a transaction, and look whether it is valid before and after.

    Source: postgresql.org/docs/current/sql-createindex.html, "Building Indexes Concurrently"
    """

    code = "PL101"
    name = "blocking-index-build"
    severity = Severity.error
    needs = frozenset({Evidence.observed})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for builds during which writers were seen to wait."""
        for statement, act in subject.each(Act):
            tables = set(blocked_tables(subject, statement)) & set(_indexed(statement))
            for key in sorted(tables & set(_built_on(subject, statement, act))):
                if (table := subject.table(key)) is None or table.partition_key is None:
                    yield self.finding(
                        "writers wait while the index is built", object=shown(key), at=statement.place(act)
                    )


def _indexed(statement: Statement) -> frozenset[Key]:
    return statement.observed.indexed if statement.observed else frozenset()


def _built_on(subject: Migration, statement: Statement, act: Act) -> frozenset[Key]:
    """Return the tables on which an act builds indexes and lets writers wait."""
    match act:
        case CreateIndex(concurrent=False, table=table):
            return frozenset({subject.key(table)})
        case Reindex(concurrent=False, kind="INDEX", target=Name() as index):
            found = subject.index(index, statement.before)
            return frozenset({(found[0].namespace, found[0].name)}) if found else _indexed(statement)
        case Reindex(concurrent=False):
            return _indexed(statement)
    return frozenset()
