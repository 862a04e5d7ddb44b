"""NE105."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.connection import ReviewedConnection
from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule


class ImplicitDriver(Rule[ReviewedConnection]):
    """SQLAlchemy is given a URL that names no driver.

    Why: it means psycopg2 on SQLAlchemy 2.0 and psycopg on 2.1: an upgrade changes the driver, or finds none.

    Example:

    ```toml
    alembic = "postgresql://owner@db.example/app"
    ```

    Use instead:

    ```toml
    alembic = "postgresql+psycopg://owner@db.example/app"
    ```

    Fix: Name the driver: postgresql+psycopg://.

    Source: docs.sqlalchemy.org/en/21/changelog/migration_21.html
    """

    code = "NE105"
    name = "implicit-driver"
    severity = Severity.warning
    needs = frozenset({Evidence.source})
    fixed_by = "safe"

    def check(self, subject: ReviewedConnection) -> Iterator[Finding]:
        """Look at URLs that go to SQLAlchemy as they are."""
        if subject.setting and not subject.driver:
            yield self.finding("it names no driver", object="sqlalchemy.url", at=subject.at)
