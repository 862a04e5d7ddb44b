"""NE101."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.connection import ReviewedConnection
from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule


class PooledMigrationUrl(Rule[ReviewedConnection]):
    """A tool that needs a session is given the address of a transaction pooler.

    Why: a pooler hands each transaction to another server connection, so that advisory locks, settings and prepared
    statements of a migration or a dump are lost, or left to somebody else.

    Example:

    ```toml
    url = "postgresql://owner@ep-cool-sun-12345678-pooler.eu-central-1.aws.neon.tech/app"
    purpose = "ddl"
    ```

    Use instead:

    ```toml
    url = "postgresql://owner@ep-cool-sun-12345678.eu-central-1.aws.neon.tech/app"
    purpose = "ddl"
    ```

    Fix: Use the direct host: the same one without -pooler.

    Source: neon.com/docs/connect/connection-pooling
    """

    code = "NE101"
    name = "pooled-migration-url"
    severity = Severity.error
    needs = frozenset({Evidence.source})
    fixed_by = "safe"

    def check(self, subject: ReviewedConnection) -> Iterator[Finding]:
        """Compare the purpose with what answers."""
        if subject.purpose == "ddl" and subject.pooled:
            direct = f"Use {subject.dsn.direct().host}." if subject.dsn.pooled else "Use the server's own address."
            yield self.finding(
                "a transaction pooler keeps no session", object=subject.dsn.host, at=subject.at, hint=direct
            )
