"""NE108."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.connection import ReviewedConnection
from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule


class WakefulKeepalive(Rule[ReviewedConnection]):
    """Something is sent more often than a compute suspends, so that it never does.

    Why: a health check, a keepalive or a pool that is filled up counts as use: the compute is billed around the clock.

    Example:

    ```toml
    url = "postgresql://app@ep-cool-sun-12345678.eu-central-1.aws.neon.tech/app"
    pool = {size = 5, keepalive_seconds = 60}
    ```

    Use instead:

    ```toml
    url = "postgresql://app@ep-cool-sun-12345678.eu-central-1.aws.neon.tech/app"
    pool = {size = 5, pre_ping = true}
    ```

    Fix: Look at a connection when it is used (pool_pre_ping), and let health checks leave the database alone.

    Source: neon.com/docs/introduction/scale-to-zero
    """

    code = "NE108"
    name = "wakeful-keepalive"
    severity = Severity.warning
    needs = frozenset({Evidence.source})

    def check(self, subject: ReviewedConnection) -> Iterator[Finding]:
        """Compare how often something is sent with when the compute suspends."""
        every, suspends = subject.pool.keepalive_seconds, subject.compute.suspend_seconds
        if subject.dsn.neon and every and every < suspends:
            detail = f"It is sent every {every:g} s; the compute suspends after {suspends} s."
            yield self.finding("it keeps the compute awake", object=subject.dsn.host, at=subject.at, detail=detail)
