"""NE104."""

from __future__ import annotations

import re
from collections.abc import Iterator

from colonnade.review.connection import ReviewedConnection
from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule

# A pair is one percent sign, and `%(` begins the name of another setting.
_SINGLE = re.compile(r"(?<!%)(?:%%)*%(?![%(])")


class UnescapedPercent(Rule[ReviewedConnection]):
    """A URL has a percent sign that Alembic's configuration takes for the beginning of something else.

    Why: the file is read with interpolation, so that an escaped character of a password raises when the setting is
    read: in production, where the deployment writes the file.

    Example:

    ```toml
    alembic = "postgresql+psycopg://owner:p%40ss@db.example/app"
    ```

    Use instead:

    ```toml
    alembic = "postgresql+psycopg://owner:p%%40ss@db.example/app"
    ```

    Fix: Double it, or build the engine from the environment in env.py.

    Source: docs.python.org/3/library/configparser.html#interpolation-of-values
    """

    code = "NE104"
    name = "unescaped-percent"
    severity = Severity.error
    needs = frozenset({Evidence.source})
    fixed_by = "safe"

    def check(self, subject: ReviewedConnection) -> Iterator[Finding]:
        """Look for a percent sign that is neither doubled nor the name of another setting."""
        if _SINGLE.search(subject.setting):
            yield self.finding("it cannot be read", object="sqlalchemy.url", at=subject.at)
