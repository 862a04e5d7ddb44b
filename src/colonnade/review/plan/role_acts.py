"""The acts that concern roles, privileges and the settings of a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from colonnade.review.plan.acts import (
    Act,
    Drop,
    EnvironmentSetting,
    Name,
    PolicyChange,
    Privilege,
    RoleChange,
    SetOwner,
)
from colonnade.review.plan.tree import (
    Node,
    choice,
    constant,
    has,
    inner,
    kind_of,
    listed_name,
    object_kind,
    relation,
)


def role_name(node: Node) -> str:
    """Return the name of a role; CURRENT_USER and the like in capitals."""
    kind = choice(node, "roletype").removeprefix("ROLESPEC_")
    return str({"CSTRING": node.rolename, "PUBLIC": "public"}.get(kind, kind))


def _grant(node: Node) -> Iterator[Act]:
    yield Privilege(
        grant=node.is_grant,
        kind=object_kind(node, "objtype"),
        objects=tuple(listed_name(each) for each in node.objects),
        roles=tuple(role_name(inner(each)) for each in node.grantees),
    )


def _grant_role(node: Node) -> Iterator[Act]:
    yield Privilege(
        grant=node.is_grant,
        kind="ROLE",
        objects=tuple(Name("", inner(each).priv_name) for each in node.granted_roles),
        roles=tuple(role_name(inner(each)) for each in node.grantee_roles),
    )


def _default_privileges(node: Node) -> Iterator[Act]:
    yield from _grant(node.action)


def _role(node: Node) -> Iterator[Act]:
    create = kind_of(node) == "CreateRoleStmt"
    role = node.role if isinstance(node.role, str) else role_name(node.role)
    options = []
    for each in node.options:
        option = inner(each)
        options.append((option.defname, (constant(option.arg) or "") in ("true", "1")))
    yield RoleChange(role=role, create=create, options=tuple(options))


def _drop_role(node: Node) -> Iterator[Act]:
    yield Drop(kind="ROLE", names=tuple(Name("", role_name(inner(each))) for each in node.roles))


def _setting_of(scope: str) -> Callable[[Node], Iterator[Act]]:
    def read(node: Node) -> Iterator[Act]:
        yield EnvironmentSetting(scope=scope, name=node.setstmt.name.lower())

    return read


def _policy(node: Node) -> Iterator[Act]:
    yield PolicyChange(
        table=relation(node.table),
        name=node.policy_name,
        create=kind_of(node) == "CreatePolicyStmt",
        roles=tuple(role_name(inner(each)) for each in node.roles),
    )


def _owner(node: Node) -> Iterator[Act]:
    owned = relation(node.relation) if has(node, "relation") else listed_name(node.object)
    yield SetOwner(kind=object_kind(node, "object_type"), object=owned, role=role_name(node.newowner))


ROLE_READERS: dict[str, Callable[[Node], Iterator[Act]]] = {
    "AlterOwnerStmt": _owner,
    "AlterPolicyStmt": _policy,
    "AlterDatabaseSetStmt": _setting_of("DATABASE"),
    "AlterDefaultPrivilegesStmt": _default_privileges,
    "AlterRoleSetStmt": _setting_of("ROLE"),
    "AlterRoleStmt": _role,
    "AlterSystemStmt": _setting_of("SYSTEM"),
    "CreatePolicyStmt": _policy,
    "CreateRoleStmt": _role,
    "DropRoleStmt": _drop_role,
    "GrantRoleStmt": _grant_role,
    "GrantStmt": _grant,
}
