"""The limits of an attribute as Pydantic constraints."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import StringConstraints, TypeAdapter
from pydantic_core import SchemaError

from colonnade.design.checks import EMAIL_PATTERN
from colonnade.emit.models.code import Call, Keyword, Node, Text, call
from colonnade.spec import ValueType


def limited(annotation: str, value: ValueType) -> Node | None:
    """Return `Annotated[…]` with the limits of the type, None when it has none."""
    if value.array and annotation.startswith("list["):
        return _limited_array(annotation, value)
    if annotation == "str" and (limits := _text_limits(value)):
        return _annotated(annotation, Call("pydantic.StringConstraints", limits))
    if annotation in ("int", "float", "Decimal") and (limits := _number_limits(value, annotation)):
        return _annotated(annotation, Call("pydantic.Field", limits))
    return None


def _limited_array(annotation: str, value: ValueType) -> Node | None:
    """Return a list with limits on its elements and on its length."""
    inner = annotation.removeprefix("list[").removesuffix("]")
    element = limited(inner, value.model_copy(update={"array": False}))
    sized = _keywords(min_length=value.array_min, max_length=value.array_max)
    if element is None and not sized:
        return None
    base: Node = annotation if element is None else Call("list", (element,), "[]")
    return Call("Annotated", (base, Call("pydantic.Field", sized)), "[]") if sized else base


def _annotated(annotation: str, limits: Node) -> Node:
    return Call("Annotated", (annotation, limits), "[]")


def _text_limits(value: ValueType) -> tuple[Keyword, ...]:
    """Return the limits of a text."""
    found = list(_keywords(min_length=value.min_length or None, max_length=value.max_length))
    pattern = value.pattern or (EMAIL_PATTERN if value.format.lower() == "email" else "")
    if pattern and _readable(pattern):
        found.append(Keyword("pattern", Text(pattern)))
    if value.trimmed:
        found.append(Keyword("strip_whitespace", "True"))
    return tuple(found)


def _number_limits(value: ValueType, annotation: str) -> tuple[Keyword, ...]:
    """Return the limits of a number."""
    low = "gt" if value.exclusive_minimum else "ge"
    high = "lt" if value.exclusive_maximum else "le"
    found = [
        Keyword(name, _bound(bound, annotation))
        for name, bound in ((low, value.minimum), (high, value.maximum))
        if bound is not None
    ]
    if value.multiple_of is not None and value.multiple_of == int(value.multiple_of):
        found.append(Keyword("multiple_of", str(int(value.multiple_of))))
    if annotation == "Decimal" and value.precision is not None:
        found += _keywords(max_digits=value.precision, decimal_places=value.scale)
    return tuple(found)


def _bound(bound: Decimal, annotation: str) -> Node:
    """Return a bound as code; a whole one as an integer."""
    if bound == bound.to_integral_value():
        return str(int(bound))
    return call("Decimal", Text(format(bound, "f"))) if annotation == "Decimal" else format(bound, "f")


def _keywords(**limits: int | None) -> tuple[Keyword, ...]:
    return tuple(Keyword(name, str(limit)) for name, limit in limits.items() if limit is not None)


def _readable(pattern: str) -> bool:
    """Whether Pydantic's regular expressions know everything in the pattern.

    They have no lookaround and no back references; the table's CHECK holds such a pattern alone.
    """
    try:
        TypeAdapter(Annotated[str, StringConstraints(pattern=pattern)])
    except SchemaError:
        return False
    return True
