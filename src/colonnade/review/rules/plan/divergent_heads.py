"""PL308."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule


class DivergentHeads(Rule[Migration]):
    """The history has more than one head.

    Why: `alembic upgrade head` refuses to choose, and two releases can run them in different orders.

    Example:

    ```python
    down_revision = "base0"


    def upgrade():
        op.execute("SELECT 1")


    def downgrade():
        op.execute("SELECT 1")
    ```

    Use instead:

    ```python
    def upgrade():
        op.execute("SELECT 1")


    def downgrade():
        op.execute("SELECT 1")
    ```

    Fix: Merge them with `alembic merge heads`, or give branches a label.

    Source: alembic.sqlalchemy.org/en/latest/branches.html
    """

    code = "PL308"
    name = "divergent-heads"
    severity = Severity.error
    needs = frozenset({Evidence.history})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Count the heads, once for the whole history."""
        revision = subject.revision
        if revision is not None and len(revision.heads) > 1:
            names = ", ".join(sorted(revision.heads))
            yield self.finding("the history has several heads", object=names, at=revision.at)
