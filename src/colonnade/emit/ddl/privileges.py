"""Who owns an object and who may use it: GRANT, REVOKE and OWNER TO."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.emit.ddl.constraints import column_list
from colonnade.emit.ddl.objects import full_type_name
from colonnade.emit.ddl.programs import signature
from colonnade.emit.ddl.roles import role_name
from colonnade.schema import (
    PUBLIC_GRANTS,
    CompositeType,
    Domain,
    EnumType,
    Function,
    Grant,
    Namespace,
    RangeType,
    Schema,
    Sequence,
    Table,
    View,
)
from colonnade.schema.changes import Granted, GrantPrivileges, RevokePrivileges, SetOwner
from colonnade.schema.diff_privileges import first_privileges, granted_objects
from colonnade.sql.identifier import qualified, quote

_PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN")


def grants_on_namespace(namespace: Namespace) -> list[str]:
    """Return GRANT … ON SCHEMA; what Postgres grants on `public` by itself goes without saying."""
    given = set(PUBLIC_GRANTS) if namespace.name == "public" else set()
    return [privilege_statement(namespace, granted) for granted in namespace.grants if granted not in given]


def grant(table: Table, granted: Grant) -> str:
    """Return GRANT … ON TABLE, with the privileges in the order in which people name them."""
    columns = f" ({column_list(granted.columns)})" if granted.columns else ""
    privileges = sorted(granted.privileges, key=_PRIVILEGES.index)
    said = ", ".join(f"{privilege}{columns}" for privilege in privileges)
    return f"GRANT {said} ON {table.identifier} TO {role_name(granted.role)}"


def privilege_statement(on: Granted, granted: Grant, *, revoke: bool = False) -> str:
    """Return GRANT or REVOKE for any object."""
    columns = f" ({column_list(granted.columns)})" if granted.columns else ""
    privileges = ", ".join(f"{privilege}{columns}" for privilege in granted.privileges)
    verb, word = ("REVOKE", "FROM") if revoke else ("GRANT", "TO")
    return f"{verb} {privileges} ON {_granted(on)} {word} {role_name(granted.role)}"


def owner_statement(value: Granted) -> str:
    """Return ALTER … OWNER TO; without an owner of its own, the object is ours."""
    kind = "MATERIALIZED VIEW" if isinstance(value, View) and value.materialized else _kind(value)
    return f"ALTER {kind} {_name(value)} OWNER TO {quote(value.owner) if value.owner else 'CURRENT_USER'}"


def other_privileges(schema: Schema) -> Iterator[str]:
    """Yield what makes the owners and privileges those that the schema names, but grants on tables and namespaces."""
    for value in granted_objects(schema):
        for change in first_privileges(value):
            match change:
                case SetOwner() if isinstance(value, Sequence) and value.owned_by:
                    continue  # it has changed with its table
                case SetOwner():
                    yield owner_statement(value)
                case GrantPrivileges() if isinstance(value, Table | Namespace):
                    continue
                case GrantPrivileges(grant=granted) | RevokePrivileges(grant=granted):
                    yield privilege_statement(value, granted, revoke=isinstance(change, RevokePrivileges))


_KINDS: dict[type[Granted], str] = {
    Namespace: "SCHEMA",
    EnumType: "TYPE",
    Domain: "DOMAIN",
    CompositeType: "TYPE",
    RangeType: "TYPE",
    Sequence: "SEQUENCE",
    Table: "TABLE",
    View: "VIEW",
}


def _granted(value: Granted) -> str:
    """Return the object as GRANT and REVOKE name it."""
    return f"{'TABLE' if isinstance(value, View) else _kind(value)} {_name(value)}"


def _kind(value: Granted) -> str:
    return value.kind.upper() if isinstance(value, Function) else _KINDS[type(value)]


def _name(value: Granted) -> str:
    match value:
        case Namespace():
            return quote(value.name)
        case EnumType() | Domain() | CompositeType() | RangeType():
            return full_type_name(value)
        case Function():
            return signature(value)
        case Sequence() | Table() | View():
            return qualified(value.namespace, value.name)
