"""NE109."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.connection import ReviewedConnection
from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule

_LEAST_SECONDS = 10


class ShortConnectTimeout(Rule[ReviewedConnection]):
    """A compute that suspends is given less time than it may take to wake.

    Why: a cold start is taken for an outage, and the attempts that follow meet the same compute that is still waking.

    Example:

    ```toml
    url = "postgresql://app@ep-a-b-12345678-pooler.eu-central-1.aws.neon.tech/app?connect_timeout=3"
    ```

    Use instead:

    ```toml
    url = "postgresql://app@ep-a-b-12345678-pooler.eu-central-1.aws.neon.tech/app?connect_timeout=15"
    ```

    Fix: Allow 15 s.

    Source: neon.com/docs/connect/connection-latency
    """

    code = "NE109"
    name = "short-connect-timeout"
    severity = Severity.warning
    needs = frozenset({Evidence.source})
    fixed_by = "safe"

    def check(self, subject: ReviewedConnection) -> Iterator[Finding]:
        """Look at the URL of a compute that suspends; libpq takes 0 and less for no limit."""
        text = subject.dsn.option("connect_timeout")
        seconds = int(text) if text.isdigit() else 0
        if subject.dsn.neon and subject.compute.suspend_seconds and 0 < seconds < _LEAST_SECONDS:
            yield self.finding(
                "a cold start may take longer", object="connect_timeout", at=subject.at, detail=f"It is {seconds} s."
            )
