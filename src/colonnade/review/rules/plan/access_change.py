"""PL510."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    Act,
    Drop,
    Name,
    PolicyChange,
    Privilege,
    RoleChange,
)
from colonnade.review.plan.migration import Migration
from colonnade.review.rule import Rule


class AccessChange(Rule[Migration]):
    """A policy, a privilege or a role changes.

    Why: who may see and do what deserves a second reader.

    Example:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    GRANT SELECT ON orders TO CURRENT_USER;
    ```

    Use instead:

    ```sql
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total numeric(12, 2));
    -- migration
    COMMENT ON TABLE orders IS 'what was ordered';
    ```

    Fix: Let a second person read it.

    Source: postgresql.org/docs/current/ddl-priv.html
    """

    code = "PL510"
    name = "access-change"
    severity = Severity.note
    needs = frozenset({Evidence.plan})
    default = False

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Look for changes of access to what was there before."""
        for statement, act in subject.each(Act):
            match act:
                case Privilege(objects=objects, kind="TABLE") if objects and not any(
                    subject.is_existing(each) for each in objects
                ):
                    continue
                case Privilege(objects=objects):
                    yield self.finding(
                        "privileges change", object=", ".join(map(str, objects)), at=statement.place(act)
                    )
                case PolicyChange(table=table) if subject.is_existing(table):
                    yield self.finding("a policy changes", object=str(table), at=statement.place(act))
                case Drop(kind="POLICY", table=Name() as table) if subject.is_existing(table):
                    yield self.finding("a policy is dropped", object=str(table), at=statement.place(act))
                case RoleChange(create=False, role=role):
                    yield self.finding("a role changes", object=role, at=statement.place(act))
