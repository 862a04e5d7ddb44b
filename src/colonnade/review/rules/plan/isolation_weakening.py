"""PL509."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.plan.acts import (
    RoleChange,
)
from colonnade.review.plan.changes import table_after
from colonnade.review.plan.migration import Migration, shown
from colonnade.review.rule import Rule
from colonnade.schema import (
    Table,
)


class IsolationWeakening(Rule[Migration]):
    """The migration weakens row-level security.

    Why: rows of one user become visible to, or writable by, another, and nothing fails.

    Example:

    ```sql
    CREATE TABLE notes (id bigint PRIMARY KEY, owner text NOT NULL);
    ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
    ALTER TABLE notes FORCE ROW LEVEL SECURITY;
    CREATE POLICY own ON notes USING (owner = current_setting('app.user', true));
    -- migration
    ALTER TABLE notes NO FORCE ROW LEVEL SECURITY;
    ```

    Use instead:

    ```sql
    CREATE TABLE notes (id bigint PRIMARY KEY, owner text NOT NULL);
    ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
    ALTER TABLE notes FORCE ROW LEVEL SECURITY;
    CREATE POLICY own ON notes USING (owner = current_setting('app.user', true));
    -- migration
    ALTER POLICY own ON notes USING (owner = current_setting('app.user', true));
    ```

    Fix: Prove who can see and write what after it, and say so in a suppression.

    Source: postgresql.org/docs/current/ddl-rowsecurity.html
    """

    code = "PL509"
    name = "isolation-weakening"
    severity = Severity.error
    needs = frozenset({Evidence.plan, Evidence.catalog})

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Compare what isolates each table before and after each statement, and look at roles."""
        for statement in subject.statements:
            for table in statement.before.tables if statement.before else ():
                after = table_after(statement.after, table)
                key = (table.namespace, table.name)
                if after is not None and subject.is_existing(key) and table.row_security:
                    final = table_after(subject.after, table)
                    lasting = _weaker(table, final) if final is not None else []
                    for what in (each for each in _weaker(table, after) if each in lasting):
                        yield self.finding(what, object=shown(key), at=statement.at)
            for act in statement.acts:
                if isinstance(act, RoleChange) and dict(act.options).get("bypassrls"):
                    yield self.finding("the role passes by every policy", object=act.role, at=statement.place(act))
            for view in statement.before.views if statement.before else ():
                same = [each for each in (statement.after.views if statement.after else ()) if each.name == view.name]
                if view.security_invoker and same and not same[0].security_invoker:
                    yield self.finding("the view reads with its owner's rights", object=view.name, at=statement.at)


def _weaker(before: Table, after: Table) -> list[str]:
    """Return what isolates a table no more."""
    found = []
    if not after.row_security:
        found.append("row-level security is turned off")
    elif before.force_row_security and not after.force_row_security:
        found.append("policies do not hold for the owner any more")
    kept = {policy.name: policy for policy in after.policies}
    for policy in before.policies:
        now = kept.get(policy.name)
        if now is None and not policy.permissive:
            found.append(f'the restrictive policy "{policy.name}" is gone')
        elif now is not None and (now.using, now.with_check) != (policy.using, policy.with_check):
            found.append(f'the policy "{policy.name}" has another condition')
        elif now is not None and set(now.roles) - set(policy.roles):
            found.append(f'the policy "{policy.name}" holds for more roles')
    known = {policy.name for policy in before.policies}
    added = [each for each in after.policies if known and each.permissive and each.name not in known]
    found += [f'the policy "{policy.name}" lets in more' for policy in added]
    public = {privilege for grant in after.grants if grant.role == "public" for privilege in grant.privileges}
    public -= {privilege for grant in before.grants if grant.role == "public" for privilege in grant.privileges}
    return found + (["everybody gets privileges on it"] if public else [])
