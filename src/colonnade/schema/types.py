"""Objects beside tables: namespaces, types, sequences, views, extensions."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.schema.constraints import Check
from colonnade.schema.programs import Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace:
    """A namespace, which SQL calls a schema; `public` is listed only where it is not as Postgres made it.

    `grants` are all privileges of others than its owner, those of `public` included.
    """

    name: str
    grants: tuple[Grant, ...] = ()
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumType:
    """A native enum; values in sort order."""

    name: str
    values: tuple[str, ...]
    namespace: str = "public"
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
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """A sequence that no identity column owns; `owned_by` is the column as SQL text (`tasks.id`), or empty."""

    name: str
    data_type: str = "bigint"
    namespace: str = "public"
    start: int = 1
    increment: int = 1
    owned_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A view or materialised view; `definition` as `pg_get_viewdef` prints it."""

    name: str
    definition: str
    namespace: str = "public"
    materialized: bool = False
    security_invoker: bool = False
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """An extension that the schema needs; `namespace` is where its objects stand."""

    name: str
    namespace: str = "public"
