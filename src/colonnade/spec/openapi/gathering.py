"""Collections inside answers: what a thing has many of, and by which table."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.spec.english import plural_snake, singular, word_set
from colonnade.spec.entities import Attribute, Relationship
from colonnade.spec.openapi.faces import FieldDraft
from colonnade.spec.openapi.linking import plural_of, singular_name
from colonnade.spec.openapi.model import EntityDraft, Model, Place
from colonnade.spec.openapi.resources import Resource
from colonnade.spec.openapi.shape import Shape
from colonnade.spec.openapi.stems import GENERIC_PARTS, stem
from colonnade.spec.openapi.types import value_type
from colonnade.spec.openapi.vocabulary import NATURAL_KEYS, PEOPLE
from colonnade.sql.identifier import pascal, snake, words

_RECENT = ("recent", "latest", "top", "popular", "related", "similar", "featured", "first", "last")
_WORD_FIELDS = word_set("id name slug color colour description title label code icon key value")
_NAME_LISTS = ("list", "names", "name", "set")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Membership:
    """The elements of an array that point at another thing, with what else each of them says."""

    target: Resource
    pointer: str
    extras: tuple[str, ...]


def gather(model: Model, draft: EntityDraft) -> None:
    """Find the arrays of a thing that hold rows of others, or identify them."""
    for field in draft.unplaced():
        shape = field.shape
        if shape.kind != "array":
            continue
        item = model.shapes.item(shape)
        if item.is_object:
            _objects(model, draft, field, item)
        elif item.kind == "scalar" and item.type in ("string", "integer") and not item.values:
            _identifiers(model, draft, field, item)


def _objects(model: Model, draft: EntityDraft, field: FieldDraft, item: Shape) -> None:
    target = model.directory.of_shape(item)
    if target is not None and target in model.drafts:
        _hold(model, draft, field, target)
        return
    if singular(words(field.name)[-1]) in PEOPLE and model.user is not None and "id" in item.properties:
        _hold(model, draft, field, model.user.resource)
        return
    membership = _membership(model, draft, item)
    if membership is not None and field.name not in draft.places:
        _associate_with_extras(model, draft, field, item, membership)


def _identifiers(model: Model, draft: EntityDraft, field: FieldDraft, item: Shape) -> None:
    parts = words(field.name)
    by_id = len(parts) > 1 and parts[-1] in ("ids", "uuids")
    bare = parts[:-1] if by_id or (len(parts) > 1 and parts[-1] in _NAME_LISTS) else parts
    about = (*bare[:-1], singular(bare[-1]))
    exact = model.directory.exact(about)
    people = model.directory.user if about[-1] in PEOPLE and item.format in ("uuid", "int64") else None
    target = model.directory.named(about, besides=draft.resource) if by_id else exact or people
    if target is None or target not in model.drafts:
        return
    if not by_id and bare == parts and singular(parts[-1]) == parts[-1]:
        return
    _hold(model, draft, field, target, name=plural_of("_".join(bare)), is_writer=by_id or not field.reads)
    if not by_id and item.type == "string":
        held = draft.places.get(field.name)
        text = _text_key(model.drafts[target])
        if held is not None and held.path and text:
            draft.places[field.name] = Place(path=f"{held.path}.{text}")


def _text_key(draft: EntityDraft) -> str:
    return next((each for each in NATURAL_KEYS if each in draft.attributes or each in draft.fields), "")


def _hold(
    model: Model, draft: EntityDraft, field: FieldDraft, target: Resource, *, name: str = "", is_writer: bool = False
) -> None:
    """Place a collection: the other side of a reference, an association, or only a way of showing."""
    called = name or field.name
    referring = model.between(target.name, draft.name, "N-1", "1-1")
    if referring:
        chosen = _closest(referring, called)
        draft.places[field.name] = Place(path=chosen.inverse)
        return
    for known in model.associations(draft.name):
        if target.name not in (known.source, known.target):
            continue
        side = known.name if known.source == draft.name else known.inverse
        if known.source == known.target:
            side = known.inverse if singular_name(called) == singular_name(known.inverse) else known.name
        if words(called)[0] in _RECENT or _same_stem(called, side) or is_writer or words(side)[-1] == words(called)[-1]:
            draft.places[field.name] = Place(path=side)
            return
    if words(called)[0] in _RECENT or not (field.writes or _is_shown_everywhere(draft, field)):
        draft.leave_out(field.name, "shown with the row, found by a search of its own; no request sets it")
        return
    if target.embedded and not _is_vocabulary(model, target) and not _is_shared(model, draft, target):
        _contain(model, draft, field, target)
    else:
        _associate(model, draft, field, target, called)


def _contain(model: Model, draft: EntityDraft, field: FieldDraft, target: Resource) -> None:
    """Make the elements parts of the thing: they have no place of their own and no other thing shows them."""
    model.relate(
        Relationship(
            name=snake(draft.name),
            source=target.name,
            target=draft.name,
            kind="N-1",
            inverse=field.name,
            required=True,
            composition=True,
            at=field.at,
        )
    )
    draft.places[field.name] = Place(path=field.name)


def _is_vocabulary(model: Model, target: Resource) -> bool:
    """Tell whether a thing is only a word that rows of others share: a tag, a genre."""
    return set(model.drafts[target].fields) <= _WORD_FIELDS


def _is_shared(model: Model, draft: EntityDraft, target: Resource) -> bool:
    """Tell whether other things show it too."""
    for other in model.drafts.values():
        for field in other.fields.values() if other is not draft else ():
            shape = model.shapes.item(field.shape) if field.shape.kind == "array" else field.shape
            if shape.is_object and model.directory.of_shape(shape) is target:
                return True
    return False


def _associate(model: Model, draft: EntityDraft, field: FieldDraft, target: Resource, called: str) -> None:
    itself = target is draft.resource
    usual = plural_snake(draft.name)
    taken = {each.inverse for each in model.relationships if each.target == target.name}
    inverse = f"{singular_name(called)}_of" if itself else usual if usual not in taken else f"{called}_{usual}"
    last = singular_name(called)
    is_second = bool(model.between(draft.name, target.name, "N-M"))
    other = last if itself or is_second else snake(target.name)
    if any(each.name == other for each in model.between(draft.name, target.name, "N-1")):
        other = called  # apart from the one row that the thing refers to itself
    relationship = model.relate(
        Relationship(
            name=called,
            source=draft.name,
            target=target.name,
            kind="N-M",
            inverse=inverse,
            via=pascal(f"{snake(draft.name)}_{other}"),
            irreflexive=itself,
            field=field.spelling,
            at=field.at,
        )
    )
    draft.places[field.name] = Place(path=relationship.name)


def _associate_with_extras(
    model: Model, draft: EntityDraft, field: FieldDraft, item: Shape, membership: _Membership
) -> None:
    """Read `items: [{product_id, quantity}]` as an association that carries attributes."""
    extras = []
    for name in membership.extras:
        each = item.properties[name]
        shape = model.shapes.of(each.schema)
        extras.append(
            Attribute(
                name=snake(name),
                type=value_type(name, shape, model.shapes),
                required=each.required and not shape.nullable,
                description=shape.description,
                at=(each.at,),
            )
        )
        draft.places[f"{field.name}.{snake(name)}"] = Place(path=f"{field.name}.{snake(name)}")
    via = "_".join(stem(item.name)) if item.name else f"{snake(draft.name)}_{singular_name(field.name)}"
    if set(words(via)) <= GENERIC_PARTS:
        via = f"{snake(draft.name)}_{via}"
    if model.directory.exact(words(via)) is not None:
        via = f"{snake(draft.name)}_{snake(membership.target.name)}"
    model.relate(
        Relationship(
            name=field.name,
            source=draft.name,
            target=membership.target.name,
            kind="N-M",
            inverse=plural_snake(draft.name),
            via=pascal(via),
            attributes=tuple(extras),
            field=field.spelling,
            at=field.at,
        )
    )
    draft.places[field.name] = Place(path=field.name)
    draft.places[f"{field.name}.{snake(membership.pointer)}"] = Place(path=field.name)


def _membership(model: Model, draft: EntityDraft, item: Shape) -> _Membership | None:
    """Return what an element points at when it is one other thing with a home and otherwise plain values."""
    if "id" in item.properties or item.kind != "object":
        return None
    pointers: list[tuple[str, Resource]] = []
    extras: list[str] = []
    for name, each in item.properties.items():
        shape = model.shapes.of(each.schema)
        parts = words(name)
        target = model.directory.of_shape(shape) if shape.is_object else None
        if target is None and shape.kind == "scalar" and len(parts) > 1 and parts[-1] == "id":
            target = model.directory.named(parts[:-1])
        if target is not None:
            pointers.append((name, target))
        elif shape.kind == "scalar":
            extras.append(name)
        else:
            return None
    others = [each for each in pointers if each[1] is not draft.resource]
    if len({target for _, target in others}) != 1:
        return None
    pointer, target = others[0]
    return _Membership(target=target, pointer=pointer, extras=tuple(extras)) if target in model.drafts else None


def _closest(referring: list[Relationship], called: str) -> Relationship:
    """Return the reference whose other side is called most like this collection."""
    return next((each for each in referring if _same_stem(each.inverse, called)), referring[0])


def _same_stem(one: str, other: str) -> bool:
    """Tell whether two names begin alike, as `followed` and `following` do."""
    first, second = words(one), words(other)
    return bool(first and second) and (first == second or first[0][:6] == second[0][:6])


def _is_shown_everywhere(draft: EntityDraft, field: FieldDraft) -> bool:
    """Tell whether every answer that shows a row of its own shows the field."""
    own = [each for each in draft.faces if each.role in ("read", "list")]
    return all(any(sight.face is face for sight in field.sights) for face in own)
