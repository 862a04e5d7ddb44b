"""PL306."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule


class IncompleteDowngrade(Rule[Migration]):
    """Upgrade and downgrade together do not give back the schema before.

    Why: a release that is taken back leaves a schema that neither the old nor the new code was made for.

    Example:

    ```python
    def upgrade():
        op.execute("CREATE TYPE mood AS ENUM ('good', 'bad')")
        op.add_column("orders", sa.Column("mood", sa.Enum(name="mood", create_type=False)))


    def downgrade():
        op.drop_column("orders", "mood")
    ```

    Use instead:

    ```python
    def upgrade():
        op.execute("CREATE TYPE mood AS ENUM ('good', 'bad')")
        op.add_column("orders", sa.Column("mood", sa.Enum(name="mood", create_type=False)))


    def downgrade():
        op.drop_column("orders", "mood")
        op.execute("DROP TYPE mood")
    ```

    Fix: Undo everything, or say why that cannot be: `irreversible = "reason"` in the revision.

    Source: alembic.sqlalchemy.org/en/latest/tutorial.html#running-our-second-migration
    """

    code = "PL306"
    name = "incomplete-downgrade"
    severity = Severity.warning
    needs = frozenset({Evidence.observed, Evidence.history})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look at what differed after the way there and back."""
        revision = subject.revision
        if revision is not None and revision.left_over and not revision.irreversible:
            detail = f"To be as before it lacks: {'; '.join(revision.left_over)}."
            yield self.finding(
                "the downgrade does not undo it", object=revision.revision, at=revision.downgrade_at, detail=detail
            )
