"""NE107."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.connection import ReviewedConnection
from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule


class OversizedPool(Rule[ReviewedConnection]):
    """The processes together open more connections than there are.

    Why: under load, when all pools are full, requests fail because the server takes no more connections, and nobody
    gets in to look.

    Example:

    ```toml
    url = "postgresql://app@ep-a-b-12345678.eu-central-1.aws.neon.tech/app"
    pool = {size = 5, overflow = 10, processes = 8}
    ```

    Use instead:

    ```toml
    url = "postgresql://app@ep-a-b-12345678-pooler.eu-central-1.aws.neon.tech/app"
    pool = {size = 5, overflow = 10, processes = 8}
    ```

    Fix: Make the pools smaller, or go through the pooler.

    Source: neon.com/docs/connect/connection-pooling
    """

    code = "NE107"
    name = "oversized-pool"
    severity = Severity.error
    needs = frozenset({Evidence.source})

    def check(self, subject: ReviewedConnection) -> Iterator[Finding]:
        """Compare with nine tenths of what there are."""
        budget = subject.compute.budget(pooled=subject.pooled)
        if subject.pool.connections > budget:
            yield self.finding(
                "the pools exceed nine tenths of the connections",
                object=subject.dsn.host,
                at=subject.at,
                detail=f"All pools together open up to {subject.pool.connections} connections; {budget} are sound.",
            )
