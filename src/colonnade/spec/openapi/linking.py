"""References: which fields and which path segments lead from one thing to another."""

from __future__ import annotations

from colonnade.spec.english import plural, plural_snake, singular, word_set
from colonnade.spec.entities import Attribute, Relationship
from colonnade.spec.openapi.faces import FieldDraft
from colonnade.spec.openapi.keys import key_type, name_pattern
from colonnade.spec.openapi.model import EntityDraft, Model, Place
from colonnade.spec.openapi.required import is_required
from colonnade.spec.openapi.resources import Resource, stem_of_parameter
from colonnade.spec.openapi.shape import Shape
from colonnade.spec.openapi.stems import ends_with
from colonnade.spec.openapi.types import value_type
from colonnade.spec.openapi.visits import Scope, Visit
from colonnade.spec.openapi.vocabulary import LOGIN_NAMES, OWNER_WORDS, PLAIN_NUMBERS, USER_SYNONYMS
from colonnade.sql.identifier import snake, words

# An identifier that another company's product gave; nothing of ours answers to it.
_FOREIGN = word_set(
    """
    stripe google github gitlab facebook apple twitter paypal external remote legacy aws s3 r2 firebase auth0 clerk
    supabase cognito okta azure slack discord telegram downstream upstream third provider
    """
)
_POLYMORPHIC = ("entity", "object", "resource", "target", "subject", "record", "item")
_LABELS = ("owner", "creator", "user", "account")
_IDENTIFIER_WORDS = ("id", "uuid", "guid")


def link_fields(model: Model, draft: EntityDraft) -> None:
    """Find the fields of a thing that refer to one row of another."""
    for field in draft.unplaced():
        target = _target(model, draft, field)
        if target is None or target not in model.drafts or not (field.reads or _refers_when_created(field)):
            continue
        name = _relationship_name(draft, field, target)
        twin = _twin(draft, field, target)
        if twin:
            draft.places[field.name] = Place(path=twin)
            continue
        relationship = model.relate(
            Relationship(
                name=name,
                source=draft.name,
                target=target.name,
                kind="N-1",
                inverse=_inverse(model, draft, target, name),
                required=is_required(field, draft),
                field=field.spelling,
                description=field.description,
                at=field.at,
            )
        )
        draft.places[field.name] = Place(path=_shown_path(model, field, target, relationship.name))


def _shown_path(model: Model, field: FieldDraft, target: Resource, name: str) -> str:
    """Return the place of a reference; a label shows an attribute of what is referred to."""
    found = model.drafts[target]
    if not _is_label(field) or not found.key or found.attributes["id"].type.base != "integer":
        return name
    shown = next((each for each in LOGIN_NAMES if each in found.fields), "")
    return f"{name}.{shown}" if shown else name


def link_paths(model: Model, draft: EntityDraft) -> None:
    """Find the things in whose paths a thing is nested."""
    creates = [each for each in draft.visits if each.kind == "create"]
    for visit in draft.visits:
        belongs = visit.kind in ("create", "update", "delete", "get", "list") and _is_own_place(draft, visit)
        for scope in visit.scopes[-1:] + _own_scopes(visit) if belongs else ():
            nested_everywhere = bool(creates) and all(_has_scope(each, scope) for each in creates)
            _link_scope(model, draft, visit, scope, required=nested_everywhere or not creates)


def is_polymorphic(draft: EntityDraft) -> str:
    """Return the word of a pair such as `entity_type` and `entity_id`, "" when there is none."""
    return next((each for each in _POLYMORPHIC if f"{each}_id" in draft.fields and f"{each}_type" in draft.fields), "")


def _target(model: Model, draft: EntityDraft, field: FieldDraft) -> Resource | None:
    shape = field.shape
    if shape.is_object or shape.kind in ("any", "map"):
        return _object_target(model, draft, field) if shape.is_object else None
    if shape.kind != "scalar" or shape.type not in ("string", "integer") or shape.values:
        return None
    path = name_pattern(shape)
    if path:
        return _of_path(model, path)
    return _scalar_target(model, draft, field)


def _object_target(model: Model, draft: EntityDraft, field: FieldDraft) -> Resource | None:
    found = model.directory.of_shape(field.shape)
    if found is not None:
        return None if found.singleton and _is_part(model, draft, found) else found
    named = field.shape.properties.get("name")
    if named is not None and (path := name_pattern(model.shapes.of(named.schema))):
        return _of_path(model, path)
    if "id" in field.shape.properties and f"{field.name}_id" in draft.fields:
        return model.directory.named(words(field.name), besides=draft.resource)
    return None


def _scalar_target(model: Model, draft: EntityDraft, field: FieldDraft) -> Resource | None:
    parts = words(field.name)
    is_identifier = parts[-1] in _IDENTIFIER_WORDS and len(parts) > 1
    about = parts[:-1] if is_identifier else parts
    if set(about) & _FOREIGN:
        return None
    if is_identifier and (
        about == ("parent",) or (about[0] == "parent" and ends_with(draft.resource.words, about[1:]))
    ):
        return draft.resource
    if is_identifier and "_".join(about) in _POLYMORPHIC and f"{'_'.join(about)}_type" in draft.fields:
        return None
    if not is_identifier and not _names_user(model, field) and not _names_thing(model, field):
        return None
    if model.directory.exact((*about[:-1], singular(about[-1]))) is draft.resource:
        return draft.resource if is_identifier and _is_of_another_row(draft, field) else None
    found = model.directory.named((*about[:-1], singular(about[-1])), besides=draft.resource)
    if found is None and is_identifier and about[-1] in _roles(model):
        found = model.directory.user
    if found is not None and found is model.directory.user and _is_label(field):
        return found
    return found if found is not None and _fits(model, found, field.shape) else None


def _roles(model: Model) -> set[str]:
    """Return the words for what users are to each other: the values of their `role`."""
    fields = model.user.fields.values() if model.user is not None else ()
    named = [each for each in fields if words(each.name)[-1] in ("role", "type", "kind")]
    return {singular(str(value).lower()) for each in named for sight in each.sights for value in sight.shape.values}


def _is_of_another_row(draft: EntityDraft, field: FieldDraft) -> bool:
    """Tell whether a thing's own identifier stands in a field beside its key: `group_id` of a group with an `id`.

    A text of that name is more often what the thing is called elsewhere.
    """
    is_key = field.shape.type == "integer" or field.shape.format == "uuid"
    beside_key = is_key and draft.key in ("id", "uuid") and field.name != draft.key
    return beside_key and bool(field.reads and field.writes) and not is_required(field, draft)


def _is_label(field: FieldDraft) -> bool:
    """Tell whether a text that no request brings names the user whose row it is."""
    return field.name in _LABELS and not field.writes and field.shape.type == "string" and not field.shape.format


def _names_thing(model: Model, field: FieldDraft) -> bool:
    """Tell whether a number or uuid is called like a thing, as serializers call a reference: `category: 7`."""
    if field.name in PLAIN_NUMBERS or not (field.shape.type == "integer" or field.shape.format == "uuid"):
        return False
    found = model.directory.exact(tuple(words(field.name)))
    return found is not None and found in model.drafts and bool(model.drafts[found].key)


def _names_user(model: Model, field: FieldDraft) -> bool:
    """Tell whether a scalar that is not called an identifier holds a user's: `created_by`, `assigned_to`."""
    if field.name not in USER_SYNONYMS or model.user is None:
        return False
    is_act = field.name.endswith(("_by", "_to"))
    return is_act or _is_label(field) or field.shape.type == "integer" or field.shape.format == "uuid"


def _fits(model: Model, target: Resource, shape: Shape) -> bool:
    """Tell whether a field of this shape can hold the identifier of the target."""
    draft = model.drafts.get(target)
    if draft is None or not draft.key:
        return True
    wanted, given = draft.attributes["id"].type.base, key_type(shape).base
    return wanted == given or (shape.type == "string" and not shape.format and wanted in ("uuid", "text"))


def _twin(draft: EntityDraft, field: FieldDraft, target: Resource) -> str:
    """Return the reference that a field only spells out: `sender_user` beside `sender`."""
    last = words(field.name)[-1:]
    base = "_".join(words(field.name)[:-1])
    if not base or last != target.words[-1:] or not field.shape.is_object:
        return ""
    place = draft.places.get(base)
    return place.path if place is not None else ""


def _refers_when_created(field: FieldDraft) -> bool:
    """Tell whether requests send the reference although answers do not show it by this name."""
    return bool(field.writes)


def _of_path(model: Model, path: str) -> Resource | None:
    segments = [each for each in path.split("/") if not each.startswith("{")]
    return next((each for each in model.directory.resources if _found_at(each, segments[-1])), None)


def _relationship_name(draft: EntityDraft, field: FieldDraft, target: Resource) -> str:
    """Return what the thing calls the one it refers to; a resource name's field drops the word `name`."""
    parts = words(field.name)
    if name_pattern(field.shape):
        if field.name in ("parent", "name") and target is not draft.resource:
            return snake(target.name)
        if len(parts) > 1 and parts[-1] == "name":
            return "_".join(parts[:-1])
    if len(parts) > 1 and parts[-1] in _IDENTIFIER_WORDS:
        return "_".join(parts[:-1])
    return field.name


def _inverse(model: Model, draft: EntityDraft, target: Resource, name: str) -> str:
    """Return what the target calls the rows that refer to it; told apart when there are several ways."""
    plain = plural_snake(draft.name)
    if target is draft.resource:
        return "children" if name == "parent" else f"{name}_of"
    taken = {each.inverse for each in model.relationships if each.target == target.name}
    taken |= {each.name for each in model.relationships if each.source == target.name}
    target_draft = model.drafts.get(target)
    known = set(target_draft.attributes) if target_draft is not None else set()
    means_target = ends_with(target.words, words(name)) or name in OWNER_WORDS or target is not model.directory.user
    if means_target and plain not in taken | known:
        return plain
    return f"{_as_adjective(name)}_{plain}"


def _as_adjective(name: str) -> str:
    """Return a reference's name as it stands before a noun: `assigned_to`, `assigned`."""
    adjectives = {"assignee": "assigned", "reviewer": "reviewed", "approver": "approved", "reporter": "reported"}
    return adjectives.get(name, name.removesuffix("_by").removesuffix("_to"))


def _is_part(model: Model, draft: EntityDraft, other: Resource) -> bool:
    """Tell whether the other thing is one that each row of this one has a single one of."""
    found = model.drafts.get(other)
    return found is not None and found.weak_of == draft.name


def _found_at(resource: Resource, segment: str) -> bool:
    return any(spot.name == segment for spot in resource.spots)


def _is_own_place(draft: EntityDraft, visit: Visit) -> bool:
    """Tell whether the rows at this place belong to what the path names before."""
    key = visit.exchange.key
    home = draft.resource.home
    if home is not None and key == home.key:
        return True
    return visit.kind == "create" and any(spot.key == key for spot in draft.resource.spots)


def _own_scopes(visit: Visit) -> tuple[Scope, ...]:
    """Return the scopes that stand after the thing's own segment, beside the last one."""
    own = set(visit.exchange.last.parameters)
    return tuple(each for each in visit.scopes[:-1] if each.parameter in own)


def _has_scope(visit: Visit, scope: Scope) -> bool:
    if scope.resource is not None:
        return any(each.resource is scope.resource for each in visit.scopes)
    return any(each.parameter == scope.parameter for each in visit.scopes)


def _link_scope(model: Model, draft: EntityDraft, visit: Visit, scope: Scope, *, required: bool) -> None:
    parent = scope.resource
    call = visit.exchange.call
    if parent is None:
        _carry_value(model, draft, visit, scope, required=required)
        return
    if parent not in model.drafts or is_polymorphic(draft):
        return
    known = [each for each in model.references(draft.name) if each.target == parent.name]
    about = "_".join(stem_of_parameter(scope.parameter))
    is_nested = scope.parameter not in visit.exchange.last.parameters
    called = [each for each in known if each.name == about or ends_with(words(about), words(each.name))]
    if parent is draft.resource:
        called = called or [each for each in known if each.name.startswith("parent")]
    composition = is_nested and required and not _stands_alone(draft) and parent is not draft.resource
    usual = [each for each in known if _may_be_parent(model, parent, each)]
    relationship = next(iter(called or usual), None)
    if relationship is not None:
        model.update(relationship, composition=relationship.composition or composition)
        return
    name = "parent" if parent is draft.resource else _scope_name(parent, about)
    model.relate(
        Relationship(
            name=name,
            source=draft.name,
            target=parent.name,
            kind="N-1",
            inverse=_inverse(model, draft, parent, name),
            required=required and parent is not draft.resource,
            composition=composition,
            at=(call.at,),
        )
    )


def _may_be_parent(model: Model, parent: Resource, known: Relationship) -> bool:
    """Tell whether a reference that is called otherwise may still lead to the parent that the path names."""
    if parent is model.directory.user:
        return known.name in OWNER_WORDS
    return known.required or ends_with(parent.words, words(known.name)) or ends_with(words(known.name), parent.words)


def _scope_name(parent: Resource, about: str) -> str:
    """Return what a nested thing calls its parent: as the parameter does when that says what is meant."""
    own = snake(parent.name)
    return about if ends_with(parent.words, words(about)) else own


def _stands_alone(draft: EntityDraft) -> bool:
    """Tell whether rows are also made or listed without naming a parent."""
    return any(
        each.kind == "create" and not each.scopes and not each.mine
        for each in draft.visits
        if any(spot.key == each.exchange.key for spot in draft.resource.spots)
    )


def _carry_value(model: Model, draft: EntityDraft, visit: Visit, scope: Scope, *, required: bool) -> None:
    """Store a path parameter that names no thing we know but by which rows are found."""
    name = snake(scope.parameter)
    if name in draft.fields or name in draft.attributes or visit.kind not in ("create", "list"):
        return
    parameter = visit.exchange.call.path_parameters.get(scope.parameter)
    if parameter is None:
        return
    draft.attributes[name] = Attribute(
        name=name,
        type=value_type(name, parameter.shape, model.shapes)
        if parameter.shape.kind == "scalar"
        else value_type(name, parameter.shape, model.shapes).model_copy(update={"base": "text"}),
        required=required,
        description=parameter.description,
        at=(parameter.at,),
    )


def plural_of(name: str) -> str:
    """Return a snake_case name with its last word in the plural."""
    parts = words(name)
    return "_".join((*parts[:-1], plural(singular(parts[-1])))) if parts else ""


def singular_name(name: str) -> str:
    """Return a snake_case name with its last word in the singular."""
    parts = words(name)
    return "_".join((*parts[:-1], singular(parts[-1]))) if parts else ""
