"""Who owns an object and who may use it: the changes between two schemas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from colonnade.schema import changes as c
from colonnade.schema.changes import Granted
from colonnade.schema.programs import EXECUTE_FOR_ALL, TABLE_OWNER, Function, Grant
from colonnade.schema.schema import Schema
from colonnade.schema.tables import Table
from colonnade.schema.types import USAGE_FOR_ALL, CompositeType, Domain, EnumType, RangeType


def granted_objects(schema: Schema) -> Iterator[Granted]:
    """Yield everything of ours that has an owner and privileges."""
    yield from schema.enum_types
    yield from schema.domains
    yield from schema.composite_types
    yield from schema.range_types
    yield from schema.sequences
    yield from schema.functions
    yield from schema.views
    yield from schema.owned_tables
    yield from schema.namespaces


def named_roles(schema: Schema) -> set[str]:
    """Return the roles that policies and privileges are for."""
    named = {role for table in schema.tables for policy in table.policies for role in policy.roles}
    named |= {grant.role for value in granted_objects(schema) for grant in value.grants}
    return named - {"", "public", TABLE_OWNER}


def privilege_changes(old: Granted, new: Granted) -> Iterator[c.Change]:
    """Yield the privileges that are lost, another owner, then the privileges that are gained.

    In this order, as a privilege that the owner loses would be lost for good. Losing one on the whole table, a role
    loses it on single columns, too; those it gets again.
    """
    before, after = set(_privileges(old.grants)), set(_privileges(new.grants))
    lost = before - after
    whole = {(role, privilege) for role, privilege, column in lost if column is None}
    # Those on a column that goes are lost with it, and could not be taken away once more when it is gone.
    gone = _columns(old) - _columns(new)
    lost = {each for each in lost if each[2] is None or (each[:2] not in whole and each[2] not in gone)}
    gained = (after - before) | {each for each in after if each[2] is not None and each[:2] in whole}
    yield from (c.RevokePrivileges(on=new, grant=grant) for grant in _grants(lost))
    if old.owner != new.owner:
        yield c.SetOwner(value=new)
    yield from (c.GrantPrivileges(on=new, grant=grant) for grant in _grants(gained))


def first_privileges(value: Granted) -> Iterator[c.Change]:
    """Yield what gives a new object its owner and its privileges."""
    yield from privilege_changes(as_created(value), value)


def as_created(value: Granted) -> Granted:
    """Return the object as it is just after its creation: ours, and usable by whom Postgres lets use it."""
    match value:
        case Function():
            return replace(value, owner="", grants=EXECUTE_FOR_ALL)
        case EnumType() | Domain() | CompositeType() | RangeType():
            return replace(value, owner="", grants=USAGE_FOR_ALL)
        case _:
            return replace(value, owner="", grants=())


def _columns(value: Granted) -> frozenset[str]:
    return frozenset(column.name for column in value.columns) if isinstance(value, Table) else frozenset()


def _privileges(grants: Iterable[Grant]) -> Iterator[tuple[str, str, str | None]]:
    """Yield role, privilege, and column or None for each single privilege."""
    for grant in grants:
        for privilege in grant.privileges:
            for column in grant.columns or (None,):
                yield grant.role, privilege, column


def _grants(privileges: set[tuple[str, str, str | None]]) -> Iterator[Grant]:
    """Yield the privileges, one value for each role and column."""
    places = sorted({(role, column or "") for role, _, column in privileges})
    for role, column in places:
        held = sorted(privilege for each, privilege, at in privileges if (each, at or "") == (role, column))
        yield Grant(role=role, privileges=tuple(held), columns=(column,) if column else ())
