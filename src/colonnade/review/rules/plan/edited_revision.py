"""PL309."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule


class EditedRevision(Rule[Migration]):
    """A revision that was released has been edited.

    Why: databases that have run it do not run it again: from then on they differ from new ones.

    Example:

    ```python
    def upgrade():
        op.execute("CREATE TABLE later (id bigint)")


    def downgrade():
        op.execute("DROP TABLE later")
    ```

    Use instead:

    ```python
    def upgrade():
        op.execute("SELECT 1")


    def downgrade():
        op.execute("SELECT 1")
    ```

    Fix: Leave it as it was, and write a new revision.

    Source: alembic.sqlalchemy.org/en/latest/tutorial.html
    """

    code = "PL309"
    name = "edited-revision"
    severity = Severity.error
    needs = frozenset({Evidence.released})

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Compare the code of the revision, without comments and layout, with that of the release."""
        revision = subject.revision
        if (
            revision is not None
            and revision.released is not None
            and _code(revision.released) != _code(revision.source)
        ):
            yield self.finding("it was released in another form", object=revision.revision, at=revision.at)


def _code(source: str) -> str:
    """Return the code without comments, layout and docstrings."""
    tree = ast.parse(source)
    tree.body = [
        each for each in tree.body if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
    ]
    return ast.dump(tree)
