"""PL305."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    AddEnumValue,
)
from colonnade.review.plan.migration import Migration
from colonnade.review.plan.questions import (
    same_transaction,
)
from colonnade.review.rule import Rule


class EnumValueBeforeCommit(Rule[Migration]):
    """A value is added to an enum and used in the same transaction.

    Why: Postgres refuses that with SQLSTATE 55P04, also where each statement by itself is right.

    Example:

    ```sql
    CREATE TYPE state AS ENUM ('new', 'done');
    CREATE TABLE orders (id bigint PRIMARY KEY, state state);
    -- migration
    BEGIN;
    ALTER TYPE state ADD VALUE 'paid';
    ALTER TABLE orders ALTER COLUMN state SET DEFAULT 'paid';
    COMMIT;
    ```

    Use instead:

    ```sql
    CREATE TYPE state AS ENUM ('new', 'done');
    CREATE TABLE orders (id bigint PRIMARY KEY, state state);
    -- migration
    ALTER TYPE state ADD VALUE 'paid';
    ALTER TABLE orders ALTER COLUMN state SET DEFAULT 'paid';
    ```

    Fix: Commit between the two; in Alembic add the value in an autocommit block.

    Source: postgresql.org/docs/current/sql-altertype.html, Notes
    """

    code = "PL305"
    name = "enum-value-before-commit"
    severity = Severity.error
    needs = frozenset({Evidence.plan, Evidence.observed})
    fixed_by = "safe"

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for what Postgres refused for this reason."""
        for statement in subject.statements:
            if statement.refused is not None and statement.refused.sqlstate == "55P04":
                added = [act for each in same_transaction(subject, statement) for act in each.acts]
                for act in added:
                    if isinstance(act, AddEnumValue) and act.value in statement.sql:
                        yield self.finding(
                            f"the value '{act.value}' is used before it is committed",
                            object=str(act.type),
                            at=statement.at,
                        )
