"""The namespaces that a schema needs, as far as that follows from what stands in them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from colonnade.schema.programs import Grant
from colonnade.schema.schema import Schema
from colonnade.schema.types import Namespace

PUBLIC_GRANTS = (Grant(role="public", privileges=("USAGE",)),)
"""What Postgres 15 and newer grant on the namespace `public`."""


def with_namespaces(schema: Schema) -> Schema:
    """Return the schema with each namespace that holds something, and USAGE for whoever may use a table in it.

    Namespaces that it lists already stay, with their comments and with what they grant besides.
    """
    listed = {each.name: each for each in schema.namespaces}
    usage: dict[str, set[str]] = defaultdict(set)
    for table in schema.owned_tables:
        usage[table.namespace] |= {grant.role for grant in table.grants}
    found = {
        name: _with_usage(listed.get(name) or _new(name), usage[name])
        for name in sorted(_placed(schema) | listed.keys())
        if name != "public" or name in listed or usage[name] - {"public"}
    }
    return replace(schema, namespaces=tuple(found.values()))


def own_part(schema: Schema) -> Schema:
    """Return the schema without the tables of other products, and without the namespaces that hold nothing else."""
    others = {table.namespace for table in schema.tables if table.external} - _placed(schema) - {"public"}
    return replace(
        schema,
        namespaces=tuple(each for each in schema.namespaces if each.name not in others),
        tables=schema.owned_tables,
    )


def _placed(schema: Schema) -> set[str]:
    """Return the namespaces in which something of ours stands."""
    types = (schema.enum_types, schema.domains, schema.composite_types, schema.range_types)
    groups = (*types, schema.owned_tables, schema.sequences, schema.views, schema.functions, schema.extensions)
    return {each.namespace for group in groups for each in group}


def _new(name: str) -> Namespace:
    return Namespace(name=name, grants=PUBLIC_GRANTS if name == "public" else ())


def _with_usage(namespace: Namespace, roles: set[str]) -> Namespace:
    """Return the namespace with USAGE for the roles, beside what they have there."""
    grants = {grant.role: grant for grant in namespace.grants}
    for role in roles:
        granted = grants.get(role, Grant(role=role, privileges=()))
        grants[role] = replace(granted, privileges=tuple(sorted({*granted.privileges, "USAGE"})))
    return replace(namespace, grants=tuple(grants[role] for role in sorted(grants)))
