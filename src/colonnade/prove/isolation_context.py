"""Proofs of what isolation rests on: the role, the force of the policies, the life of the setting, its cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from colonnade.design import Design
from colonnade.errors import StatementError
from colonnade.postgres import Session
from colonnade.prove.claim import Claim, Evidence
from colonnade.prove.tenancy import NOBODY_KNOWN, TRIAL_ROLE, Tenancy, belongs_to_owner
from colonnade.schema import ObjectName, Table
from colonnade.sql.identifier import quote
from colonnade.sql.literal import literal

_TRIAL_OWNER = "colonnade_trial_owner"
_TRIAL_TENANT = "1"
_ALWAYS = (
    "Superusers and roles with BYPASSRLS see every row whatever the policies say: the application must be neither."
)
_LOGIN = "login and registration read it before anybody is known"
# Every role that the application role may act as, itself included, and what each of them may do.
_ROLES = """
WITH RECURSIVE acts_as (oid) AS (
    SELECT oid FROM pg_roles WHERE rolname = {role}
    UNION
    SELECT m.roleid FROM pg_auth_members m JOIN acts_as a ON a.oid = m.member
)
SELECT r.rolname, r.rolsuper, r.rolbypassrls,
    ARRAY(SELECT c.oid::regclass::text FROM pg_class c WHERE c.relowner = r.oid AND c.relrowsecurity ORDER BY 1)
FROM acts_as JOIN pg_roles r USING (oid)
ORDER BY r.rolname <> {role}, r.rolname"""


def role_is_subject(session: Session, tenancy: Tenancy, *, obstacle: str = "", others: Sequence[str] = ()) -> Evidence:
    """Return the evidence that the role can neither bypass the policies nor act as a role that can.

    `others` see the rows of every owner. `obstacle` says why the role may not be there at all.
    """
    if tenancy.role == TRIAL_ROLE:
        observed = f"No policy or privilege names the application's role; a plain one was tried instead. {_ALWAYS}"
        return Evidence(claim=_role_claim(tenancy.role), verdict="not_run", observed=observed)
    return is_subject(session, tenancy.role, obstacle=obstacle, others=others)


def is_subject(session: Session, role: str, *, obstacle: str = "", others: Sequence[str] = ()) -> Evidence:
    """Return the evidence that a role is subject to policies, and acts as none that is not, nor as one of `others`."""
    sql = _ROLES.format(role=literal(role)).strip()
    claim = _role_claim(role)
    found = session.execute(sql)
    faults = [fault for row in found for fault in _faults(*row)]
    faults += [f"it may act as {name}: REVOKE {quote(name)} FROM {quote(role)}" for name, *_ in found if name in others]
    if not found and obstacle:
        return Evidence(claim=claim, verdict="not_run", sql=f"{sql};", observed=obstacle)
    if not found:
        return Evidence(claim=claim, verdict="refuted", sql=f"{sql};", observed=f"There is no role {role}. Create it.")
    if faults:
        return Evidence(claim=claim, verdict="refuted", sql=f"{sql};", observed=f"{'; '.join(faults)}. {_ALWAYS}")
    also = ", ".join(name for name, *_ in found[1:])
    acts = f"it may also act as {also}, of which the same holds" if also else "it may act as no other role"
    return Evidence(claim=claim, verdict="proved", sql=f"{sql};", observed=f"So it is; {acts}. {_ALWAYS}")


def _role_claim(role: str) -> Claim:
    return Claim(
        id=f"isolation/role/{role}",
        kind="isolation",
        sentence=f"the role {role} bypasses no policy, owns no isolated table and acts as no role that does",
        object=ObjectName(kind="role", name=role),
    )


def _faults(name: str, is_super: bool, bypasses: bool, owned: list[str]) -> Iterator[str]:
    if is_super:
        yield f"{name} is a superuser: ALTER ROLE {quote(name)} NOSUPERUSER"
    if bypasses:
        yield f"{name} bypasses row security: ALTER ROLE {quote(name)} NOBYPASSRLS"
    if owned:
        yield f"{name} owns {', '.join(owned)} and could switch their row security off: give them another owner"


def unisolated(tenancy: Tenancy, design: Design | None) -> Evidence:
    """Return the evidence that what belongs to somebody is isolated, or is not by a recorded decision."""
    claim = Claim(
        id="isolation/coverage",
        kind="isolation",
        sentence="every table whose rows are somebody's is isolated, or a decision says why not",
        object=ObjectName(kind="schema", name="public"),
    )
    decided = {} if design is None else {each.question: each.reason for each in design.decisions}
    open_tables = [
        tenancy.schema.table(name, namespace=namespace)
        for namespace, name in sorted(belongs_to_owner(tenancy))
        if not tenancy.is_isolated((namespace, name))
    ]
    if not tenancy.owner.external and not tenancy.is_isolated((tenancy.owner.namespace, tenancy.owner.name)):
        open_tables.append(tenancy.owner)
    named = {table: decided.get(f"isolation of {table.name}", "") for table in open_tables}
    if tenancy.owner in named and not decided:
        named[tenancy.owner] = _LOGIN
    views = [view.name for view in tenancy.schema.views if not view.security_invoker]
    faults = [
        f"{table.name} belongs to somebody and has no policy: isolate it"
        for table, reason in named.items()
        if not reason
    ]
    faults += [f"the view {name} looks past the policies: make it security_invoker" for name in views]
    if faults:
        return Evidence(claim=claim, verdict="refuted", observed="; ".join(faults))
    details = tuple(f"{table.name}: {reason}" for table, reason in named.items())
    left_open = ", ".join(table.name for table in open_tables)
    count = f"{len(tenancy.isolated)} tables are isolated"
    observed = (
        f"{count}; not isolated by decision: {left_open}" if left_open else f"{count}; no other holds an owner's rows"
    )
    return Evidence(claim=claim, verdict="proved", observed=observed, details=details)


def ends_with_transaction(session: Session, tenancy: Tenancy) -> Evidence:
    """Return the evidence that the caller's name does not outlive a transaction on its connection."""
    claim = Claim(
        id="isolation/setting/ends",
        kind="isolation",
        sentence=f"{tenancy.setting} is gone after a commit and after a rollback on the same connection",
        object=ObjectName(kind="role", name=tenancy.role),
    )
    if session.in_transaction:
        return Evidence(claim=claim, verdict="not_run", observed="the session is inside a transaction")
    name = tenancy.name(_TRIAL_TENANT)
    read = f"SELECT coalesce(current_setting({literal(tenancy.setting)}, true), '')"
    seen = []
    for block in (session.transaction, session.rolled_back):
        with block():
            session.execute(name)
            within = session.value(read)
        seen.append((within, session.value(read)))
    sql = f"BEGIN;\n{name};\nCOMMIT;\n{read};\nBEGIN;\n{name};\nROLLBACK;\n{read};"
    ended = seen == [(_TRIAL_TENANT, "")] * 2
    observed = "; ".join(f"within {within!r}, after {after!r}" for within, after in seen)
    remedy = (
        "" if ended else ". Set it with set_config(…, true) only, and remove it from ALTER ROLE and ALTER DATABASE."
    )
    return Evidence(claim=claim, verdict="proved" if ended else "refuted", sql=sql, observed=f"{observed}{remedy}")


def forced(session: Session, table: Table, *, obstacle: str) -> Evidence:
    """Return the evidence that the table's owner is subject to its policies too."""
    claim = _claim(table, "force", "its owner is subject to the policies too, unless a superuser")
    sql = ";\n".join(_as_owner(session, table))
    if obstacle:
        return Evidence(claim=claim, verdict="not_run", observed=obstacle)
    stored = session.value(f"SELECT count(*) FROM {table.identifier}")  # noqa: S608 - a quoted name
    attempt = session.attempt_all([sql])[0]
    if not attempt.ok and attempt.sqlstate not in NOBODY_KNOWN:
        return Evidence(claim=claim, verdict="not_run", sql=f"{sql};", observed=f"{attempt.sqlstate} {attempt.message}")
    if not stored:
        return Evidence(claim=claim, verdict="not_run", sql=f"{sql};", observed="no row could be stored to look for")
    if attempt.row_count:
        remedy = f"ALTER TABLE {table.identifier} FORCE ROW LEVEL SECURITY."
        return Evidence(claim=claim, verdict="refuted", sql=f"{sql};", observed=f"The owner sees every row. {remedy}")
    return Evidence(claim=claim, verdict="proved", sql=f"{sql};", observed="an owner that is no superuser sees no row")


def _as_owner(session: Session, table: Table) -> Iterator[str]:
    """Yield what looks at a table as its owner, who is no superuser."""
    if session.value("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        yield f"CREATE ROLE {_TRIAL_OWNER}"
        yield f"ALTER TABLE {table.identifier} OWNER TO {_TRIAL_OWNER}"
        yield f"SET LOCAL ROLE {_TRIAL_OWNER}"
    elif table.force_row_security:  # we own it, and had put it aside
        yield f"ALTER TABLE {table.identifier} FORCE ROW LEVEL SECURITY"
    yield f"SELECT 1 FROM {table.identifier}"  # noqa: S608 - a quoted name


def evaluated_once(session: Session, tenancy: Tenancy, table: Table, *, tenant: str, obstacle: str) -> Evidence:
    """Return the evidence that the caller's name is read once per statement, not once per row."""
    claim = _claim(table, "once", "who is asking is read once per statement, as an InitPlan")
    explain = f"EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) SELECT * FROM {table.identifier}"  # noqa: S608 - a quoted name
    prelude = (f"SET LOCAL ROLE {quote(tenancy.role)}", tenancy.name(tenant))
    sql = "".join(f"{statement};\n" for statement in (*prelude, explain)).rstrip()
    if obstacle:
        return Evidence(claim=claim, verdict="not_run", observed=obstacle)
    try:
        with session.rolled_back():
            for statement in prelude:
                session.execute(statement)
            plan = session.value(explain)[0]["Plan"]
    except StatementError as problem:
        return Evidence(claim=claim, verdict="not_run", sql=sql, observed=f"{problem.sqlstate} {problem.message}")
    conditions = [text for node in _nodes(plan) for name, text in node.items() if name.endswith(("Filter", "Cond"))]
    per_row = [text for text in conditions if "current_setting(" in str(text)]
    once = [node for node in _nodes(plan) if node.get("Parent Relationship") == "InitPlan"]
    if per_row or not once:
        seen = f"It is read for each row in {per_row[0]}" if per_row else "No InitPlan reads it"
        remedy = f"Write (SELECT current_setting({literal(tenancy.setting)}, true)) in the policy."
        return Evidence(claim=claim, verdict="refuted", sql=sql, observed=f"{seen}. {remedy}")
    return Evidence(claim=claim, verdict="proved", sql=sql, observed=_seen_once(conditions, len(once)))


def _seen_once(conditions: list[Any], count: int) -> str:
    about = next((str(text) for text in conditions if "InitPlan" in str(text)), "")
    plans = "1 InitPlan reads it" if count == 1 else f"{count} InitPlans read it"
    return f"{plans}; rows are filtered by {about}" if about else plans


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _claim(table: Table, aspect: str, sentence: str) -> Claim:
    place = table.name if table.namespace == "public" else f"{table.namespace}.{table.name}"
    return Claim(
        id=f"isolation/{place}/{aspect}",
        kind="isolation",
        sentence=f"{place}: {sentence}",
        object=ObjectName(kind="table", name=table.name, namespace=table.namespace),
    )
