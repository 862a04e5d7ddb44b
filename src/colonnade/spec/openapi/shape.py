"""What a JSON Schema says, with references followed and `allOf` merged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from colonnade.span import Span
from colonnade.spec.document import Node, Scalar

ShapeKind = Literal["object", "array", "scalar", "map", "union", "any", "null"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on a value; `exclusive_*` say that the bound itself is not allowed."""

    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    multiple_of: Decimal | None = None
    min_items: int | None = None
    max_items: int | None = None
    unique_items: bool = False


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Property:
    """A named property of an object: its schema, and the place of its name."""

    name: str
    schema: Node
    at: Span
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shape:
    """One schema.

    `kind` is `map` for an object with free keys, `union` for a choice of objects, `any` where nothing
    is said or the choice is of unlike things. `name` is the component it was reached through, `bases`
    the components it extends. `item` is the schema of an array's elements. `tag` is the discriminator
    property of a union, `tags` the value that stands for each variant. `problem` says why the schema
    could not be read; it is then of kind `any`.
    """

    node: Node
    kind: ShapeKind
    name: str = ""
    bases: tuple[str, ...] = ()
    type: str = ""
    format: str = ""
    nullable: bool = False
    values: tuple[Scalar, ...] = ()
    properties: Mapping[str, Property] = field(default_factory=dict)
    open: bool = False
    item: Node | None = None
    variants: tuple[Shape, ...] = ()
    tag: str = ""
    tags: tuple[str, ...] = ()
    limits: Limits = NO_LIMITS
    default: Scalar = None
    has_default: bool = False
    title: str = ""
    description: str = ""
    read_only: bool = False
    write_only: bool = False
    hints: tuple[Node, ...] = ()
    problem: str = ""

    @property
    def at(self) -> Span:
        """Where the schema stands."""
        return self.node.span

    @property
    def is_object(self) -> bool:
        """Whether it has named properties, or is a choice of such."""
        return self.kind in ("object", "union")

    @property
    def is_text(self) -> bool:
        """Whether it is a string that is not a list of choices."""
        return self.kind == "scalar" and self.type == "string" and not self.values


def examples(shape: Shape) -> list[Node]:
    """Return the values that the schema gives as examples."""
    node = shape.node.get("example")
    several = shape.node.get("examples")
    found = [node] if node is not None else []
    found += several.elements() if several is not None else []
    return [each for each in found if each.is_scalar and each.scalar is not None]
