"""Who owns an object and who may use it: GRANT, REVOKE and OWNER TO."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

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
    Partition,
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
    grants = (granted for granted in namespace.grants if granted not in given)
    return [text for granted in grants for text in _grants(granted, _granted(namespace))]


def grants_on_table(table: Table) -> list[str]:
    """Return GRANT … ON a table, with the privileges in the order in which people name them."""
    return [text for granted in table.grants for text in _grants(granted, table.identifier, order=_PRIVILEGES.index)]


def privilege_statements(change: GrantPrivileges | RevokePrivileges) -> tuple[str, ...]:
    """Return GRANT or REVOKE for any object."""
    granted, on = change.grant, _granted(change.on)
    if isinstance(change, GrantPrivileges):
        return tuple(_grants(granted, on))
    option = "GRANT OPTION FOR " if change.only_option else ""
    return (f"REVOKE {option}{_said(granted.privileges, granted)} ON {on} FROM {role_name(granted.role)}",)


def _grants(granted: Grant, on: str, *, order: Callable[[str], int | str] = str) -> Iterator[str]:
    """Yield GRANT: what the role may grant to others is a statement of its own."""
    for grantable in (False, True):
        privileges = sorted(
            (each for each in granted.privileges if (each in granted.grantable) == grantable), key=order
        )
        if privileges:
            option = " WITH GRANT OPTION" * grantable
            yield f"GRANT {_said(privileges, granted)} ON {on} TO {role_name(granted.role)}{option}"


def _said(privileges: Iterable[str], granted: Grant) -> str:
    columns = f" ({column_list(granted.columns)})" if granted.columns else ""
    return ", ".join(f"{privilege}{columns}" for privilege in privileges)


def owner_statements(value: Granted) -> tuple[str, ...]:
    """Return ALTER … OWNER TO, for a table with its partitions; without an owner of its own, the object is ours."""
    kind = "MATERIALIZED VIEW" if isinstance(value, View) and value.materialized else _kind(value)
    parts = value.partitions if isinstance(value, Table) else ()
    names = [_name(value), *(qualified(value.namespace, part.name) for part in parts if isinstance(value, Table))]
    return tuple(f"ALTER {kind} {name} OWNER TO {_owner(value)}" for name in names)


def _owner(value: Granted) -> str:
    return quote(value.owner) if value.owner else "CURRENT_USER"


def partition_settings(table: Table, partition: Partition) -> tuple[str, ...]:
    """Return what a new partition does not take over from its table by itself: its owner, and statistics targets."""
    name = qualified(table.namespace, partition.name)
    owned = [f"ALTER TABLE {name} OWNER TO {quote(table.owner)}"] if table.owner else []
    targets = (each for each in table.columns if each.statistics_target >= 0)
    alter = f"ALTER TABLE {name} ALTER COLUMN"
    return (*owned, *(f"{alter} {quote(each.name)} SET STATISTICS {each.statistics_target}" for each in targets))


def other_privileges(schema: Schema) -> Iterator[str]:
    """Yield what makes the owners and privileges those that the schema names, but grants on tables and namespaces."""
    for value in granted_objects(schema):
        for change in first_privileges(value):
            match change:
                case SetOwner() if isinstance(value, Sequence) and value.owned_by:
                    continue  # it has changed with its table
                case SetOwner():
                    yield from owner_statements(value)
                case GrantPrivileges() if isinstance(value, Table | Namespace):
                    continue
                case GrantPrivileges() | RevokePrivileges():
                    yield from privilege_statements(change)


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
