"""NE202."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.connection import ReviewedConnection
from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule

POWERFUL = frozenset({"neon_superuser", "databricks_superuser"})


class OverprivilegedAppRole(Rule[ReviewedConnection]):
    """The application connects as a role that may read and write everything.

    Why: roles made in Neon's console or API belong to `neon_superuser`: they create roles and databases and read and
    write all data, and so does whoever gets hold of the application's password.

    Example:

    ```sql
    -- connect as visitor
    CREATE ROLE neon_superuser NOLOGIN;
    CREATE ROLE visitor LOGIN IN ROLE neon_superuser;
    ```

    Use instead:

    ```sql
    -- connect as visitor
    CREATE ROLE visitor LOGIN NOBYPASSRLS;
    ```

    Fix: Make the application's role by SQL, with the grants that it needs.

    Source: neon.com/docs/manage/roles
    """

    code = "NE202"
    name = "overprivileged-app-role"
    severity = Severity.warning
    needs = frozenset({Evidence.live})
    fixed_by = "migration"

    def check(self, subject: ReviewedConnection) -> Iterator[Finding]:
        """Look at whom the role belongs to; where it bypasses row-level security, RL105 says so."""
        server = subject.server
        if server is None or subject.purpose != "app" or (server.isolated and (server.bypasses or server.superuser)):
            return
        for role in sorted(POWERFUL & set(server.member_of)):
            yield self.finding(
                "it may read and write all data", object=server.role, at=subject.at, detail=f"It belongs to {role}."
            )
