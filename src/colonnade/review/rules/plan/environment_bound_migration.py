"""PL602."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Act,
    AlterTable,
    PolicyChange,
    Privilege,
    RoleChange,
    SetOwner,
)
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule


class EnvironmentBoundMigration(Rule[Migration]):
    """A statement names a role, database or tablespace that neither the history nor the configuration creates.

    Why: the migration passes in the environment that has it, and fails in every other one.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    GRANT SELECT ON orders TO prod_readonly;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    GRANT SELECT ON orders TO CURRENT_USER;
    ```

    Fix: Declare the name in `names` of [tool.colonnade.lint], or move the statement to the environment's setup.

    Source: postgresql.org/docs/current/user-manag.html
    """

    code = "PL602"
    name = "environment-bound-migration"
    severity = Severity.error
    needs = frozenset({Evidence.plan})

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for names of what belongs to the server and not to the database."""
        made = {act.role for _, act in subject.each(RoleChange) if act.create}
        known = {*subject.target.names, *made, *_ANYBODY}
        for statement, act in subject.each(Act):
            for name in sorted(set(_names(act)) - known):
                yield self.finding("nothing creates it", object=name, at=statement.place(act))


_ANYBODY = frozenset(("public", "CURRENT_ROLE", "CURRENT_USER", "SESSION_USER"))


def _names(act: Act) -> tuple[str, ...]:
    """Return the roles, databases and tablespaces that an act names."""
    match act:
        case Privilege(kind="ROLE", roles=roles, objects=objects):
            return (*roles, *(each.name for each in objects))
        case Privilege(kind="DATABASE" | "TABLESPACE", roles=roles, objects=objects):
            return (*roles, *(each.name for each in objects))
        case Privilege(roles=roles) | PolicyChange(roles=roles):
            return roles
        case SetOwner(role=role) | RoleChange(create=False, role=role):
            return (role,)
        case AlterTable(what="SetTableSpace", name=name) if name not in ("pg_default", ""):
            return (name,)
    return ()
