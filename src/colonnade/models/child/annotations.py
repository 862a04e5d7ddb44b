"""Whether what is read has the type that the class declares for it."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from sqlalchemy.orm import Mapper


def mistyped(mapper: Mapper[Any], instance: object) -> str:
    """Return the first column whose value is no instance of its annotation and how, "" when all are.

    Only SQLModel keeps annotations where they can be asked for; other classes pass.
    """
    fields = getattr(mapper.class_, "model_fields", {})
    for attribute in mapper.column_attrs:
        field = fields.get(attribute.key)
        value = getattr(instance, attribute.key)
        if field is not None and value is not None and not _is_a(value, field.annotation):
            return f'"{attribute.key}" is declared as {_named(field.annotation)} and read as {value!r}'
    return ""


def _is_a(value: object, annotation: Any) -> bool:
    """Whether a value is of a type; of what is no class, such as `Any` or `JsonValue`, everything is."""
    for part in _alternatives(annotation):
        outer = get_origin(part) or part
        if not isinstance(outer, type):
            return True
        inner = get_args(part)
        elements = value if outer is list and inner and isinstance(value, list) else ()
        if isinstance(value, outer) and all(each is None or _is_a(each, inner[0]) for each in elements):
            return True
    return False


def _alternatives(annotation: Any) -> Iterator[Any]:
    """Give the types of a union, or the type alone, without what `Annotated` adds."""
    if get_origin(annotation) is Annotated:
        yield from _alternatives(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, types.UnionType):
        for part in get_args(annotation):
            yield from _alternatives(part)
    else:
        yield annotation


def _named(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) and not get_args(annotation) else str(annotation)
