"""RL105."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.connection import ReviewedConnection
from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule


class BypassingRole(Rule[ReviewedConnection]):
    """The application connects as a role that row-level security does not hold for.

    Why: policies are not asked for a superuser or a role with BYPASSRLS, forced or not, and nothing says so: everybody
    sees everything. Roles made in Neon's console or API have it. Policies add up, those of inherited roles too: a
    login for requests that is also a member of a job's role, to which a policy shows every row, is isolated
    from nobody.

    Example:

    ```sql
    -- connect as visitor
    CREATE ROLE visitor LOGIN BYPASSRLS;
    CREATE TABLE note (id int PRIMARY KEY, owner text);
    ALTER TABLE note ENABLE ROW LEVEL SECURITY;
    ALTER TABLE note FORCE ROW LEVEL SECURITY;
    GRANT SELECT ON note TO visitor;
    ```

    Use instead:

    ```sql
    -- connect as visitor
    CREATE ROLE visitor LOGIN NOBYPASSRLS;
    CREATE TABLE note (id int PRIMARY KEY, owner text);
    ALTER TABLE note ENABLE ROW LEVEL SECURITY;
    ALTER TABLE note FORCE ROW LEVEL SECURITY;
    GRANT SELECT ON note TO visitor;
    ```

    Fix: Connect as a role made by SQL with NOBYPASSRLS, with the grants that it needs; give jobs logins of their own.

    Source: postgresql.org/docs/current/ddl-rowsecurity.html
    """

    code = "RL105"
    name = "bypassing-role"
    severity = Severity.error
    needs = frozenset({Evidence.live})
    fixed_by = "migration"

    def check(self, subject: ReviewedConnection) -> Iterator[Finding]:
        """Look at the role's attributes, where there is something to be isolated."""
        server = subject.server
        if server is None or subject.purpose != "app" or not server.isolated:
            return
        if server.superuser or server.bypasses:
            why = "It is a superuser." if server.superuser else "It has BYPASSRLS."
            some = ", ".join(server.isolated[:5])
            yield self.finding(
                "row-level security does not hold for it",
                object=server.role,
                at=subject.at,
                detail=f"{why} It may read {some}.",
            )
        elif server.voided:
            yield self.finding(
                "it sees every row of isolated tables",
                object=server.role,
                at=subject.at,
                detail=f"A policy that shows all holds for it, too: {', '.join(server.voided[:5])}.",
            )
