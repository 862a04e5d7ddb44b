"""Entities, their attributes and relationships, in Chen's words."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from colonnade.spec.value import Fact, Value

Base = Literal[
    "text",
    "integer",
    "decimal",
    "float",
    "boolean",
    "date",
    "time",
    "timestamp",
    "interval",
    "uuid",
    "json",
    "binary",
    "enum",
    "inet",
]

OnDelete = Literal["cascade", "restrict", "set null", "set default", "no action"]


class ValueType(Value):
    """The values an attribute may take.

    Lengths are in characters (`array_*` in elements), numbers are inclusive unless `exclusive_*`.
    `values` are an enum's, in the order given; `ordered` says that this order is also how they
    sort, `open` that more values will come. `precision` and `scale` are of a decimal, `bits` of an
    integer. `format` keeps the contract's word (`email`, `uri`, `slug`, `currency`, `color`, …).
    `array` makes it a list of such values. `zoned` is False for a wall-clock timestamp.
    """

    base: Base
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    trimmed: bool = False
    case_insensitive: bool = False
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    multiple_of: Decimal | None = None
    precision: int | None = None
    scale: int | None = None
    bits: Literal[16, 32, 64] | None = None
    values: tuple[str, ...] = ()
    ordered: bool = False
    open: bool = False
    format: str = ""
    array: bool = False
    array_min: int | None = None
    array_max: int | None = None
    array_unique: bool = False
    zoned: bool = True


AttributeRole = Literal[
    "plain",  # stored as said
    "key",  # the identifier
    "version",  # optimistic lock, raised on every update
    "created",  # set by the server on insert
    "updated",  # set by the server on insert and update
    "deleted",  # soft delete marker
    "password",  # arrives as plain text, stored as a hash
    "generated",  # computed by the database from the same row; `expression` says how
    "computed",  # in a response only, never a column; `reason` says why
]


class Attribute(Fact):
    """A property of an entity.

    `required` means that its absence has no meaning: NOT NULL. `default` is a literal in the spec's
    own spelling (`pending`, `0`, `true`, `now`), applied when a writer says nothing.
    `share` gives, for an enum or boolean, how often each value occurs (sums to about 1), and
    `null_share` how often the value is absent.
    """

    name: str
    type: ValueType
    required: bool = False
    default: str | None = None
    role: AttributeRole = "plain"
    expression: str | None = None
    reason: str = ""
    description: str = ""
    share: tuple[tuple[str, float], ...] = ()
    null_share: float | None = None
    distinct: int | None = None
    average_length: int | None = None


class Volume(Fact):
    """How many rows, and how they grow.

    `rows` is the number to plan for; `per_owner` the mean per owner; `writes_per_second` inserts and
    updates together; `keep_days` the retention, None for ever; `skew` a Zipf exponent of rows per owner.
    """

    rows: int | None = None
    per_owner: int | None = None
    writes_per_second: float | None = None
    keep_days: int | None = None
    skew: float | None = None


class Entity(Fact):
    """A thing the business keeps.

    `owner` is the name of the relationship to the owning user or tenant, "" if there is none.
    `external` says that another product stores it. `key` overrides the default kind of identifier;
    `key_attributes` name a natural key. `weak_of` names the entity whose key a one-to-one
    dependent shares (a profile of a user).
    """

    name: str
    attributes: tuple[Attribute, ...] = ()
    owner: str = ""
    isolated: bool | None = None
    key: Literal["", "bigint", "uuid", "uuidv7", "text", "natural"] = ""
    key_attributes: tuple[str, ...] = ()
    external: bool = False
    weak_of: str = ""
    soft_delete: bool = False
    versioned: bool = False
    audited: bool = False
    append_only: bool = False
    timestamps: bool | None = None
    volume: Volume | None = None
    plural: str = ""
    description: str = ""

    def attribute(self, name: str) -> Attribute:
        """Return the attribute; raises KeyError when there is none."""
        for attribute in self.attributes:
            if attribute.name == name:
                return attribute
        raise KeyError(name)

    def has_attribute(self, name: str) -> bool:
        """Tell whether there is such an attribute."""
        return any(attribute.name == name for attribute in self.attributes)


class Relationship(Fact):
    """A relationship, written from the referencing side.

    `N-1`: many `source` refer to one `target`; `1-1`: at most one does; `N-M`: both sides many, kept in
    the association entity `via`, whose own attributes are `attributes`. `name` is what the source calls the
    target (`author`, `parent`, `tags`), `inverse` what the target calls the sources (`articles`, `children`).
    `composition` says that the source is part of the target and does not outlive it. `on_delete` is what the
    text says about the source rows when the target goes; None when it says nothing. `owner` marks the
    reference to the owning user or tenant. `irreflexive` forbids a self reference to itself. With the scope `all` a
    row may refer to rows that are not its owner's, where those are isolated: a task to whoever is to do it. Without a
    scope it may not, but for the owners themselves, who refer to each other.
    """

    name: str
    source: str
    target: str
    kind: Literal["N-1", "1-1", "N-M"]
    inverse: str = ""
    required: bool = False
    composition: bool = False
    owner: bool = False
    on_delete: OnDelete | None = None
    via: str = ""
    attributes: tuple[Attribute, ...] = ()
    irreflexive: bool = False
    scope: Literal["owner", "all"] | None = None
    field: str = ""
    target_attribute: str = ""
    description: str = ""
