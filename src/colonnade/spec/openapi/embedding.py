"""Objects inside objects: things of their own, a few columns, or a document."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.spec.entities import Attribute, ValueType
from colonnade.spec.openapi.attributes import attribute_of
from colonnade.spec.openapi.directory import Directory
from colonnade.spec.openapi.faces import Face, Faces, FieldDraft, Sight
from colonnade.spec.openapi.linking import singular_name
from colonnade.spec.openapi.model import EntityDraft, Model, Place
from colonnade.spec.openapi.required import is_required
from colonnade.spec.openapi.resources import Resource
from colonnade.spec.openapi.shape import Property, Shape
from colonnade.spec.openapi.shapes import Shapes
from colonnade.spec.openapi.stems import GENERIC_PARTS, stem
from colonnade.sql.identifier import pascal, snake, words

_MOST_FLATTENED = 4


def discover(directory: Directory, faces: Faces, shapes: Shapes) -> None:
    """Make things of the objects inside answers that have an identifier of their own."""
    while True:
        found = [
            each
            for resource in list(directory.resources)
            for face in faces.of(resource)
            if face.role != "view"
            for each in _identified(directory, resource, face, faces.of(resource), shapes)
        ]
        if not found:
            return
        for resource, shape in found:
            if shape.name in directory.components:
                continue
            if resource not in directory.resources:
                if directory.exact(resource.words) is not None:
                    continue
                directory.add(resource)
            if shape.name:
                directory.components[shape.name] = resource
            else:
                directory.unnamed[shape.node] = resource
            faces.show(resource, shape)
        faces.look_inside()


def embed(model: Model, draft: EntityDraft) -> None:
    """Store what is left of the objects inside a thing: up to four plain values as columns, else a document."""
    for field in draft.unplaced():
        shape = field.shape
        if shape.kind == "object" and shape.properties:
            _object(model, draft, field)
        elif shape.kind in ("object", "map", "union", "any") or (
            shape.kind == "array" and not _is_plain_array(model, shape)
        ):
            draft.put(_document(draft, field), field_name=field.name)


def _object(model: Model, draft: EntityDraft, field: FieldDraft) -> None:
    inner = [model.shapes.of(each.schema) for each in field.shape.properties.values()]
    fits = len(inner) <= _MOST_FLATTENED and all(each.kind == "scalar" for each in inner)
    answer = model.questions.ask(
        "embedded",
        (draft.name, field.name),
        f'How is the object "{field.spelling}" of {draft.name} stored?',
        default="columns" if fits else "json",
        alternatives={
            "columns": "Each of its fields becomes a column of its own, which can be constrained and indexed.",
            "json": "It is one document; its shape is not checked by the database.",
        },
        at=field.at,
    )
    if answer != "columns" or not all(each.kind == "scalar" for each in inner):
        draft.put(_document(draft, field), field_name=field.name)
        return
    required = is_required(field, draft)
    for name in field.shape.properties:
        inside = FieldDraft(name=f"{field.name}_{snake(name)}", sights=list(_inner_sights(model, field, name)))
        attribute = attribute_of(model, draft, inside)
        draft.attributes[attribute.name] = attribute.model_copy(update={"required": required and attribute.required})
        draft.places[f"{field.name}.{snake(name)}"] = Place(path=attribute.name)
    draft.places[field.name] = Place(
        reason="an object stored as columns of its own",
        path=f"{field.name}_{snake(next(iter(field.shape.properties)))}",
    )


def _inner_sights(model: Model, field: FieldDraft, name: str) -> Iterator[Sight]:
    """Yield how each face shows one field of the object inside."""
    for sight in field.sights:
        each = next((p for key, p in sight.shape.properties.items() if snake(key) == snake(name)), None)
        if each is not None:
            shape = model.shapes.of(each.schema)
            yield Sight(role=sight.role, property=each, shape=shape, face=sight.face, variant=sight.variant)


def _document(draft: EntityDraft, field: FieldDraft) -> Attribute:
    return Attribute(
        name=field.name,
        type=ValueType(base="json"),
        required=is_required(field, draft),
        description=field.description,
        at=field.at,
    )


def _is_plain_array(model: Model, shape: Shape) -> bool:
    return model.shapes.item(shape).kind == "scalar"


def _identified(
    directory: Directory, owner: Resource, face: Face, siblings: list[Face], shapes: Shapes
) -> Iterator[tuple[Resource, Shape]]:
    for each in face.shape.properties.values():
        shape = shapes.of(each.schema)
        inner = shapes.item(shape) if shape.kind == "array" else shape
        if inner.kind != "object" or directory.of_shape(inner) is not None or not _has_identifier(inner, shapes):
            continue
        recorded = shape.kind == "array" and _is_recorded(inner, shapes)
        if not inner.name and not recorded and not _is_referred(each, siblings):
            continue
        known = directory.exact(words(snake(each.name)))
        if known is not None and any(snake(name) == f"{snake(each.name)}_id" for name in face.shape.properties):
            yield known, inner
            continue
        about = stem(inner.name) if inner.name else words(singular_name(snake(each.name)))
        if about and (set(about) <= GENERIC_PARTS or (recorded and not inner.name)):
            about = (*owner.words, *about)
        if about and directory.exact(about) is None and directory.named(about) is None:
            yield Resource(name=pascal("_".join(about)), stem=about, stems={about}, embedded=True), inner


def _has_identifier(shape: Shape, shapes: Shapes) -> bool:
    identifier = shape.properties.get("id")
    if identifier is None or len(shape.properties) < 2:
        return False
    inner = shapes.of(identifier.schema)
    return inner.kind == "scalar" and not inner.nullable


def _is_recorded(shape: Shape, shapes: Shapes) -> bool:
    """Tell whether an element tells when it happened, as rows of a history do."""
    return any(shapes.of(each.schema).format == "date-time" for each in shape.properties.values())


def _is_referred(each: Property, siblings: list[Face]) -> bool:
    """Tell whether a request refers to the object by its identifier: `category` is sent as `categoryId`."""
    wanted = {f"{snake(each.name)}_id", f"{singular_name(snake(each.name))}_ids"}
    return any(snake(name) in wanted for face in siblings for name in face.shape.properties)
