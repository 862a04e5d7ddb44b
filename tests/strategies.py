"""Random specs for laws: valid, of moderate size, with every kind of fact and with names of many scripts."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import strategies as st

from colonnade.design.names import column_name
from colonnade.design.words import plural
from colonnade.spec import (
    AccessPattern,
    AppendOnly,
    ApplicationRule,
    Attribute,
    CardinalityLimit,
    Condition,
    Defaults,
    Entity,
    ExactlyOneOf,
    FunctionalDependency,
    Identity,
    Invariant,
    Isolation,
    NoOverlap,
    Page,
    Relationship,
    SortKey,
    Spec,
    Transition,
    Uniqueness,
    ValueType,
    Volume,
)
from colonnade.sql.identifier import quote, snake
from value_strategies import PLACES, attribute_names, attributes, entity_names, value_types

_ROLE_WORDS = ["author", "parent", "reviewer", "team", "作者", "bill_to", "import", "place"]


@st.composite
def _entities(draw: st.DrawFn, name: str, default_key: str) -> Entity:
    names = draw(
        st.lists(attribute_names(), max_size=6, unique_by=lambda each: column_name(Attribute(name=each, type=_SOME)))
    )
    found = [draw(attributes(each)) for each in names]
    if draw(st.integers(0, 5)) == 0:
        found.append(Attribute(name="is_new", type=ValueType(base="boolean"), role="computed", reason="by age"))
    texts = [each for each in found if each.type.base == "text" and not each.type.array and each.role == "plain"]
    if texts and draw(st.integers(0, 4)) == 0:
        expression = f"upper({quote(texts[0].name)})"
        found.append(Attribute(name="loud", type=ValueType(base="text"), role="generated", expression=expression))
    found += draw(_histories())
    key = draw(st.sampled_from(["", "", "", "bigint", "uuid", "uuidv7", "text", "natural", "natural"]))
    keyable = [each.name for each in found if each.role == "plain" and _is_keyable(each)]
    natural = tuple(keyable[: draw(st.integers(1, 2))])
    if key == "natural" and not natural:
        key = default_key
    append_only = draw(st.integers(0, 5)) == 0
    return Entity(
        name=name,
        attributes=tuple(found),
        key=key,  # type: ignore[arg-type] # one of the literals above
        key_attributes=natural if key == "natural" else (),
        soft_delete=draw(st.integers(0, 4)) == 0,
        versioned=draw(st.integers(0, 4)) == 0,
        audited=draw(st.integers(0, 9)) == 0,
        append_only=append_only,
        timestamps=draw(st.sampled_from([None, True] if append_only else [None, None, True, False])),
        volume=draw(_VOLUMES),
        description=draw(st.sampled_from(["", "A thing; 'quoted'"])),
        at=draw(PLACES),
    )


_SOME = ValueType(base="text")
_VOLUMES = st.none() | st.builds(
    Volume, rows=st.integers(1, 10**9) | st.just(10**9), keep_days=st.sampled_from([None, 30, 365])
)


@st.composite
def _histories(draw: st.DrawFn) -> list[Attribute]:
    """Attributes with a part in the rows' history, and groups that repeat."""
    found: list[Attribute] = []
    if draw(st.integers(0, 6)) == 0:
        moment = draw(st.sampled_from([ValueType(base="timestamp"), ValueType(base="integer", bits=64)]))
        found.append(Attribute(name="changed", type=moment, role="updated"))
    if draw(st.integers(0, 8)) == 0:
        found.append(Attribute(name="is_gone", type=ValueType(base="boolean"), role="deleted"))
    if draw(st.integers(0, 8)) == 0:
        found += [Attribute(name=f"phone{number}", type=_SOME, required=number == 1) for number in (1, 2, 3)]
    return found


def _is_keyable(attribute: Attribute) -> bool:
    return attribute.type.base in ("text", "integer", "uuid", "date") and not attribute.type.array


@st.composite
def _relationships(draw: st.DrawFn, entities: tuple[Entity, ...]) -> tuple[Relationship, ...]:
    names = [entity.name for entity in entities]
    found: list[Relationship] = []
    for entity in entities:
        taken = {column_name(each) for each in entity.attributes} | {each.name for each in entity.attributes}
        roles = [role for role in _ROLE_WORDS if not {role, f"{role}_id", f"{role}_code"} & taken]
        chosen = draw(st.lists(st.sampled_from(roles), max_size=2, unique=True)) if roles else []
        found += [_relationship(draw, entity.name, draw(st.sampled_from(names)), role) for role in chosen]
    if draw(st.booleans()):
        source, target = draw(st.sampled_from(names)), draw(st.sampled_from(names))
        link = tuple(draw(st.lists(attributes("position"), max_size=1)))
        via = draw(st.sampled_from(["", "SomeLink"]))
        found.append(
            Relationship(
                name="marks",
                source=source,
                target=target,
                kind="N-M",
                via=via,
                attributes=tuple(each.model_copy(update={"role": "plain"}) for each in link),
                irreflexive=source == target and draw(st.booleans()),
                inverse=draw(st.sampled_from(["", "marked_by"])),
            )
        )
    return tuple(found)


def _relationship(draw: st.DrawFn, source: str, target: str, name: str) -> Relationship:
    required = draw(st.booleans())
    actions = ["cascade", "restrict", "no action"] if required else ["cascade", "restrict", "set null"]
    return Relationship(
        name=name,
        source=source,
        target=target,
        kind=draw(st.sampled_from(["N-1", "N-1", "1-1"])),
        required=required,
        composition=draw(st.booleans()),
        on_delete=draw(st.none() | st.sampled_from(actions)),
        inverse=draw(st.sampled_from(["", f"{name}_of"])),
        at=draw(PLACES),
    )


@st.composite
def _invariants(draw: st.DrawFn, entity: Entity, relationships: tuple[Relationship, ...]) -> tuple[Invariant, ...]:
    stored = [each for each in entity.attributes if each.role == "plain"]
    scalar = [each for each in stored if not each.type.array and each.type.base not in ("json", "binary")]
    references = [each.name for each in relationships if each.source == entity.name and each.kind != "N-M"]
    found: list[Invariant] = []
    names = [each.name for each in scalar] + references
    if draw(st.booleans()) and names:
        found.append(_uniqueness(draw, entity, scalar, names))
    for first, second in pairwise(scalar):
        if first.type.base == second.type.base and first.type.zoned == second.type.zoned:
            found += _comparisons(draw, entity, first, second)
    optional = [each.name for each in scalar if not each.required and each.default is None]
    optional = [each for each in optional if each not in entity.key_attributes]
    if len(optional) > 1 and draw(st.booleans()):
        found.append(ExactlyOneOf(entity=entity.name, members=tuple(optional[:3]), optional=draw(st.booleans())))
    if draw(st.booleans()) and references:
        maximum = draw(st.integers(1, 20))
        found.append(CardinalityLimit(entity=entity.name, per=(references[0],), maximum=maximum))
    for attribute in scalar:
        if attribute.type.base == "enum" and draw(st.booleans()):
            values = attribute.type.values
            steps = tuple(pairwise(values))
            found.append(Transition(entity=entity.name, attribute=attribute.name, steps=steps))
    texts = [each.name for each in scalar if each.type.base == "text" and each.name not in entity.key_attributes]
    if len(texts) > 1 and draw(st.booleans()):
        found.append(FunctionalDependency(entity=entity.name, determinant=(texts[0],), dependent=(texts[1],)))
    if stored and draw(st.integers(0, 5)) == 0:
        found.append(AppendOnly(entity=entity.name, attributes=(stored[0].name,)))
    if draw(st.integers(0, 5)) == 0:
        found.append(ApplicationRule(entity=entity.name, sentence="be kind", reason="no column holds kindness"))
    return tuple(found)


def _uniqueness(draw: st.DrawFn, entity: Entity, scalar: list[Attribute], names: list[str]) -> Uniqueness:
    keys = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    texts = {each.name for each in scalar if each.type.base == "text"}
    lowered = [f"lower({key})" if key in texts and draw(st.booleans()) else key for key in keys]
    where = f"{quote(names[0])} IS NOT NULL" if scalar and draw(st.integers(0, 3)) == 0 else None
    return Uniqueness(
        entity=entity.name,
        keys=tuple(lowered),
        where=where if scalar and names[0] == scalar[0].name else None,
        nulls_equal=draw(st.booleans()),
        deferrable=draw(st.integers(0, 4)) == 0,
    )


def _comparisons(draw: st.DrawFn, entity: Entity, first: Attribute, second: Attribute) -> list[Invariant]:
    left, right = quote(first.name), quote(second.name)
    if first.type.base in ("timestamp", "date", "time") and draw(st.booleans()):
        return [NoOverlap(entity=entity.name, per=(), start=first.name, end=second.name)]
    if first.type.base in ("timestamp", "date") and draw(st.booleans()):
        return [Condition(entity=entity.name, expression=f"{left} > now()")]
    if first.type.base not in ("enum", "boolean") and draw(st.booleans()):
        return [Condition(entity=entity.name, expression=f"{left} <= {right} /* in order */")]
    return []


@st.composite
def _patterns(draw: st.DrawFn, entity: Entity, relationships: tuple[Relationship, ...], number: int) -> AccessPattern:
    scalar = [
        each.name
        for each in entity.attributes
        if each.role == "plain" and not each.type.array and each.type.base not in ("json", "binary")
    ]
    texts = [each.name for each in entity.attributes if each.role == "plain" and each.type.base == "text"]
    texts = [name for name in texts if name in scalar]
    references = [each.name for each in relationships if each.source == entity.name]
    kind = draw(st.sampled_from(["list", "list", "search", "aggregate"]))
    kind = "aggregate" if entity.append_only and draw(st.booleans()) else kind
    times = ["created_at"] if entity.timestamps else []
    if kind == "search" and not texts:
        kind = "list"
    filters = draw(st.lists(st.sampled_from([*scalar, *references, "id"]), max_size=2, unique=True))
    sorts = draw(st.lists(st.sampled_from([*scalar, "id"]), max_size=2, unique=True))
    ordered = [each.name for each in entity.attributes if each.type.ordered and each.role == "plain"]
    by_order: bool = draw(st.booleans())
    sorts = ordered[:1] if ordered and by_order else sorts
    filters, sorts = ([name for name in each if name in (*scalar, *references)] for each in (filters, sorts))
    return AccessPattern(
        id=f"P{number}",
        kind=kind,  # type: ignore[arg-type] # one of the literals above
        entity=entity.name,
        equality=tuple(filters),
        range=tuple(times),
        sort=tuple(SortKey(attribute=name, descending=draw(st.booleans())) for name in sorts),
        page=Page(style=draw(st.sampled_from(["none", "offset", "page", "cursor"])), size=20),
        search=tuple(texts[:1]) if kind == "search" else (),
        search_mode=draw(st.sampled_from(["substring", "prefix", "word"])),
        group_by=tuple(scalar[:1]) if kind == "aggregate" else (),
        measures=("count(*)",) if kind == "aggregate" else (),
        scope="owner" if entity.owner else "all",
    )


@st.composite
def specs(draw: st.DrawFn, *, max_entities: int = 4) -> Spec:
    """A valid spec: entities, relationships, invariants and access patterns, with or without isolation."""
    default_key = draw(st.sampled_from(["bigint", "uuid", "uuidv7"]))
    names = draw(
        st.lists(
            entity_names().filter(lambda name: snake(name) not in ("user", "audit_entry", "some_link")),
            min_size=1,
            max_size=max_entities,
            unique_by=lambda name: plural(snake(name)),
        )
    )
    entities = tuple(draw(_entities(name, default_key)) for name in names)
    isolation, identity, user = draw(_isolations())
    relationships = draw(_relationships(entities))
    pairs = {(each.source, each.target) for each in relationships}
    if draw(st.integers(0, 4)) == 0 and len(entities) > 1 and (names[1], names[0]) not in pairs:
        weak = entities[1].model_copy(update={"weak_of": entities[0].name, "key": "", "key_attributes": ()})
        entities = (entities[0], weak, *entities[2:])
    if user is not None:
        owned = draw(st.sets(st.sampled_from(names)))
        relationships += tuple(_owner(name) for name in names if name in owned)
        entities = tuple(
            entity.model_copy(update={"owner": "owner" if entity.name in owned else ""}) for entity in entities
        )
    invariants = tuple(each for entity in entities for each in draw(_invariants(entity, relationships)))
    patterns = [draw(_patterns(entity, relationships, number)) for number, entity in enumerate(entities)]
    return Spec(
        name=draw(st.sampled_from(["shop", "My App", "größe"])),
        entities=(*((user,) if user is not None else ()), *entities),
        relationships=relationships,
        invariants=invariants,
        access_patterns=tuple(patterns),
        identity=identity,
        isolation=isolation,
        defaults=Defaults(
            key=default_key,  # type: ignore[arg-type] # one of the literals above
            timestamps=draw(st.booleans()),
            delete=draw(st.sampled_from(["hard", "hard", "soft"])),
        ),
    )


@st.composite
def _isolations(draw: st.DrawFn) -> tuple[Isolation, Identity, Entity | None]:
    """Whose rows are kept apart, who keeps the users, and the user entity if there is one."""
    kind = draw(st.sampled_from(["none", "local", "better-auth", "supabase", "tenant"]))
    mode = draw(st.sampled_from(["rls", "rls", "scoped"]))
    if kind == "none":
        return Isolation(), Identity(), None
    by = "tenant" if kind == "tenant" else "user"
    isolation = Isolation(by=by, entity="User", mode=mode)  # type: ignore[arg-type] # literals above
    if kind == "better-auth":
        identity = Identity(provider=kind, entity="User", table="user", key_type="text", external=True)
    elif kind == "supabase":
        identity = Identity(
            provider=kind, entity="User", table="users", namespace="auth", key_type="uuid", external=True
        )
    else:
        identity = Identity(provider="local", entity="User")
    email = Attribute(name="e_mail", type=ValueType(base="text", format="email"), required=True)
    attributes = () if identity.external else (email,)
    return isolation, identity, Entity(name="User", attributes=attributes, external=identity.external)


def _owner(entity: str) -> Relationship:
    return Relationship(
        name="owner", source=entity, target="User", kind="N-1", required=True, composition=True, owner=True
    )


__all__ = ["attribute_names", "attributes", "entity_names", "specs", "value_types"]
