"""PL301."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import Block, CreateIndex, Drop
from colonnade.review.plan.migration import Migration, Statement
from colonnade.review.rule import Rule


class SkippedInvalidIndex(Rule[Migration]):
    """A concurrent build says IF NOT EXISTS, and nothing before it drops an invalid index of that name.

    Why: a concurrent build that fails leaves an invalid index. The second run skips it and reports success, over an
    index that no query uses and that no uniqueness rests on.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text NOT NULL);
    -- migration
    CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_status_idx ON orders (status);
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text NOT NULL);
    -- migration
    DROP INDEX CONCURRENTLY IF EXISTS orders_status_idx;
    CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_status_idx ON orders (status);
    ```

    Fix: Drop the index when pg_index says that it is not indisvalid, then create it.

    Source: postgresql.org/docs/current/sql-createindex.html, "Building Indexes Concurrently"
    """

    code = "PL301"
    name = "skipped-invalid-index"
    severity = Severity.error
    needs = frozenset({Evidence.plan})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for a step before the build that would drop the index, be it for its invalidity."""
        for statement, act in subject.each(CreateIndex):
            if (
                act.concurrent
                and act.if_not_exists
                and not any(_drops(each, act.name) for each in subject.earlier(statement))
            ):
                yield self.finding(
                    "an invalid index of this name would be skipped", object=act.name, at=statement.place(act)
                )


def _drops(statement: Statement, index: str) -> bool:
    """Tell whether a statement drops the index, or a block that looks at validity does."""
    for act in statement.acts:
        if isinstance(act, Drop) and act.kind == "INDEX" and any(name.name == index for name in act.names):
            return True
        if isinstance(act, Block) and "indisvalid" in act.words and index in act.body:
            return True
    return False
