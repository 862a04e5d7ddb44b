"""Which role runs what reaches beyond the rows of one owner, and what it may do."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from colonnade.design.decision import Decision, Draft, Rejected
from colonnade.design.drafting import Drafting
from colonnade.design.names import constraint_name
from colonnade.design.ownership import reaches_beyond, wide_role
from colonnade.design.places import Places
from colonnade.design.queries import queries_at
from colonnade.schema import Grant, ObjectName, Policy, Table
from colonnade.spec import AccessPattern, Spec
from colonnade.sql.tokens import relations_read

_SOURCE = "postgresql.org/docs/current/sql-createpolicy.html"
_REJECTED = (
    Rejected(
        choice="a role with BYPASSRLS",
        reason="it would see every table whatever its policies say, and only a superuser or its like can make one",
    ),
    Rejected(choice="the owner of the tables", reason="it could change the tables and switch their row security off"),
    Rejected(choice="the application role", reason="one forgotten condition would show everybody's rows"),
)


class WideRoleDecider:
    """Lets patterns of scope `all` run as a role that sees the rows of every owner, in the tables that they read."""

    def decide(self, spec: Spec, draft: Draft) -> tuple[Draft, tuple[Decision, ...]]:
        """Return the draft with a policy and privileges for each such role; nothing without row security."""
        drafting = Drafting(draft)
        places = Places(spec, draft)
        by_role: dict[str, list[AccessPattern]] = defaultdict(list)
        for pattern in spec.access_patterns:
            if reaches_beyond(places, pattern):
                by_role[wide_role(spec, pattern)].append(pattern)
        for role, patterns in sorted(by_role.items()):
            _admit(drafting, places, role, patterns)
        return drafting.finish()


def _admit(drafting: Drafting, places: Places, role: str, patterns: list[AccessPattern]) -> None:
    """Grant the role what its patterns do, and let it see all rows of what is divided."""
    shaped: list[ObjectName] = []
    said: list[str] = []
    for name, privileges in sorted(_privileges(places, patterns).items()):
        table = next(each for each in drafting.tables.values() if each.name == name)
        if table.external:
            continue
        granted = replace(table, grants=(*table.grants, Grant(role=role, privileges=tuple(sorted(privileges)))))
        if table.row_security:
            policy = _policy(table, role, privileges)
            granted = replace(granted, policies=(*table.policies, policy))
            shaped.append(ObjectName(kind="policy", name=policy.name, table=table.name, namespace=table.namespace))
        drafting.put(granted)
        said.append(f"{', '.join(sorted(privileges))} on {name}")
    drafting.decide(
        Decision(
            question=f"role {role}: what reaches beyond one owner",
            choice=f"{'; '.join(said)}; a policy shows it all rows of these and of nothing else",
            reason=(
                f"{', '.join(each.id for each in patterns)} look at the rows of every owner. The role is bound by row"
                " security like the application's and may do what these patterns do. Grant it to the login of what"
                " runs them, and to no other."
            ),
            rejected=_REJECTED,
            shaped=tuple(shaped),
            facts=tuple(dict.fromkeys(span for each in patterns for span in each.at)),
            source=_SOURCE,
            patterns=tuple(each.id for each in patterns),
        )
    )


def _policy(table: Table, role: str, privileges: set[str]) -> Policy:
    return Policy(
        name=constraint_name(table.name, role.rpartition("_")[2]),
        command="SELECT" if privileges == {"SELECT"} else "ALL",
        roles=(role,),
        using="true",
    )


def _privileges(places: Places, patterns: list[AccessPattern]) -> dict[str, set[str]]:
    """Return what the statements of the patterns need, by table."""
    found: dict[str, set[str]] = defaultdict(set)
    for pattern in patterns:
        for query in queries_at(places, pattern):
            for name in relations_read(query.sql):
                if any(table.name == name for table in places.schema.tables):
                    found[name].add("SELECT")
            if pattern.writes:
                # A soft deletion is an update; the condition of either reads what it changes.
                verb = query.sql.split(None, 1)[0]
                found[query.driving_table].add(verb)
                if verb != "INSERT":
                    found[query.driving_table].add("SELECT")
    return found
