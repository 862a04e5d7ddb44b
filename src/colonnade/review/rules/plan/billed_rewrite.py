"""NE303."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.migration import Migration, shown
from colonnade.review.rule import Rule


class BilledRewrite(Rule[Migration]):
    """A large table is written anew, and on Neon every byte of that is history that is kept and billed.

    Why: the whole table goes through the log, which counts until the history window has passed.

    Example:

    ```sql
    -- with neon database size=public.orders:5000000000
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ALTER COLUMN total TYPE numeric(14, 4);
    ```

    Use instead:

    ```sql
    -- with neon database size=public.orders:5000000000
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    ALTER TABLE orders ALTER COLUMN total TYPE numeric(14, 2);
    ```

    Fix: Avoid the rewrite, or shorten the history window first.

    Source: neon.com/docs/introduction/usage-metrics
    """

    code = "NE303"
    name = "billed-rewrite"
    severity = Severity.note
    needs = frozenset({Evidence.observed, Evidence.live})

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look at the sizes of what was written anew, where Neon is the target."""
        for statement in subject.statements if subject.target.neon else ():
            for key in sorted(statement.observed.rewritten) if statement.observed else ():
                size = subject.target.size_bytes.get(".".join(key), 0)
                if size > _LARGE_BYTES:
                    detail = f"It takes {size / _LARGE_BYTES:.1f} GiB."
                    yield self.finding("it is written anew", object=shown(key), at=statement.at, detail=detail)


_LARGE_BYTES = 2**30
