"""Random specs for laws: valid, of moderate size, with every kind of fact and with names of many scripts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal

from hypothesis import strategies as st

from colonnade.design.names import column_name
from colonnade.design.words import plural
from colonnade.span import Span
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

_ENTITY_WORDS = [
    "Task", "Tag", "Comment", "Order", "OrderLine", "Person", "Category", "Status", "Group", "Invoice", "Address",
    "Kunde", "Größe", "顧客", "Заказ", "Élève", "TaskUpdate", "HTTPRoute2", "Class", "Series", "Field",
]  # fmt: skip
_ATTRIBUTE_WORDS = [
    "title", "body", "state", "order", "user", "end", "start", "group", "price", "amount", "count", "select", "größe",
    "название", "数量", "due", "weight", "metadata", "class", "xmin", "e_mail", "is_done", "a1", "from", "when", "code",
]  # fmt: skip
_ROLE_WORDS = ["author", "parent", "reviewer", "team", "作者", "bill_to", "import", "place"]
_RESERVED_NAMES = frozenset({"id", "created_at", "updated_at", "deleted_at", "version", "owner"})
_PATTERNS = [
    r"^[a-z0-9]+(?:-[a-z0-9]+)*$", r"^#[0-9A-Fa-f]{6}$", r"^\+?[1-9]\d{1,14}$", r"^\S+$", r"\bx\b", r"^\p{L}+$",
    r"^(?=.*\d).{2,}$", r"^[\w.+-]{1,300}$",
]  # fmt: skip
_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
_LETTERS = st.characters(categories=("Ll", "Lu", "Lo", "Nd", "Mn", "Mc"))
_PLACE = st.builds(Span, path=st.just("s.spec.yaml"), line=st.integers(1, 99), quote=st.just("as said"))
_AT = st.lists(_PLACE, max_size=1).map(tuple)


def entity_names() -> st.SearchStrategy[str]:
    """Names in PascalCase, of many scripts."""
    invented = st.text(_LETTERS, min_size=2, max_size=30).map(lambda text: "E" + text)
    return st.one_of(st.sampled_from(_ENTITY_WORDS), invented)


def attribute_names() -> st.SearchStrategy[str]:
    """Names in snake_case, of many scripts, reserved words among them."""
    invented = st.text(_LETTERS, min_size=1, max_size=70).map(lambda text: snake("a" + text))
    usual = st.sampled_from(_ATTRIBUTE_WORDS)
    return st.one_of(usual, usual, invented).filter(lambda name: name not in _RESERVED_NAMES)


@st.composite
def value_types(draw: st.DrawFn) -> ValueType:
    """Any type of value with consistent bounds."""
    base = draw(st.sampled_from(sorted(_VALUE_TYPES)))
    value = _VALUE_TYPES[base](draw)
    if base != "json" and draw(st.integers(0, 7)) == 0:
        least = draw(st.none() | st.integers(0, 2))
        size = {"array_min": least, "array_max": draw(st.none() | st.integers(3, 9))}
        value = value.model_copy(update={"array": True, "array_unique": draw(st.booleans()), **size})
    return value


def _text(draw: st.DrawFn) -> ValueType:
    shortest = draw(st.none() | st.integers(0, 3))
    longest = draw(st.none() | st.integers(20, 5000))
    return ValueType(
        base="text",
        min_length=shortest,
        max_length=longest,
        trimmed=draw(st.booleans()),
        pattern=draw(st.none() | st.none() | st.sampled_from(_PATTERNS)),
        case_insensitive=draw(st.integers(0, 9)) == 0,
        format=draw(st.sampled_from(["", "", "email", "uri", "slug"])),
    )


def _bounds(draw: st.DrawFn, step: Decimal) -> dict[str, Any]:
    least = draw(st.none() | st.integers(-1000, 1000))
    span = draw(st.none() | st.integers(2, 10**7))
    most = None if span is None else (least or 0) + span
    return {
        "minimum": None if least is None else least * step,
        "maximum": None if most is None else most * step,
        "exclusive_minimum": least is not None and draw(st.booleans()),
        "exclusive_maximum": most is not None and draw(st.booleans()),
    }


def _integer(draw: st.DrawFn) -> ValueType:
    bits: Literal[32, 64] | None = draw(st.sampled_from([None, None, 32, 64]))
    multiple = draw(st.sampled_from([None, None, None, Decimal(1), Decimal(5)]))
    return ValueType(base="integer", bits=bits, multiple_of=multiple, **_bounds(draw, Decimal(10)))


def _decimal(draw: st.DrawFn) -> ValueType:
    scaled = draw(st.booleans())
    return ValueType(
        base="decimal",
        precision=draw(st.integers(12, 20)) if scaled else None,
        scale=draw(st.integers(0, 4)) if scaled else None,
        multiple_of=draw(st.sampled_from([None, None, Decimal("0.01")])) if not scaled else None,
        format=draw(st.sampled_from(["", "", "money"])),
        **_bounds(draw, Decimal(1)),
    )


def _enum(draw: st.DrawFn) -> ValueType:
    values = draw(st.lists(_TEXT, min_size=1, max_size=5, unique=True))
    return ValueType(base="enum", values=tuple(values), ordered=draw(st.booleans()), open=draw(st.booleans()))


_VALUE_TYPES: dict[str, Callable[[st.DrawFn], ValueType]] = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "float": lambda draw: ValueType(base="float", **_bounds(draw, Decimal("0.5"))),
    "boolean": lambda _: ValueType(base="boolean"),
    "date": lambda _: ValueType(base="date"),
    "time": lambda _: ValueType(base="time"),
    "timestamp": lambda draw: ValueType(base="timestamp", zoned=draw(st.integers(0, 3)) > 0),
    "interval": lambda _: ValueType(base="interval"),
    "uuid": lambda _: ValueType(base="uuid"),
    "json": lambda draw: ValueType(base="json", format=draw(st.sampled_from(["", "object", "array"]))),
    "binary": lambda _: ValueType(base="binary"),
    "enum": _enum,
    "inet": lambda _: ValueType(base="inet"),
}


def _default(draw: st.DrawFn, value: ValueType) -> str | None:
    """Return a default that meets the value's own bounds, or None."""
    if value.array:
        return draw(st.sampled_from([None, "[]"])) if not value.array_min else None
    match value.base:
        case "boolean":
            return draw(st.sampled_from(["true", "false"]))
        case "enum":
            return draw(st.sampled_from(value.values))
        case "timestamp" | "date" | "time":
            return "now"
        case "uuid":
            return "random"
        case "json":
            return {"object": "{}", "array": "[]", "": '{"a": "it\'s"}'}[value.format]
        case "text" if not value.pattern and value.format != "email":
            return "it's a default"
        case "integer" | "decimal" | "float" if value.minimum is None and value.maximum is None:
            return "0"
        case _:
            return None


@st.composite
def attributes(draw: st.DrawFn, name: str) -> Attribute:
    """An attribute that is stored as said, or a password."""
    value = draw(value_types())
    required = draw(st.booleans())
    is_password = value.base == "text" and not value.array and draw(st.integers(0, 12)) == 0
    has_default = not is_password and draw(st.integers(0, 2)) == 0
    shares: tuple[tuple[str, float], ...] = ()
    if value.base == "boolean" and not value.array and draw(st.booleans()):
        shares = (("true", 0.1), ("false", 0.9))
    return Attribute(
        name=name,
        type=value,
        required=required,
        role="password" if is_password else "plain",
        default=_default(draw, value) if has_default else None,
        description=draw(st.sampled_from(["", "What it's for"])),
        share=shares,
        null_share=None if required else draw(st.sampled_from([None, None, 0.25])),
        at=draw(_AT),
    )


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
    key = draw(st.sampled_from(["", "", "", "bigint", "uuid", "uuidv7", "text", "natural"]))
    natural = tuple(each.name for each in found if each.role == "plain" and _is_keyable(each))[:1]
    if key == "natural" and not natural:
        key = default_key
    return Entity(
        name=name,
        attributes=tuple(found),
        key=key,  # type: ignore[arg-type] # one of the literals above
        key_attributes=natural if key == "natural" else (),
        soft_delete=draw(st.integers(0, 4)) == 0,
        versioned=draw(st.integers(0, 4)) == 0,
        audited=draw(st.integers(0, 9)) == 0,
        append_only=draw(st.integers(0, 9)) == 0,
        timestamps=draw(st.sampled_from([None, None, True, False])),
        volume=draw(st.none() | st.builds(Volume, rows=st.integers(1, 10**9))),
        description=draw(st.sampled_from(["", "A thing; 'quoted'"])),
        at=draw(_AT),
    )


_SOME = ValueType(base="text")


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
    required = draw(st.booleans()) and source != target
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
        at=draw(_AT),
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
    if kind == "search" and not texts:
        kind = "list"
    filters = draw(st.lists(st.sampled_from([*scalar, *references, "id"]), max_size=2, unique=True))
    sorts = draw(st.lists(st.sampled_from([*scalar, "id"]), max_size=2, unique=True))
    filters, sorts = ([name for name in each if name in (*scalar, *references)] for each in (filters, sorts))
    return AccessPattern(
        id=f"P{number}",
        kind=kind,  # type: ignore[arg-type] # one of the literals above
        entity=entity.name,
        equality=tuple(filters),
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
