"""Takes the wrapping off requests and answers, down to the thing that is meant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from colonnade.spec.openapi.shape import Property, Shape
from colonnade.spec.openapi.shapes import Shapes
from colonnade.spec.openapi.vocabulary import CREDENTIAL_WORDS, DATA_WORDS, ENVELOPE_WORDS
from colonnade.sql.identifier import snake, words

PayloadKind = Literal["list", "item", "value", "none"]
_MAX_DEPTH = 6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Payload:
    """What a body is about.

    `kind` is `list` or `item` for things (objects, or the texts that name them), `value` for anything
    else. `names` are the components met on the way in, outermost first; `wrapping` are the properties
    of the wrappers that are not the thing, `inside` the property that led to it.
    """

    kind: PayloadKind
    shape: Shape | None = None
    names: tuple[str, ...] = ()
    wrapping: tuple[Property, ...] = ()
    inside: tuple[str, ...] = ()


NOTHING = Payload(kind="none")


def unwrap(shape: Shape | None, shapes: Shapes, *, depth: int = 0) -> Payload:
    """Return what a body is about."""
    if shape is None or shape.kind in ("any", "null"):
        return NOTHING
    names = (shape.name,) if shape.name else ()
    if shape.kind == "array":
        return replace(_elements(shape, shapes), names=names)
    if shape.kind not in ("object", "union"):
        return Payload(kind="value", shape=shape, names=names)
    inner = _content(shape, shapes) if depth < _MAX_DEPTH and shape.kind == "object" else None
    if inner is None:
        only_wrapping = shape.kind == "object" and all(_is_wrapping(each, shapes) for each in shape.properties.values())
        return Payload(kind="value" if only_wrapping else "item", shape=json_api(shape, shapes), names=names)
    found = unwrap(shapes.of(inner.schema), shapes, depth=depth + 1)
    if found.kind == "none":
        return found
    others = tuple(each for each in shape.properties.values() if each is not inner)
    return replace(
        found,
        names=(*names, *found.names),
        wrapping=(*others, *found.wrapping),
        inside=(inner.name, *found.inside),
    )


def json_api(shape: Shape, shapes: Shapes) -> Shape:
    """Return a JSON:API resource object as a plain object: its attributes and relationships beside its id.

    Source: jsonapi.org/format/#document-resource-objects
    """
    attributes = shape.properties.get("attributes")
    if attributes is None or not {"id", "type"} & shape.properties.keys():
        return shape
    inner = shapes.of(attributes.schema)
    if inner.kind != "object" or not shape.properties.keys() <= _RESOURCE_OBJECT:
        return shape
    merged: dict[str, Property] = {}
    if "id" in shape.properties:
        merged["id"] = shape.properties["id"]
    merged.update(inner.properties)
    relationships = shape.properties.get("relationships")
    related = shapes.of(relationships.schema) if relationships is not None else None
    for name, each in related.properties.items() if related is not None else ():
        merged[name] = _linkage(each, shapes)
    return replace(shape, properties=merged)


_RESOURCE_OBJECT = {"id", "type", "attributes", "relationships", "links", "meta", "lid"}


def _linkage(each: Property, shapes: Shapes) -> Property:
    data = shapes.of(each.schema).properties.get("data")
    return replace(each, schema=data.schema) if data is not None else each


def _elements(shape: Shape, shapes: Shapes) -> Payload:
    item = shapes.item(shape)
    if item.kind == "array":
        return Payload(kind="value", shape=shape)
    if item.is_object:
        return Payload(kind="list", shape=json_api(item, shapes))
    return Payload(kind="list" if item.kind == "scalar" else "value", shape=item)


def _content(shape: Shape, shapes: Shapes) -> Property | None:
    """Return the property that holds the thing when the object is only a wrapper."""
    rest = [each for each in shape.properties.values() if not _is_wrapping(each, shapes)]
    if not rest:
        return _named_data(shape, shapes)
    if len(rest) > 1:
        return _among(rest, shape, shapes)
    only = rest[0]
    inner = shapes.of(only.schema)
    if inner.kind == "array" and (shapes.item(inner).is_object or len(shape.properties) == 1 or _counts(shape)):
        return only
    if not inner.is_object:
        return None
    name = snake(only.name)
    wrapped = len(shape.properties) == 1 or name in DATA_WORDS
    return only if wrapped or _others_are_envelope(shape, only) else None


def _among(rest: list[Property], shape: Shape, shapes: Shapes) -> Property | None:
    """Return the thing next to which only the caller's credentials stand: `{token, user}`."""
    holders = [each for each in rest if shapes.of(each.schema).is_object]
    if len(holders) == 1 and all(
        each is holders[0] or snake(each.name) in CREDENTIAL_WORDS for each in shape.properties.values()
    ):
        return holders[0]
    return None


def _named_data(shape: Shape, shapes: Shapes) -> Property | None:
    """Return an array that itself is called like a wrapper's part, such as `values` or `items`."""
    arrays = [
        each
        for each in shape.properties.values()
        if (inner := shapes.of(each.schema)).kind == "array" and shapes.item(inner).is_object
    ]
    return arrays[0] if len(arrays) == 1 else None


def _counts(shape: Shape) -> bool:
    """Tell whether the object also tells how many there are, as only a list's wrapper does."""
    return any(snake(each) in ENVELOPE_WORDS for each in shape.properties)


def _others_are_envelope(shape: Shape, only: Property) -> bool:
    others = [snake(name) for name in shape.properties if name != only.name]
    return any(name in ("status", "success", "code", "status_code", "meta", "links", "jsonapi") for name in others)


def _is_wrapping(each: Property, shapes: Shapes) -> bool:
    """Tell whether a property is of the wrapper: a count, a cursor, a status, page information."""
    name = snake(each.name)
    inner = shapes.of(each.schema)
    if inner.kind == "array":
        return name in ("errors", "warnings", "included", "messages") or not _holds_things(inner, shapes, name)
    if name in ENVELOPE_WORDS:
        return True
    return inner.kind == "scalar" and inner.type == "integer" and bool({"count", "total", "size"} & set(words(name)))


def _holds_things(array: Shape, shapes: Shapes, name: str) -> bool:
    item = shapes.item(array)
    return item.is_object or item.kind == "array" or name not in ENVELOPE_WORDS
