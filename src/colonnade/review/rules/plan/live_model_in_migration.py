"""PL307."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule


class LiveModelInMigration(Rule[Migration]):
    """A revision imports application models or settings.

    Why: these change after it, and the revision changes with them: on a new database it does something else than it did
    in production.

    Example:

    ```python
    from app_models import STATES


    def upgrade():
        for state in STATES:
            op.execute(f"INSERT INTO states VALUES ('{state}')")


    def downgrade():
        op.execute("DELETE FROM states WHERE name IN ('a', 'b')")
    ```

    Use instead:

    ```python
    def upgrade():
        for state in ("a", "b"):
            op.execute(f"INSERT INTO states VALUES ('{state}')")


    def downgrade():
        op.execute("DELETE FROM states WHERE name IN ('a', 'b')")
    ```

    Fix: Write what it needs out in the revision.

    Source: alembic.sqlalchemy.org/en/latest/cookbook.html
    """

    code = "PL307"
    name = "live-model-in-migration"
    severity = Severity.warning
    needs = frozenset({Evidence.source})

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for imports of what is neither installed nor part of the migrations."""
        for each in subject.revision.imports if subject.revision else ():
            yield self.finding("the revision changes when it does", object=each.module, at=each.at)
