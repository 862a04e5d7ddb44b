"""What hints change in the things that were read."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.errors import SpecError
from colonnade.spec.access import AccessPattern, Page, SortKey
from colonnade.spec.colonnade_file.field_line import read_field_line
from colonnade.spec.colonnade_file.names import check_entity_name, check_field_name
from colonnade.spec.colonnade_file.quantities import count_of, days_of, milliseconds_of, rate_of
from colonnade.spec.document import Node
from colonnade.spec.english import plural_snake
from colonnade.spec.entities import Attribute, Entity, Relationship, Volume
from colonnade.spec.invariants import Uniqueness
from colonnade.spec.nearest import suggestion
from colonnade.spec.openapi.apart import tell_apart
from colonnade.spec.openapi.directory import Directory
from colonnade.spec.openapi.faces import Faces, FieldDraft
from colonnade.spec.openapi.hints import flag, hint, name_lists, word
from colonnade.spec.openapi.model import EntityDraft, Model, Place
from colonnade.spec.openapi.resources import Resource
from colonnade.spec.openapi.types import value_type
from colonnade.sql.identifier import snake


def rename_resources(directory: Directory, faces: Faces) -> None:
    """Give things the names that their schemas' hints state, drop those to be ignored, and tell the rest apart."""
    named = set()
    for resource in list(directory.resources):
        nodes = schema_hints(faces, resource)
        stated = hint(nodes, "entity")
        if stated is not None:
            resource.name = check_entity_name(stated.text, stated.span)
            named.add(resource)
        if flag(nodes, "ignore"):
            resource.ignored = True
    tell_apart([each for each in directory.resources if not each.ignored], stated=frozenset(named))


def schema_hints(faces: Faces, resource: Resource) -> tuple[Node, ...]:
    """Return the hints on the schemas in which a thing is shown or sent."""
    return tuple(dict.fromkeys(node for face in faces.of(resource) for node in face.shape.hints))


def apply_property_hints(model: Model, draft: EntityDraft) -> None:
    """Place the fields whose hints say how they are kept."""
    for field in list(draft.unplaced()):
        nodes = _own_hints(field)
        if not nodes:
            continue
        computed, line, target = hint(nodes, "computed"), hint(nodes, "field"), hint(nodes, "references")
        if flag(nodes, "ignore"):
            draft.leave_out(field.name, "x-colonnade says to ignore it")
        elif computed is not None:
            reason = computed.text if isinstance(computed.scalar, str) else "x-colonnade calls it computed"
            type_ = value_type(field.name, field.shape, model.shapes)
            draft.put(Attribute(name=field.name, type=type_, role="computed", reason=reason, at=field.at))
        elif line is not None:
            name = _name(field, nodes)
            attribute = read_field_line(name, line, at=line.span).attribute
            draft.put(attribute.model_copy(update={"at": (*attribute.at, *field.at)}), field_name=field.name)
        elif target is not None:
            _refer(model, draft, field, nodes, target)


def _refer(model: Model, draft: EntityDraft, field: FieldDraft, nodes: tuple[Node, ...], target: Node) -> None:
    names = [each.name for each in model.drafts.values()]
    if target.text not in names:
        raise SpecError(f'unknown entity "{target.text}"', at=target.span, hint=suggestion(target.text, names))
    name = _name(field, nodes).removesuffix("_id")
    required = any(each.property.required and not each.shape.nullable for each in field.sights)
    model.relate(
        Relationship(
            name=name,
            source=draft.name,
            target=target.text,
            kind="N-1",
            inverse=f"{name}_{plural_snake(draft.name)}",
            required=required,
            field=field.spelling,
            at=field.at,
        )
    )
    draft.places[field.name] = Place(path=name)


def apply_reference_hints(model: Model) -> None:
    """Set what hints say becomes of rows whose reference goes."""
    for draft in model.drafts.values():
        for field in draft.fields.values():
            stated = word(_own_hints(field), "on_delete")
            place = draft.places.get(field.name)
            for each in model.references(draft.name) if stated and place is not None else ():
                if place is not None and each.name == place.path:
                    model.update(each, on_delete=stated)


def hinted_uniques(model: Model, faces: Faces) -> Iterator[Uniqueness]:
    """Yield the rules of uniqueness that hints state."""
    for draft in model.drafts.values():
        for field in draft.fields.values():
            nodes = _own_hints(field)
            place = draft.places.get(field.name)
            if flag(nodes, "unique") and place is not None and place.path:
                yield Uniqueness(entity=draft.name, keys=(place.path,), at=field.at[:1])
        for node, names in name_lists(schema_hints(faces, draft.resource), "unique"):
            keys = tuple(_known(model, draft, name, node) for name in names)
            yield Uniqueness(entity=draft.name, keys=keys, at=(node.span,))


def hinted_patterns(model: Model, faces: Faces) -> Iterator[AccessPattern]:
    """Yield a list for each index that hints ask for: equal on all but the signed names, ordered by those."""
    for draft in model.drafts.values():
        for number, (node, names) in enumerate(name_lists(schema_hints(faces, draft.resource), "index"), 1):
            sort = [each for each in names if each[:1] in "+-"]
            equality = tuple(_known(model, draft, each, node) for each in names if each not in sort)
            yield AccessPattern(
                id=f"index-{snake(draft.name).replace('_', '-')}-{number}",
                kind="list",
                entity=draft.name,
                equality=equality,
                required_equality=equality,
                sort=tuple(
                    SortKey(attribute=_known(model, draft, each[1:], node), descending=each[0] == "-") for each in sort
                ),
                page=Page(style="offset"),
                source="x-colonnade",
                at=(node.span,),
            )


def hinted_entity(entity: Entity, nodes: tuple[Node, ...], model: Model) -> Entity:
    """Return the entity with what its schemas' hints say."""
    changes: dict[str, object] = {}
    for key in ("append_only", "audited", "soft_delete", "isolated"):
        stated = flag(nodes, key)
        if stated is not None:
            changes[key] = stated
    if word(nodes, "key"):
        changes["key"] = word(nodes, "key")
    owner = hint(nodes, "owner")
    if owner is not None:
        known = [each.name for each in model.references(entity.name)]
        if owner.text not in ("none", *known):
            raise SpecError(
                f'"{owner.text}" is no reference of "{entity.name}"', at=owner.span, hint=suggestion(owner.text, known)
            )
        changes["owner"] = "" if owner.text == "none" else owner.text
    volume = _volume(nodes)
    if volume is not None:
        changes["volume"] = volume
    return entity.model_copy(update=changes) if changes else entity


def hinted_access(pattern: AccessPattern, nodes: tuple[Node, ...]) -> AccessPattern:
    """Return the pattern with the frequency and the latency that its operation's hints state."""
    frequency, budget = hint(nodes, "frequency"), hint(nodes, "p95")
    changes: dict[str, object] = {}
    if frequency is not None:
        changes["per_second"] = rate_of(frequency, "the frequency")
    if budget is not None:
        changes["p95_ms"] = milliseconds_of(budget, "the budget")
    return pattern.model_copy(update=changes) if changes else pattern


def _volume(nodes: tuple[Node, ...]) -> Volume | None:
    rows, per_owner, writes, keep = (hint(nodes, key) for key in ("rows", "per_owner", "writes", "keep"))
    stated = [each for each in (rows, per_owner, writes, keep) if each is not None]
    if not stated:
        return None
    return Volume(
        rows=count_of(rows, "the number of rows") if rows is not None else None,
        per_owner=count_of(per_owner, "the number per owner") if per_owner is not None else None,
        writes_per_second=rate_of(writes, "the rate of writes") if writes is not None else None,
        keep_days=days_of(keep, "the retention") if keep is not None else None,
        at=tuple(each.span for each in stated),
    )


def _own_hints(field: FieldDraft) -> tuple[Node, ...]:
    """Return the hints on the property itself, not those of a component it refers to."""
    nodes = (each.property.schema.get("x-colonnade") for each in field.sights)
    return tuple(dict.fromkeys(node for node in nodes if node is not None))


def _name(field: FieldDraft, nodes: tuple[Node, ...]) -> str:
    stated = hint(nodes, "name")
    return field.name if stated is None else check_field_name(stated.text, stated.span)


def _known(model: Model, draft: EntityDraft, name: str, node: Node) -> str:
    bare = name.removeprefix("lower(").removesuffix(")")
    place = draft.places.get(snake(bare))
    known = {*draft.attributes, *(each.name for each in model.references(draft.name))}
    found = bare if bare in known else place.path if place is not None else ""
    if found not in known:
        raise SpecError(f'"{bare}" is no attribute of "{draft.name}"', at=node.span, hint=suggestion(bare, known))
    return f"lower({found})" if name.startswith("lower(") else found
