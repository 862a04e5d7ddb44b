"""PL203."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Act,
    Block,
    CreateIndex,
    Drop,
    Reindex,
)
from colonnade.review.plan.migration import Migration, Statement
from colonnade.review.rule import Rule


class InterruptibleConcurrentBuild(Rule[Migration]):
    """A concurrent index build runs under a timeout.

    Why: when the timeout strikes, an invalid index is left behind: it costs every write, and no query uses it.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    SET statement_timeout = '1min';
    CREATE INDEX CONCURRENTLY i ON orders (status);
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    SET statement_timeout = 0;
    SET lock_timeout = 0;
    CREATE INDEX CONCURRENTLY i ON orders (status);
    ```

    Fix: Set both timeouts to 0 for this statement.

    Source: postgresql.org/docs/current/sql-createindex.html, "Building Indexes Concurrently"
    """

    code = "PL203"
    name = "interruptible-concurrent-build"
    severity = Severity.warning
    needs = frozenset({Evidence.plan})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for concurrent builds under a timeout after which nothing builds anew."""
        for statement, act in subject.each(Act):
            if not isinstance(act, CreateIndex | Reindex) or not act.concurrent:
                continue
            name = act.name if isinstance(act, CreateIndex) else str(act.target or "")
            if (statement.statement_timeout_ms or statement.lock_timeout_ms) and not _built_again(
                subject, statement, name
            ):
                yield self.finding("a timeout would leave an invalid index", object=name, at=statement.place(act))


def _built_again(subject: Migration, statement: Statement, name: str) -> bool:
    """Tell whether a later step drops the index and builds it again."""
    later = [act for each in subject.later(statement) for act in each.acts]
    drops = any(isinstance(act, Drop) and any(each.name == name for each in act.names) for act in later)
    checks = any(isinstance(act, Block) and name in act.body and "indisvalid" in act.words for act in later)
    return (drops or checks) and any(isinstance(act, CreateIndex) and act.name == name for act in later)
