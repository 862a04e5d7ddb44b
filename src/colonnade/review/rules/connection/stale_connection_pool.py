"""NE106."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.connection import ReviewedConnection
from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule


class StaleConnectionPool(Rule[ReviewedConnection]):
    """A pool keeps connections to a compute that suspends, and looks at none of them before it is used.

    Why: the compute ends its connections when it suspends: the first request after a pause is given a dead one.

    Example:

    ```toml
    url = "postgresql://app@ep-cool-sun-12345678.eu-central-1.aws.neon.tech/app"
    pool = {size = 5, pre_ping = false}
    ```

    Use instead:

    ```toml
    url = "postgresql://app@ep-cool-sun-12345678.eu-central-1.aws.neon.tech/app"
    pool = {size = 5, pre_ping = true, recycle_seconds = 270}
    ```

    Fix: Set pool_pre_ping, and pool_recycle below the time after which it suspends; colonnade.runtime does both.

    Source: docs.sqlalchemy.org/en/20/core/pooling.html#dealing-with-disconnects
    """

    code = "NE106"
    name = "stale-connection-pool"
    severity = Severity.warning
    needs = frozenset({Evidence.source})
    fixed_by = "safe"

    def check(self, subject: ReviewedConnection) -> Iterator[Finding]:
        """Look at what is said of a pool; one that replaces its connections in time needs no ping."""
        pool, suspends = subject.pool, subject.compute.suspend_seconds
        said = pool.pre_ping is not None or pool.recycle_seconds is not None
        recycles = pool.recycle_seconds is not None and 0 <= pool.recycle_seconds < suspends
        if subject.dsn.neon and suspends and pool.size and said and not pool.pre_ping and not recycles:
            detail = f"The compute suspends after {suspends} s."
            yield self.finding("it gives out dead connections", object=subject.dsn.host, at=subject.at, detail=detail)
