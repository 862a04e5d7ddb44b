"""The operations field by field: where each field of the contract lives, or why it lives nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from colonnade.spec.access import Operation, OperationField
from colonnade.spec.openapi.filters import label as parameter_label
from colonnade.spec.openapi.filters import read_listing
from colonnade.spec.openapi.model import EntityDraft, Model, Place
from colonnade.spec.openapi.patterns import scope_name, tied
from colonnade.spec.openapi.resources import Resource
from colonnade.spec.openapi.shape import Property, Shape
from colonnade.spec.openapi.uniques import addressed_by, login_attribute
from colonnade.spec.openapi.visits import Visit
from colonnade.sql.identifier import snake, words

Effect = Literal["read", "list", "create", "update", "delete", "other"]
_EFFECTS: dict[str, Effect] = {
    "list": "list",
    "get": "read",
    "create": "create",
    "update": "update",
    "delete": "delete",
}
_TIES: dict[str, Effect] = {"mark": "create", "link": "create", "unmark": "delete", "unlink": "delete"}


def operations(model: Model) -> tuple[Operation, ...]:
    """Return every operation of the contract."""
    return tuple(_operation(model, visit) for visit in model.visits)


def _operation(model: Model, visit: Visit) -> Operation:
    call = visit.exchange.call
    draft = model.drafts.get(visit.resource) if visit.resource is not None else None
    relationship = tied(model, visit) if visit.kind in _TIES else None
    entity = relationship.via if relationship is not None else draft.name if draft is not None else ""
    return Operation(
        id=call.id or call.label,
        method=call.method,
        path=call.path,
        entity=entity,
        effect=_TIES.get(visit.kind) or _EFFECTS.get(visit.kind, "other"),
        fields=tuple(_fields(model, visit, draft)),
        secured=call.secured,
        reason=visit.reason or ("checks who the caller is" if visit.kind == "login" else ""),
        at=(call.at,),
    )


def _fields(model: Model, visit: Visit, draft: EntityDraft | None) -> Iterator[OperationField]:
    entity = draft.name if draft is not None else ""
    yield from _path_fields(model, visit, draft)
    yield from _query_fields(model, visit, draft)
    yield from _body_fields(model, visit, draft, entity)
    yield from _answer_fields(model, visit, draft, entity)


def _path_fields(model: Model, visit: Visit, draft: EntityDraft | None) -> Iterator[OperationField]:
    for name, parameter in visit.exchange.call.path_parameters.items():
        place = _path_place(model, visit, draft, name)
        yield OperationField(
            name=name,
            direction="path",
            entity=draft.name if draft is not None else "",
            place=place.path,
            reason=place.reason,
            required=True,
            at=(parameter.at,),
        )


def _path_place(model: Model, visit: Visit, draft: EntityDraft | None, name: str) -> Place:
    if draft is None:
        return Place(reason=visit.reason or "the operation is about no stored thing")
    if name in visit.keys:
        own = addressed_by(draft, name)
        if own:
            return Place(path=own)
        related = [each.name for each in model.references(draft.name) if f"{each.name}_id" == snake(name)]
        return Place(path=related[0]) if related else Place(path="id")
    for scope in visit.scopes:
        if scope.parameter != name:
            continue
        relationship = scope_name(model, draft, visit, scope)
        parent = model.drafts.get(scope.resource) if scope.resource is not None else None
        if relationship and parent is not None and parent is not draft:
            attribute = addressed_by(parent, name)
            return Place(path=relationship if attribute in ("", "id") else f"{relationship}.{attribute}")
        if relationship:
            return Place(path=relationship)
        further = _further(model, draft, scope.resource)
        return Place(path=further) if further else Place(reason="says where the rows stand; they are found without it")
    return Place(reason="says where the rows stand; they are found without it")


def _further(model: Model, draft: EntityDraft, target: Resource | None) -> str:
    """Return the path to a thing that the rows reach through what they belong to."""
    for first in model.references(draft.name):
        for second in model.references(first.target):
            if target is not None and second.target == target.name:
                return f"{first.name}.{second.name}"
    return ""


def _query_fields(model: Model, visit: Visit, draft: EntityDraft | None) -> Iterator[OperationField]:
    call = visit.exchange.call
    listing = read_listing(model, draft, call) if draft is not None and visit.kind == "list" else None
    for parameter in call.query:
        named = parameter_label(parameter)
        place = listing.places[named] if listing is not None else _loose_place(model, visit, draft, parameter.name)
        yield OperationField(
            name=named,
            direction="sort" if listing is not None and named in listing.directions else "filter",
            entity=draft.name if draft is not None else "",
            place=place.path,
            reason=place.reason,
            required=parameter.required,
            at=(parameter.at,),
        )


def _loose_place(model: Model, visit: Visit, draft: EntityDraft | None, name: str) -> Place:
    """Return the place of a query parameter of an operation that is no list."""
    if draft is not None and visit.kind in ("link", "unlink"):
        relationship = tied(model, visit)
        if relationship is not None and words(name)[-1] == "id":
            return Place(path=relationship.name if relationship.source == draft.name else relationship.inverse)
    if draft is not None and visit.kind in ("create", "update", "get", "delete"):
        known = draft.places.get(snake(name))
        if known is not None and known.path:
            return known
        if snake(name) in draft.attributes and draft.attributes[snake(name)].role != "computed":
            return Place(path=snake(name))
    return Place(reason=visit.reason or "shapes the request; no row keeps it")


def _body_fields(model: Model, visit: Visit, draft: EntityDraft | None, entity: str) -> Iterator[OperationField]:
    body = visit.exchange.body
    for each in body.wrapping:
        yield _field(each, "request", entity, Place(reason="the wrapper of the request"))
    if body.shape is None or not body.shape.is_object:
        return
    for each in _properties(body.shape):
        yield from _placed(model, visit, draft, each, "request", entity)


def _answer_fields(model: Model, visit: Visit, draft: EntityDraft | None, entity: str) -> Iterator[OperationField]:
    answer = visit.exchange.answer
    for each in answer.wrapping:
        yield _field(each, "response", entity, Place(reason="the wrapper of the answer"))
    if answer.shape is None or not answer.shape.is_object:
        return
    if answer.kind == "value":
        for each in _properties(answer.shape):
            yield _field(each, "response", entity, Place(reason="tells the outcome; it shows no row"))
        return
    about = model.directory.of_payload(answer, model.directory.spots[visit.exchange.key])
    shown = model.drafts.get(about) if about is not None else None
    if shown is None and visit.kind in _EFFECTS:
        shown = draft
    for each in _properties(answer.shape):
        if shown is None:
            reason = visit.reason or "part of a report; no row keeps it"
            yield _field(each, "response", entity, Place(reason=reason))
        else:
            yield from _placed(model, visit, shown, each, "response", shown.name)


def _placed(
    model: Model, visit: Visit, draft: EntityDraft | None, each: Property, direction: str, entity: str
) -> Iterator[OperationField]:
    name = snake(each.name)
    if draft is None:
        yield _field(each, direction, entity, Place(reason=visit.reason or "the operation is about no stored thing"))
        return
    if visit.kind in ("login", "link", "unlink") and direction == "request":
        yield _field(each, direction, entity, _tie_place(model, visit, draft, each))
        return
    place = draft.places.get(name) or Place(reason=_unplaced_reason(visit, direction))
    inner = [key for key in draft.places if key.startswith(f"{name}.")]
    if inner:
        shape = model.shapes.of(each.schema)
        item = model.shapes.item(shape) if shape.kind == "array" else shape
        for part in item.properties.values():
            found = draft.places.get(f"{name}.{snake(part.name)}")
            if found is not None:
                yield _field(part, direction, entity, found, prefix=f"{each.name}.", required=each.required)
        if item.properties:
            return
    yield _field(each, direction, entity, place)


def _unplaced_reason(visit: Visit, direction: str) -> str:
    """Return why a field that no thing keeps stands in a request or an answer."""
    if visit.reason:
        return visit.reason
    if direction == "request" and visit.kind not in ("create", "update"):
        return "sent to an operation that writes no row"
    return "of the operation itself; no row keeps it"


def _tie_place(model: Model, visit: Visit, draft: EntityDraft, each: Property) -> Place:
    """Return the place of what a login or a link sends."""
    if visit.kind == "login":
        name = login_attribute(draft, visit)
        if snake(each.name) == "password":
            kept = next((a.name for a in draft.attributes.values() if a.role == "password"), "")
            return Place(path=kept) if kept else Place(reason="compared elsewhere")
        if name and (snake(each.name) == name or words(each.name)[-1] in ("username", "login", "email")):
            return Place(path=name)
        return Place(reason="of the login itself; no row keeps it")
    relationship = tied(model, visit)
    if relationship is None:
        return Place(reason="no rule gives it a place")
    return Place(path=relationship.name if relationship.source == draft.name else relationship.inverse)


def _properties(shape: Shape) -> Iterator[Property]:
    seen: set[str] = set()
    for each in (*shape.properties.values(), *(p for v in shape.variants for p in v.properties.values())):
        if each.name not in seen:
            seen.add(each.name)
            yield each


def _field(
    each: Property, direction: str, entity: str, place: Place, *, prefix: str = "", required: bool | None = None
) -> OperationField:
    return OperationField(
        name=f"{prefix}{each.name}",
        direction=direction,  # type: ignore[arg-type]  # the callers name one of the five
        entity=entity,
        place=place.path,
        reason=place.reason,
        required=each.required if required is None else required and each.required,
        at=(each.at,),
    )
