"""Who owns which row: the setting that names the caller, the role that is subject to it, the tables it divides."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from colonnade.design import Design
from colonnade.design.ownership import setting as setting_of
from colonnade.prove.rows import RowFactory
from colonnade.prove.worlds import TableName, name_of, referenced
from colonnade.schema import TABLE_OWNER, ForeignKey, Policy, Schema, Table
from colonnade.sql.identifier import quote
from colonnade.sql.literal import literal
from colonnade.sql.tokens import names

TRIAL_ROLE = "colonnade_trial_app"
"""Stands in for the application's role where policies are for everybody and no privileges name one."""

NOBODY_KNOWN = ("42704", "22P02")
"""How policies fail that read a setting which was never set, or cast an empty one: they show nothing then."""

_SETTING = re.compile(r"current_setting\('([^']+)'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenancy:
    """How the rows of a schema are divided among owners.

    `role` is subject to the policies, `setting` names the caller, `owner` is the table whose key it holds.
    `anybodys` are the references (table and constraint) that may lead to rows of every owner.
    """

    schema: Schema
    role: str
    setting: str
    owner: Table
    isolated: tuple[Table, ...]
    anybodys: frozenset[tuple[str, str]] = frozenset()

    def act(self, factory: RowFactory, number: int | None, *statements: str) -> str:
        """Return a script that runs statements as the role, for the owner of a world, or for nobody."""
        tenant = [] if number is None else [self.name(self.tenant(factory, number))]
        return ";\n".join([f"SET LOCAL ROLE {quote(self.role)}", *tenant, *statements])

    def name(self, tenant: str) -> str:
        """Return the statement that names the caller for the rest of the transaction."""
        return f"SELECT set_config({literal(self.setting)}, {literal(tenant)}, true)"

    def tenant(self, factory: RowFactory, number: int) -> str:
        """Return the key of a world's owner."""
        key = self.owner.primary_key
        column = key.columns[0] if key else self.owner.columns[0].name
        return factory.value(self.owner, column, number) or ""

    def is_isolated(self, name: TableName) -> bool:
        """Tell whether the table's rows are divided."""
        return any(name_of(table) == name for table in self.isolated)

    def is_anybodys(self, table: Table, key: ForeignKey) -> bool:
        """Tell whether the spec lets a reference lead to rows of every owner."""
        return (table.name, key.name) in self.anybodys

    def may(self, table: Table, privilege: str) -> bool:
        """Tell whether the role has a privilege on a table."""
        return self.role == TRIAL_ROLE or any(
            privilege in grant.privileges for grant in table.grants if grant.role in {self.role, "public"}
        )

    def looks_at(self, table: Table, key: ForeignKey) -> bool:
        """Tell whether the policies for the role speak of a reference."""
        return any(set(key.columns) & names(_text(policy)) for policy in self.policies(table))

    def policies(self, table: Table) -> tuple[Policy, ...]:
        """Return the table's policies that hold for the role."""
        return tuple(each for each in table.policies if {self.role, "public"} & set(each.roles))


def tenancy_of(schema: Schema, design: Design | None) -> Tenancy | None:
    """Return how a schema divides its rows; None when it does not, leaves that to the queries, or is not understood.

    The setting is read off the policies; so are, without a design, the role that most of them are for, and as owner
    the table that their columns refer to.
    """
    isolated = _isolated(schema)
    role = (design.application_role if design else _commonest_role(isolated)) or TRIAL_ROLE
    setting, owner = _setting(schema, isolated, design), _owner(schema, isolated, design)
    if not isolated or not setting or owner is None:
        return None
    return Tenancy(
        schema=schema,
        role=role,
        setting=setting,
        owner=owner,
        isolated=isolated,
        anybodys=_anybodys(design) if design is not None else frozenset(),
    )


def not_understood(schema: Schema, design: Design | None) -> str:
    """Return why nothing can be said of the policies of a schema; empty when it can, or when there are none."""
    isolated = _isolated(schema)
    if not isolated:
        return ""
    if not _setting(schema, isolated, design):
        return "the policies read no setting (current_setting) that says who is asking"
    if _owner(schema, isolated, design) is None:
        return "the policies speak of no column that refers to a table of owners: give it a foreign key"
    return ""


def _anybodys(design: Design) -> frozenset[tuple[str, str]]:
    said = {(each.source, each.name) for each in design.spec.relationships if each.scope == "all"}
    return frozenset(
        (binding.table, binding.constraint)
        for binding in design.bindings.relationships
        if (binding.source, binding.relationship) in said and not binding.association
    )


def _isolated(schema: Schema) -> tuple[Table, ...]:
    return tuple(table for table in schema.owned_tables if table.row_security and _policies((table,)))


def _commonest_role(isolated: tuple[Table, ...]) -> str:
    return _commonest(Counter(role for policy in _policies(isolated) for role in policy.roles))


def _policies(isolated: tuple[Table, ...]) -> tuple[Policy, ...]:
    """Return the policies of the tables, without those that let only the tables' owner pass."""
    return tuple(each for table in isolated for each in table.policies if set(each.roles) != {TABLE_OWNER})


def _setting(schema: Schema, isolated: tuple[Table, ...], design: Design | None) -> str:
    """Return the setting that most policies read, by themselves or by a function."""
    bodies = {function.name: _SETTING.findall(function.body) for function in schema.functions}
    texts = [_text(policy) for policy in _policies(isolated)]
    found = Counter(name for text in texts for name in _SETTING.findall(text))
    found.update(name for text in texts for called in names(text) & bodies.keys() for name in bodies[called])
    return _commonest(found) or (setting_of(design.spec) if design and design.spec.isolation.by != "none" else "")


def belongs_to_owner(tenancy: Tenancy) -> Mapping[TableName, ForeignKey]:
    """Return the tables whose rows are somebody's, with the reference that leads to the owner."""
    found: dict[TableName, ForeignKey] = {}
    grown = True
    while grown:
        grown = False
        for table in tenancy.schema.owned_tables:
            for key in table.foreign_keys:
                leads = referenced(key) == name_of(tenancy.owner) or referenced(key) in found
                if name_of(table) not in found and leads and name_of(table) != referenced(key):
                    found[name_of(table)] = key
                    grown = True
    return found


def _owner(schema: Schema, isolated: tuple[Table, ...], design: Design | None) -> Table | None:
    stated = design.spec.isolation.entity if design is not None else ""
    for binding in design.bindings.entities if design is not None else ():
        if binding.entity == stated:
            return schema.table(binding.table, namespace=binding.namespace)
    targets = Counter(
        referenced(key)
        for table in isolated
        for policy in _policies((table,))
        for key in table.foreign_keys
        if set(key.columns) & names(_text(policy))
    )
    if not targets:
        return None
    # Owners may be isolated themselves; else what is isolated is only a parent on the way to them.
    namespace, name = min(targets, key=lambda each: (_is_among(isolated, each), -targets[each], each))
    return schema.table(name, namespace=namespace)


def _is_among(tables: tuple[Table, ...], name: TableName) -> bool:
    return any(name_of(table) == name for table in tables)


def _commonest(counts: Counter[str]) -> str:
    counted = {name: count for name, count in counts.items() if name != "public"}
    return min(counted, key=lambda name: (-counted[name], name), default="")


def _text(policy: Policy) -> str:
    return f"{policy.using or ''} {policy.with_check or ''}"
