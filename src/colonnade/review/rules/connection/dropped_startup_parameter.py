"""NE102."""

from __future__ import annotations

import re
from collections.abc import Iterator

from colonnade.review.connection import ReviewedConnection
from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule

_SETTING = re.compile(r"(?:^|\s)(?:-c\s*|--)([a-z_][\w.]*)", re.IGNORECASE)


class DroppedStartupParameter(Rule[ReviewedConnection]):
    """A setting is sent along with the connection, where a pooler refuses it.

    Why: PgBouncer knows a few startup parameters and refuses the others, so that nobody gets in; Neon's proxy drops
    what is not in `options` without a word, so that a timeout seems to be set and is not.

    Example:

    ```toml
    url = "postgresql://app@ep-a-b-12345678-pooler.eu-central-1.aws.neon.tech/app?options=-c%20statement_timeout%3D5s"
    ```

    Use instead:

    ```toml
    url = "postgresql://app@ep-a-b-12345678.eu-central-1.aws.neon.tech/app?options=-c%20statement_timeout%3D5s"
    ```

    Fix: SET LOCAL it in each transaction (settings= of the runtime does), or ALTER ROLE … SET it.

    Source: neon.com/docs/connect/connection-errors
    """

    code = "NE102"
    name = "dropped-startup-parameter"
    severity = Severity.error
    needs = frozenset({Evidence.source})

    def check(self, subject: ReviewedConnection) -> Iterator[Finding]:
        """Look for settings in `options`."""
        if subject.pooled:
            for setting in _SETTING.findall(subject.dsn.option("options")):
                yield self.finding("a pooler refuses it as a startup parameter", object=setting, at=subject.at)
