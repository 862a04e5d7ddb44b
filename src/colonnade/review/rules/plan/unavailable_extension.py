"""NE301."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    CreateExtension,
)
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule


class UnavailableExtension(Rule[Migration]):
    """An extension is created that the target does not offer.

    Why: the migration passes on a server that has it, and fails in production.

    Example:

    ```sql
    -- with database
    -- migration
    CREATE EXTENSION no_such_extension;
    ```

    Use instead:

    ```sql
    -- with database
    -- migration
    CREATE EXTENSION pg_trgm;
    ```

    Fix: Choose one that the target offers.

    Source: neon.com/docs/extensions/pg-extensions
    """

    code = "NE301"
    name = "unavailable-extension"
    severity = Severity.error
    needs = frozenset({Evidence.plan, Evidence.live})

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Compare with what the target says that it has."""
        for statement, act in subject.each(CreateExtension):
            if act.name not in subject.target.extensions:
                yield self.finding("the target does not offer it", object=act.name, at=statement.place(act))
