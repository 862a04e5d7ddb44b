"""RL116."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema


class UnpinnedDefinerPath(Rule[ReviewedSchema]):
    """A SECURITY DEFINER function does not set its search_path.

    Why: its caller chooses which objects it touches, with the owner's rights.

    Example:

    ```sql
    -- migration
    CREATE FUNCTION f() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN 1; END';
    ```

    Use instead:

    ```sql
    -- migration
    CREATE FUNCTION f() RETURNS integer SECURITY DEFINER SET search_path = pg_catalog LANGUAGE plpgsql
      AS 'BEGIN RETURN 1; END';
    ```

    Fix: Add SET search_path to the function.

    Source: postgresql.org/docs/current/sql-createfunction.html, "Writing SECURITY DEFINER Functions Safely"
    """

    code = "RL116"
    name = "unpinned-definer-path"
    severity = Severity.error
    needs = frozenset({Evidence.catalog})
    fixed_by = "migration"

    def check(self, subject: ReviewedSchema) -> Iterator[Finding]:
        """Look at each definer function whose body is bound when it runs."""
        for function in subject.schema.functions:
            pinned = "search_path" in dict(function.configuration)
            standard = (
                function.body.lstrip().upper().startswith(("RETURN ", "BEGIN ATOMIC")) and function.language == "sql"
            )
            if function.security_definer and not pinned and not standard:
                yield self.finding("its caller chooses the search_path", object=function.name, at=subject.at)
