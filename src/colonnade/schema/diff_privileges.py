"""Who owns an object and who may use it: the changes between two schemas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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

    In this order, as a privilege that the owner loses would be lost for good. Losing one on the whole table, or the
    option to grant it, a role loses that on single columns, too; those it gets again.
    """
    before, after = _privileges(old.grants), _privileges(new.grants)
    lost = {each for each in before if each not in after}
    optionless = {each for each, grantable in after.items() if before.get(each) and not grantable}
    whole = {each[:2] for each in lost if each[2] is None}
    anew = whole | {each[:2] for each in optionless if each[2] is None}
    # Those on a column that goes are lost with it, and could not be taken away once more when it is gone.
    gone = _columns(old) - _columns(new)
    lost = {each for each in lost if each[2] is None or (each[:2] not in whole and each[2] not in gone)}
    optionless = {each for each in optionless if each[2] is None or each[:2] not in anew}
    gained = {
        each: grantable
        for each, grantable in after.items()
        if each not in before or (grantable and not before[each]) or (each[2] is not None and each[:2] in anew)
    }
    yield from (c.RevokePrivileges(on=new, grant=grant) for grant in _grants(dict.fromkeys(lost, False)))
    options = _grants(dict.fromkeys(optionless, False))
    yield from (c.RevokePrivileges(on=new, grant=grant, only_option=True) for grant in options)
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


_Privilege = tuple[str, str, str | None]
"""Role, privilege, and column or None."""


def _privileges(grants: Iterable[Grant]) -> dict[_Privilege, bool]:
    """Return each single privilege, with whether it may be granted to others."""
    return {
        (grant.role, privilege, column): privilege in grant.grantable
        for grant in grants
        for privilege in grant.privileges
        for column in grant.columns or (None,)
    }


def _grants(privileges: Mapping[_Privilege, bool]) -> Iterator[Grant]:
    """Yield the privileges, one value for each role and column and for whether they may be granted to others."""
    places = sorted({(role, column or "", grantable) for (role, _, column), grantable in privileges.items()})
    for role, column, grantable in places:
        held = tuple(
            sorted(
                name
                for (each, name, at), option in privileges.items()
                if (each, at or "", option) == (role, column, grantable)
            )
        )
        columns = (column,) if column else ()
        yield Grant(role=role, privileges=held, columns=columns, grantable=held if grantable else ())
