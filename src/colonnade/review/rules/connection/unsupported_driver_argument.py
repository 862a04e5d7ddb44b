"""NE103."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.connection import ReviewedConnection
from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule


class UnsupportedDriverArgument(Rule[ReviewedConnection]):
    """A URL for asyncpg has a parameter of libpq.

    Why: SQLAlchemy hands `sslmode` and `channel_binding` to asyncpg as arguments, which fails; asyncpg by itself sends
    what it does not know to the server as a setting.

    Example:

    ```toml
    url = "postgresql+asyncpg://app@ep-a-b-12345678.eu-central-1.aws.neon.tech/app?sslmode=require"
    ```

    Use instead:

    ```toml
    url = "postgresql+psycopg://app@ep-a-b-12345678.eu-central-1.aws.neon.tech/app?sslmode=require"
    ```

    Fix: Let the runtime translate the URL: async_engine(url, driver="asyncpg"), with the driver left out of it.

    Source: github.com/sqlalchemy/sqlalchemy/issues/6275
    """

    code = "NE103"
    name = "unsupported-driver-argument"
    severity = Severity.error
    needs = frozenset({Evidence.source})
    fixed_by = "safe"

    def check(self, subject: ReviewedConnection) -> Iterator[Finding]:
        """Look for the two that every Neon URL has."""
        if subject.driver == "asyncpg":
            for name in ("sslmode", "channel_binding"):
                if subject.dsn.option(name):
                    yield self.finding("asyncpg does not know it", object=name, at=subject.at)
