"""The spec with what it implies written out, so that every decider sees the same facts."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from colonnade.design.history import never_changes
from colonnade.design.names import free_name
from colonnade.design.ownership import owner_entity
from colonnade.design.words import singular
from colonnade.errors import DesignError
from colonnade.spec import (
    AccessPattern,
    Attribute,
    Condition,
    Entity,
    Relationship,
    SortKey,
    Spec,
    ValueType,
)
from colonnade.spec.value import Fact
from colonnade.sql.identifier import pascal, quote, snake, words

TRAIL_ENTITY = "AuditEntry"
_TIMESTAMP = ValueType(base="timestamp")


def complete(spec: Spec) -> Spec:
    """Return the spec with its implied entities, relationships and attributes.

    These are: the provider's user entity, the scope of each relationship, an entity for each association with its two
    references, the reference of a dependent that shares its owner's key, the attributes that history asks for, and the
    audit trail.
    """
    _refuse_repeated(spec)
    spec = _with_associations(_with_scopes(_with_provider(spec)))
    _refuse_dangling(spec)
    spec = spec.model_copy(update={"relationships": (*spec.relationships, *_implied(spec))})
    spec = spec.model_copy(update={"entities": tuple(_with_history(spec, entity) for entity in spec.entities)})
    return _with_trail(spec) if any(entity.audited for entity in spec.entities) else spec


def trail_entity(spec: Spec) -> Entity | None:
    """Return the audit trail's entity of a completed spec, or None."""
    if not any(entity.audited for entity in spec.entities):
        return None
    return next(entity for entity in reversed(spec.entities) if entity.name.startswith(TRAIL_ENTITY))


def wants_timestamps(spec: Spec, entity: Entity) -> bool:
    """Tell whether the entity keeps when it was created and updated: its own word, else the spec's default."""
    if entity.external:
        return False
    if entity.timestamps is not None:
        return entity.timestamps
    refused = any(each.topic == "timestamps" and each.settled in ("no", "none", "false") for each in spec.questions)
    return spec.defaults.timestamps and not refused


def _refuse_repeated(spec: Spec) -> None:
    """Raise DesignError for two facts of one name."""
    named: list[tuple[str, Fact]] = [(f'entities are called "{each.name}"', each) for each in spec.entities]
    named += [(f'relationships of "{each.source}" are called "{each.name}"', each) for each in spec.relationships]
    seen: dict[str, Fact] = {}
    for name, fact in named:
        if name in seen:
            raise DesignError(
                f"two {name}",
                detail=f"The first stands at {next(iter(seen[name].at), 'an unknown place')}.",
                at=next(iter(fact.at), None),
            )
        seen[name] = fact


def _refuse_dangling(spec: Spec) -> None:
    """Raise DesignError for an entity that is named and not there."""
    known = {entity.name for entity in spec.entities}
    mentions: list[tuple[str, Fact]] = [(each.source, each) for each in spec.relationships]
    mentions += [(each.target, each) for each in spec.relationships]
    mentions += [(each.entity, each) for each in (*spec.invariants, *spec.access_patterns)]
    mentions += [(each.weak_of, each) for each in spec.entities if each.weak_of]
    for name, fact in mentions:
        if name not in known:
            nearest = difflib.get_close_matches(name, sorted(known), n=1)
            raise DesignError(
                f'no entity is called "{name}"',
                hint=f'Did you mean "{nearest[0]}"?' if nearest else f"There are {', '.join(sorted(known)) or 'none'}.",
                at=next(iter(fact.at), None),
            )


def _with_provider(spec: Spec) -> Spec:
    identity = spec.identity
    if not identity.entity:
        return spec
    if spec.has_entity(identity.entity):
        entities = tuple(
            entity.model_copy(update={"external": True})
            if identity.external and entity.name == identity.entity
            else entity
            for entity in spec.entities
        )
        return spec.model_copy(update={"entities": entities})
    if not identity.external:
        return spec
    provided = Entity(name=identity.entity, external=True, at=identity.at)
    return spec.model_copy(update={"entities": (*spec.entities, provided)})


def _with_scopes(spec: Spec) -> Spec:
    """Let rows refer to what is their owner's where nothing else is said.

    Between the owners themselves that would be the row itself: there the other one is meant.
    """
    owner = owner_entity(spec)

    def scoped(relationship: Relationship) -> Relationship:
        between_owners = relationship.source == relationship.target == owner
        return relationship.model_copy(update={"scope": relationship.scope or ("all" if between_owners else "owner")})

    return spec.model_copy(update={"relationships": tuple(map(scoped, spec.relationships))})


def _with_associations(spec: Spec) -> Spec:
    """Give each many-to-many relationship an association entity with a reference to each side."""
    entities = {entity.name: entity for entity in spec.entities}
    relationships: list[Relationship] = []
    added: list[Relationship] = []
    conditions: list[Condition] = []
    for relationship in _without_mirrors(spec.relationships):
        if relationship.kind != "N-M":
            relationships.append(relationship)
            continue
        name = relationship.via or _association_name(relationship, entities)
        if name not in entities:
            entities[name] = Entity(
                name=name,
                attributes=relationship.attributes,
                timestamps=False,
                description=relationship.description,
                at=relationship.at,
            )
        sides = _sides(spec, relationship, name)
        added += sides
        relationships.append(relationship.model_copy(update={"via": name}))
        if relationship.irreflexive and len(sides) == 2:
            expression = f"{sides[0].name} <> {sides[1].name}"
            conditions.append(Condition(entity=name, expression=expression, name="irreflexive", at=relationship.at))
    return spec.model_copy(
        update={
            "entities": tuple(entities.values()),
            "relationships": (*relationships, *added),
            "invariants": (*spec.invariants, *conditions),
        }
    )


def _without_mirrors(relationships: tuple[Relationship, ...]) -> Iterator[Relationship]:
    """Yield the relationships; of one written from both sides only the first, which keeps the other's name."""
    many = [each for each in relationships if each.kind == "N-M"]
    mirrored: set[int] = set()
    for relationship in relationships:
        if id(relationship) in mirrored:
            continue
        mirror = next(
            (
                each
                for each in many
                if relationship.kind == "N-M"
                and each is not relationship
                and relationship.source != relationship.target
                and (each.source, each.target) == (relationship.target, relationship.source)
                and each.via == relationship.via != ""
            ),
            None,
        )
        if mirror is None:
            yield relationship
        else:
            mirrored.add(id(mirror))
            yield relationship.model_copy(
                update={
                    "inverse": relationship.inverse or mirror.name,
                    "attributes": relationship.attributes or mirror.attributes,
                    "at": (*relationship.at, *mirror.at),
                }
            )


def _association_name(relationship: Relationship, taken: dict[str, Entity]) -> str:
    """Return both sides as one name; the verb instead of the target when that is taken or both are one entity."""
    source, verb = snake(relationship.source), singular(snake(relationship.name))
    by_sides = pascal(f"{source}_{snake(relationship.target)}")
    by_verb = pascal(f"{source}_{verb}")
    wanted = by_verb if relationship.source == relationship.target or by_sides in taken else by_sides
    return free_name(wanted, taken)


def _sides(spec: Spec, relationship: Relationship, association: str) -> list[Relationship]:
    """Return the references of the association that the spec does not have."""
    own = [each for each in spec.relationships_of(association) if each.kind != "N-M"]
    to_source = next((each for each in own if each.target == relationship.source), None)
    to_target = next((each for each in own if each.target == relationship.target and each is not to_source), None)
    roles = _roles(relationship)
    missing = [
        (name, target, on_delete, scope)
        for name, target, found, on_delete, scope in (
            (roles[0], relationship.source, to_source, None, "owner"),
            (roles[1], relationship.target, to_target, relationship.on_delete, relationship.scope),
        )
        if found is None
    ]
    return [
        Relationship(
            name=name,
            source=association,
            target=target,
            kind="N-1",
            required=True,
            composition=True,
            on_delete=on_delete,
            scope=scope,
            at=relationship.at,
        )
        for name, target, on_delete, scope in missing
    ]


def _roles(relationship: Relationship) -> tuple[str, str]:
    """Return what the association calls its source and its target."""
    if relationship.source != relationship.target:
        return snake(relationship.source), snake(relationship.target)
    target = _participle(singular(snake(relationship.name)))
    source = singular(snake(relationship.inverse)) if relationship.inverse else snake(relationship.source)
    return source, target if target != source else f"other_{target}"


def _participle(name: str) -> str:
    """Return `followed` for `following`: what the target is, where the name says what the source does."""
    *before, last = words(name)
    ending = f"{last[:-3]}ed" if last.endswith("ing") and len(last) > 5 else last
    return "_".join((*before, ending))


def _implied(spec: Spec) -> Iterator[Relationship]:
    """Yield the references that the text implies and nobody wrote down."""
    for entity in spec.entities:
        own = spec.relationships_of(entity.name)
        if entity.weak_of and not any(each.kind == "1-1" and each.target == entity.weak_of for each in own):
            yield Relationship(
                name=snake(entity.weak_of),
                source=entity.name,
                target=entity.weak_of,
                kind="1-1",
                required=True,
                composition=True,
                scope="owner",
                at=entity.at,
            )
        elif entity.owner and not any(each.owner or each.name == entity.owner for each in own):
            yield _owner(spec, entity)


def _owner(spec: Spec, entity: Entity) -> Relationship:
    target = spec.isolation.entity or spec.identity.entity
    if not target:
        raise DesignError(
            f'entity "{entity.name}" has an owner that nothing defines',
            hint="Name the owning entity under isolation, or add the relationship.",
            at=entity.at[0] if entity.at else None,
        )
    return Relationship(
        name=snake(entity.owner),
        source=entity.name,
        target=target,
        kind="N-1",
        required=True,
        composition=True,
        scope="owner",
        owner=True,
        at=entity.at,
    )


def _with_history(spec: Spec, entity: Entity) -> Entity:
    roles = {attribute.role for attribute in entity.attributes}
    settled = never_changes(spec, entity)
    wanted: list[Attribute] = []
    if wants_timestamps(spec, entity):
        wanted.append(Attribute(name="created_at", type=_TIMESTAMP, required=True, role="created", at=entity.at))
        if not settled:
            wanted.append(Attribute(name="updated_at", type=_TIMESTAMP, required=True, role="updated", at=entity.at))
    if not entity.external and (entity.soft_delete or spec.defaults.delete == "soft") and not settled:
        wanted.append(Attribute(name="deleted_at", type=_TIMESTAMP, role="deleted", at=entity.at))
    if entity.versioned and not settled:
        number = ValueType(base="integer", bits=64)
        wanted.append(Attribute(name="version", type=number, required=True, role="version", default="1", at=entity.at))
    attributes = tuple(_flag(entity, attribute) for attribute in entity.attributes)
    for attribute in (each for each in wanted if each.role not in roles):
        attributes = _with_attribute(entity, attributes, attribute)
    return entity.model_copy(update={"attributes": attributes})


def _flag(entity: Entity, attribute: Attribute) -> Attribute:
    """Return a flag for deleted rows as computed from the time of deletion, if both are kept."""
    time = next((each for each in entity.attributes if each.role == "deleted" and each.type.base == "timestamp"), None)
    if attribute.role != "deleted" or attribute.type.base != "boolean" or time is None:
        return attribute
    expression = f"{quote(time.name)} IS NOT NULL"
    return attribute.model_copy(
        update={"role": "generated", "expression": expression, "required": True, "default": None}
    )


def _with_attribute(entity: Entity, attributes: tuple[Attribute, ...], wanted: Attribute) -> tuple[Attribute, ...]:
    """Add the attribute, or give its role to the one that is called so already.

    Raises DesignError when that one holds something else.
    """
    same = next((each for each in attributes if snake(each.name) == wanted.name), None)
    if same is None:
        return (*attributes, wanted)
    if same.type.base != wanted.type.base or same.type.array or same.role != "plain":
        raise DesignError(
            f'attribute "{same.name}" of entity "{entity.name}" is not what the history calls so',
            detail=f'The history of the rows keeps an attribute "{wanted.name}" ({wanted.type.base}).',
            hint="Rename the attribute, or say that the entity keeps no such history.",
            at=next(iter(same.at), None),
        )
    promoted = wanted.model_copy(update={"name": same.name, "at": same.at, "description": same.description})
    return tuple(promoted if each is same else each for each in attributes)


def _with_trail(spec: Spec) -> Spec:
    """Add the entity that keeps who changed which row of an audited entity, when, from what and to what."""
    at = tuple(span for entity in spec.entities if entity.audited for span in entity.at)
    name = free_name(TRAIL_ENTITY, {entity.name for entity in spec.entities})
    actions = ValueType(base="enum", values=("INSERT", "UPDATE", "DELETE"))
    text = ValueType(base="text")
    attributes = (
        Attribute(name="changed_table", type=text, required=True, at=at),
        Attribute(name="changed_key", type=text, required=True, at=at),
        Attribute(name="action", type=actions, required=True, at=at),
        Attribute(name="changed_by", type=text, required=True, at=at),
        Attribute(name="before", type=ValueType(base="json"), at=at),
        Attribute(name="after", type=ValueType(base="json"), at=at),
        Attribute(name="changed_at", type=_TIMESTAMP, required=True, role="created", at=at),
    )
    trail = Entity(
        name=name, attributes=attributes, key="bigint", append_only=True, timestamps=False, isolated=False, at=at
    )
    newest = AccessPattern(
        id=f"trail {name}",
        kind="job",
        entity=name,
        equality=("changed_table", "changed_key"),
        required_equality=("changed_table", "changed_key"),
        sort=(SortKey(attribute="changed_at", descending=True),),
        source="audited",
        at=at,
    )
    return spec.model_copy(
        update={"entities": (*spec.entities, trail), "access_patterns": (*spec.access_patterns, newest)}
    )
