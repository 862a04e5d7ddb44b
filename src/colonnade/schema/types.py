"""Objects beside tables: namespaces, types, sequences, views, extensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from colonnade.schema.constraints import Check
from colonnade.schema.indexes import Index
from colonnade.schema.programs import Grant, Trigger
from colonnade.sql.identifier import qualified

_BITS = {"smallint": 16, "integer": 32, "bigint": 64}


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
class CompositeAttribute:
    """An attribute of a composite type; `collation` is empty when it is the type's own."""

    name: str
    type: str
    collation: str = ""
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeType:
    """A type of rows that is no table's; attributes in their order."""

    name: str
    attributes: tuple[CompositeAttribute, ...]
    namespace: str = "public"
    owner: str = ""
    grants: tuple[Grant, ...] = USAGE_FOR_ALL
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeType:
    """A range type with its multirange, which stands in the same namespace.

    `operator_class` (SQL text), `collation` and `difference`, a function as SQL text, are empty where they are as
    Postgres takes them by itself.
    """

    name: str
    subtype: str
    multirange: str
    namespace: str = "public"
    operator_class: str = ""
    collation: str = ""
    difference: str = ""
    owner: str = ""
    grants: tuple[Grant, ...] = USAGE_FOR_ALL
    comment: str | None = None


NamedType = EnumType | Domain | CompositeType | RangeType
"""A type that somebody made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceOptions:
    """Which values a sequence gives.

    `minimum` and `maximum` are None where they are those of its type and direction.
    """

    start: int = 1
    increment: int = 1
    minimum: int | None = None
    maximum: int | None = None
    cache: int = 1
    cycle: bool = False

    @property
    def usual_start(self) -> int:
        """The first value where none is said: the least one, or the largest where it counts down."""
        if self.increment > 0:
            return 1 if self.minimum is None else self.minimum
        return -1 if self.maximum is None else self.maximum

    def limits(self, data_type: str) -> tuple[int, int]:
        """Return the least and the largest value of a sequence of this type."""
        largest = int(2 ** (_BITS[data_type] - 1)) - 1
        low, high = (1, largest) if self.increment > 0 else (-1 - largest, -1)
        return low if self.minimum is None else self.minimum, high if self.maximum is None else self.maximum


USUAL_VALUES = SequenceOptions()
"""What Postgres lets a sequence give where nothing is said: 1, 2, 3 …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence(SequenceOptions):
    """A sequence that no identity column owns; `owned_by` is the column as SQL text (`tasks.id`), or empty.

    One that a column owns has the owner of the column's table, with which it changes.
    """

    name: str
    data_type: str = "bigint"
    namespace: str = "public"
    owned_by: str = ""
    owner: str = ""
    grants: tuple[Grant, ...] = ()
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A view, which may have triggers, or a materialised one, which may have indexes.

    `definition` is as `pg_get_viewdef` prints it.
    """

    name: str
    definition: str
    namespace: str = "public"
    materialized: bool = False
    security_invoker: bool = False
    security_barrier: bool = False
    check_option: Literal["", "local", "cascaded"] = ""
    indexes: tuple[Index, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    owner: str = ""
    grants: tuple[Grant, ...] = ()
    comment: str | None = None

    @property
    def identifier(self) -> str:
        """The quoted name, qualified unless it is in `public`."""
        return qualified(self.namespace, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """An extension that the schema needs; `namespace` is where its objects stand."""

    name: str
    namespace: str = "public"
