"""Objects beside tables: namespaces, types, sequences, views, extensions."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.schema.constraints import Check
from colonnade.schema.programs import Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace:
    """A namespace, which SQL calls a schema; `public` is listed only where it is not as Postgres made it.

    `grants` are all privileges of others than its owner, those of `public` included. Here and elsewhere `owner` is
    empty for whoever owns the database or reads it.
    """

    name: str
    owner: str = ""
    grants: tuple[Grant, ...] = ()
    comment: str | None = None


USAGE_FOR_ALL = (Grant(role="public", privileges=("USAGE",)),)
"""What Postgres grants on a type by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumType:
    """A native enum; values in sort order."""

    name: str
    values: tuple[str, ...]
    namespace: str = "public"
    owner: str = ""
    grants: tuple[Grant, ...] = USAGE_FOR_ALL
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A domain over a base type."""

    name: str
    base_type: str
    namespace: str = "public"
    not_null: bool = False
    default: str | None = None
    checks: tuple[Check, ...] = ()
    owner: str = ""
    grants: tuple[Grant, ...] = USAGE_FOR_ALL
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """A sequence that no identity column owns; `owned_by` is the column as SQL text (`tasks.id`), or empty.

    One that a column owns has the owner of the column's table, with which it changes.
    """

    name: str
    data_type: str = "bigint"
    namespace: str = "public"
    start: int = 1
    increment: int = 1
    owned_by: str = ""
    owner: str = ""
    grants: tuple[Grant, ...] = ()
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A view or materialised view; `definition` as `pg_get_viewdef` prints it."""

    name: str
    definition: str
    namespace: str = "public"
    materialized: bool = False
    security_invoker: bool = False
    owner: str = ""
    grants: tuple[Grant, ...] = ()
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """An extension that the schema needs; `namespace` is where its objects stand."""

    name: str
    namespace: str = "public"
