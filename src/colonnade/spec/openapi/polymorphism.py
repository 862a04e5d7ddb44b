"""Things of several kinds: a type and what only some kinds have."""

from __future__ import annotations

from colonnade.spec.entities import Attribute, Relationship, ValueType
from colonnade.spec.openapi.faces import FieldDraft
from colonnade.spec.openapi.model import EntityDraft, Model, Place
from colonnade.spec.openapi.required import literal
from colonnade.spec.openapi.resources import Resource
from colonnade.sql.identifier import pascal, snake, words

_OWN_TABLE = 3


def settle_kinds(model: Model, draft: EntityDraft) -> EntityDraft | None:
    """Place the fields that only some kinds of a thing have; returns nothing when there is only one kind."""
    unions = [face.shape for face in draft.faces if face.shape.kind == "union" and face.role != "view"]
    if not unions:
        return None
    kinds = _kinds(draft)
    _type_attribute(draft, unions[0].tag, tuple(kinds))
    largest = max((len(fields) for fields in kinds.values()), default=0)
    answer = model.questions.ask(
        "polymorphism",
        (draft.name,),
        f"{draft.name} comes in several kinds with fields of their own. Where are those kept?",
        default="subtypes" if largest >= _OWN_TABLE else "json",
        alternatives={
            "subtypes": "Each kind has a table of its own that shares the key; its fields can be required.",
            "json": "One document beside the type; the database does not check it.",
            "single": "Columns of one table that are empty for the other kinds.",
        },
        at=(unions[0].at,),
    )
    if answer == "subtypes":
        for kind, fields in kinds.items():
            _subtype(model, draft, kind, fields)
    elif answer == "json":
        _document(draft, kinds)
    return draft


def _kinds(draft: EntityDraft) -> dict[str, list[FieldDraft]]:
    """Return the fields that only some kinds have, by kind; a field of several kinds stands under each."""
    kinds: dict[str, list[FieldDraft]] = {}
    for field in draft.unplaced():
        for variant in sorted(field.variants):
            kinds.setdefault(variant, []).append(field)
    return kinds


def _type_attribute(draft: EntityDraft, tag: str, kinds: tuple[str, ...]) -> None:
    """Store which kind a row is: the discriminator, a constant that differs, or an attribute of our own."""
    name = snake(tag) if tag else _constant(draft)
    field = draft.fields.get(name) if name else None
    values = _told_values(field) if field is not None else ()
    if len(values) < 2:
        values = tuple(dict.fromkeys((*values, *kinds)))
    if not values or (field is None and len(kinds) < 2):
        return
    draft.put(
        Attribute(
            name=name or "kind",
            type=ValueType(base="enum", values=values),
            required=True,
            at=field.at if field is not None else draft.at[:1],
        )
    )


def _constant(draft: EntityDraft) -> str:
    """Return a field that holds another constant in each kind."""
    for name, field in draft.fields.items():
        values = [each.shape.values for each in field.sights if each.shape.values]
        if len(values) > 1 and all(len(each) == 1 for each in values) and len({each[0] for each in values}) > 1:
            return name
    return ""


def _told_values(field: FieldDraft) -> tuple[str, ...]:
    return tuple(dict.fromkeys(literal(value) for sight in field.sights for value in sight.shape.values))


def _subtype(model: Model, base: EntityDraft, kind: str, fields: list[FieldDraft]) -> None:
    """Make a kind a one-to-one dependent of the thing, which shares its key."""
    about = tuple(words(kind))
    if about == ("other",) or model.directory.exact(about) is not None:
        about = (*base.resource.words, *about)
    name = pascal("_".join(about))
    resource = Resource(name=name, stem=about, stems={about})
    model.directory.add(resource)
    own = {each.name: each for each in fields}
    model.drafts[resource] = EntityDraft(
        resource=resource, fields=own, faces=base.faces, visits=[], weak_of=base.name, at=fields[0].at
    )
    relationship = model.relate(
        Relationship(
            name=snake(base.name),
            source=name,
            target=base.name,
            kind="1-1",
            inverse=snake(name),
            required=True,
            composition=True,
            at=fields[0].at,
        )
    )
    for field in fields:
        base.places[field.name] = Place(path=f"{relationship.inverse}.{field.name}")


def _document(draft: EntityDraft, kinds: dict[str, list[FieldDraft]]) -> None:
    fields = list({id(each): each for own in kinds.values() for each in own}.values())
    if not fields:
        return
    draft.attributes["details"] = Attribute(
        name="details", type=ValueType(base="json"), description="What only some kinds have.", at=fields[0].at
    )
    for field in fields:
        draft.places[field.name] = Place(path="details")
