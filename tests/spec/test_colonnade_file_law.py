"""Reading undoes printing: whatever a Spec says can be said in a spec file."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, get_args

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from spec_text import field_line, spec_tree

from colonnade.spec import (
    AccessPattern,
    AppendOnly,
    ApplicationRule,
    Attribute,
    CardinalityLimit,
    Condition,
    Entity,
    ExactlyOneOf,
    FunctionalDependency,
    Invariant,
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
from colonnade.spec.colonnade_file import read_colonnade
from colonnade.spec.document import parse
from colonnade.spec.entities import Base

NAMES = [
    "title",
    "state",
    "order",
    "user",
    "end",
    "select",
    "größe",
    "x2",
    "_private",
    "no",
    "on",
    "null",
]
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=12).filter(
    lambda text: text == " ".join(text.split())
)
FORMATS = ["", "email", "uri", "slug", "phone", "color", "currency", "country", "language", "timezone"]
PATTERNS = [None, "^[a-z]+$", "^#[0-9A-F]{6}$", "a b|'c\"", "^(x)\\1"]
small = st.integers(0, 300)
numbers = st.decimals(-1000, 1000, places=2) | st.integers(-50, 50).map(Decimal)


@st.composite
def _length(draw: st.DrawFn) -> dict[str, int | None]:
    low, high = sorted((draw(small), draw(small)))
    return {"min_length": draw(st.sampled_from([None, low])), "max_length": draw(st.sampled_from([None, high]))}


@st.composite
def _bounds(draw: st.DrawFn) -> dict[str, Any]:
    low, high = sorted((draw(numbers), draw(numbers)))
    said: dict[str, Any] = {
        "minimum": draw(st.sampled_from([None, low])),
        "maximum": draw(st.sampled_from([None, high])),
    }
    if low < high:
        said["exclusive_minimum"] = said["minimum"] is not None and draw(st.booleans())
        said["exclusive_maximum"] = said["maximum"] is not None and draw(st.booleans())
    said["multiple_of"] = draw(st.none() | st.decimals("0.01", 50, places=2))
    return said


@st.composite
def _array(draw: st.DrawFn) -> dict[str, Any]:
    if not draw(st.booleans()):
        return {}
    low, high = sorted((draw(small), draw(small)))
    ends = {"array_min": draw(st.sampled_from([None, low])), "array_max": draw(st.sampled_from([None, high]))}
    return {"array": True, "array_unique": draw(st.booleans()), **ends}


@st.composite
def value_types(draw: st.DrawFn) -> ValueType:
    base = draw(st.sampled_from(get_args(Base)))
    said: dict[str, Any] = {}
    if base == "text":
        said = {"trimmed": draw(st.booleans()), "case_insensitive": draw(st.booleans()), **draw(_length())}
        said |= {"format": draw(st.sampled_from(FORMATS)), "pattern": draw(st.sampled_from(PATTERNS))}
    elif base == "integer":
        said = {"bits": draw(st.sampled_from([None, 16, 32, 64])), **draw(_bounds())}
    elif base == "decimal":
        precision = draw(st.none() | st.integers(1, 1000))
        scale = None if precision is None else draw(st.integers(0, precision))
        said = {
            "precision": precision,
            "scale": scale,
            "format": draw(st.sampled_from(["", "money"])),
            **draw(_bounds()),
        }
    elif base == "float":
        said = draw(_bounds())
    elif base == "enum":
        values = draw(st.lists(WORDS, min_size=1, max_size=4, unique=True))
        said = {"values": tuple(values), "ordered": draw(st.booleans()), "open": draw(st.booleans())}
    elif base == "binary":
        said = draw(_length())
    elif base in ("time", "timestamp"):
        said = {"zoned": draw(st.booleans())}
    return ValueType.model_validate({"base": base, **said, **draw(_array())})


@st.composite
def attributes(draw: st.DrawFn, name: str) -> Attribute:
    role = draw(st.sampled_from(["plain"] * 6 + ["computed", "password", "generated"]))
    value = draw(value_types())
    if role == "password":
        value = ValueType.model_validate({"base": "text", **draw(_length())})
    said: dict[str, Any] = {"required": draw(st.booleans()), "description": draw(st.just("") | WORDS)}
    if role == "computed":
        said["reason"] = said.pop("description")
    elif role == "generated":
        said["expression"] = draw(st.sampled_from(["1 + 1", "upper('a)''b')", "(select_me(2))"]))
    elif role == "plain":
        said["default"] = draw(_defaults(value))
        if value.base in ("enum", "boolean") and not value.array:
            said["share"] = _share(value, draw(st.booleans()))
    if not said["required"]:
        said["null_share"] = draw(st.none() | st.integers(0, 100).map(lambda percent: float(Decimal(percent) / 100)))
    said |= {
        "distinct": draw(st.none() | st.integers(1, 10**9)),
        "average_length": draw(st.none() | st.integers(1, 999)),
    }
    return Attribute.model_validate({"name": name, "type": value, "role": role, **said})


def _defaults(value: ValueType) -> st.SearchStrategy[str | None]:
    if value.array:
        return st.sampled_from([None, "[]"])
    bounded = value.minimum is not None or value.maximum is not None or value.multiple_of is not None
    choices: dict[str, list[str | None]] = {
        "boolean": [None, "true", "false"],
        "enum": [None, *value.values],
        "timestamp": [None, "now", "2030-01-01T00:00Z"],
        "json": [None, "{}", '{"a": [1, "b c"]}'],
        "integer": [None] if bounded else [None, "0", "-7"],
        "decimal": [None] if bounded else [None, "0", "1.50"],
        "uuid": [None, "random"],
    }
    plain = value.base == "text" and value.min_length is None and value.max_length is None
    return st.none() | WORDS if plain else st.sampled_from(choices.get(value.base, [None]))


def _share(value: ValueType, wanted: bool) -> tuple[tuple[str, float], ...]:
    values = value.values or ("true", "false")
    if not wanted or len(values) > 2:
        return ()
    return ((values[0], 1.0),) if len(values) == 1 else ((values[0], 0.25), (values[1], 0.75))


@st.composite
def entities(draw: st.DrawFn, name: str) -> Entity:
    chosen = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    fields = [draw(attributes(each)) for each in chosen]
    for role, named in (("created", "made"), ("updated", "changed"), ("deleted", "gone"), ("version", "lock")):
        if draw(st.integers(0, 3)) == 0:
            value = ValueType(base="integer", bits=64) if role == "version" else ValueType(base="timestamp")
            said = {"name": named, "type": value, "role": role, "required": role != "deleted"}
            fields.append(Attribute.model_validate(said))
    roles = {each.role for each in fields}
    stored = [each.name for each in fields if each.role != "computed"]
    key = draw(st.sampled_from(["", "bigint", "uuid", "uuidv7", "text", "natural"]))
    keys = tuple(stored[:2]) if key == "natural" else ()
    volume = Volume(
        rows=draw(st.none() | st.integers(0, 10**12)),
        per_owner=draw(st.none() | st.integers(0, 10**6)),
        writes_per_second=draw(st.none() | st.integers(0, 10**5).map(float)),
        keep_days=draw(st.none() | st.integers(1, 4000)),
        skew=draw(st.none() | st.sampled_from([0.0, 1.1, 3.0])),
    )
    said = {
        "name": name,
        "attributes": tuple(fields),
        "key": key if keys or key != "natural" else "",
        "key_attributes": keys,
        "soft_delete": "deleted" in roles or draw(st.booleans()),
        "versioned": "version" in roles,
        "audited": draw(st.booleans()),
        "timestamps": draw(st.sampled_from([None, True, False])),
        "volume": draw(st.sampled_from([None, volume])),
        "plural": draw(st.sampled_from(["", "people"])),
        "description": draw(st.just("") | WORDS),
    }
    return Entity.model_validate(said)


@st.composite
def rules(draw: st.DrawFn, entity: Entity) -> Invariant:
    stored = [each.name for each in entity.attributes if each.role != "computed"] or ["peer"]
    enums = [each for each in entity.attributes if each.type.base == "enum" and each.role == "plain"]
    some = st.lists(st.sampled_from(stored), min_size=1, max_size=3, unique=True).map(tuple)
    name = draw(st.sampled_from(stored))
    where = draw(st.sampled_from([None, f'"{name}" is not null', f"\"{name}\" = 'it''s' or 1 < 2"]))
    choices: list[Invariant] = [
        Uniqueness(entity=entity.name, keys=draw(some), where=where, nulls_equal=draw(st.booleans())),
        Uniqueness(entity=entity.name, keys=(f"lower({name})",), where=where),
        Condition(entity=entity.name, expression=f'"{name}" > 3', name=draw(st.sampled_from(["", "large_enough"]))),
        FunctionalDependency(entity=entity.name, determinant=draw(some), dependent=draw(some)),
        CardinalityLimit(entity=entity.name, per=draw(some), maximum=draw(st.integers(1, 10**6)), where=where),
        NoOverlap(entity=entity.name, per=draw(some), start=name, end=name, where=where),
        AppendOnly(entity=entity.name, attributes=draw(some)),
        ApplicationRule(entity=entity.name, sentence=draw(WORDS), reason=draw(WORDS)),
    ]
    if len(stored) > 1:
        choices.append(ExactlyOneOf(entity=entity.name, members=tuple(stored[:2]), optional=draw(st.booleans())))
    if enums:
        value = enums[0].type.values
        choices.append(Transition(entity=entity.name, attribute=enums[0].name, steps=((value[0], value[-1]),)))
    return draw(st.sampled_from(choices))


@st.composite
def patterns(draw: st.DrawFn, identifier: str, entity: Entity) -> AccessPattern:
    stored = [each.name for each in entity.attributes if each.role != "computed"]
    some = st.lists(
        st.sampled_from([*stored, "id"] if not entity.key_attributes else stored or ["peer"]), max_size=3, unique=True
    ).map(tuple)
    kind = draw(st.sampled_from(["list", "get", "search", "aggregate", "report", "job", "write"]))
    said: dict[str, Any] = {
        "scope": draw(st.sampled_from(["owner", "parent", "all"])),
        "source": draw(st.just("") | WORDS),
    }
    said |= {"per_second": draw(st.none() | st.sampled_from([1.0, 0.5, 200.0]))}
    said |= {"p95_ms": draw(st.none() | st.integers(1, 10**6)), "equality": draw(some)}
    said["required_equality"] = said["equality"][:1] if draw(st.booleans()) else ()
    if kind not in ("get", "write"):
        said |= {
            "range": draw(some),
            "page": Page(
                style=draw(st.sampled_from(["none", "offset", "page", "cursor"])), size=draw(st.integers(1, 999))
            ),
        }
        said["sort"] = tuple(SortKey(attribute=name, descending=draw(st.booleans())) for name in draw(some))
    if kind == "search":
        said |= {"search": draw(some), "search_mode": draw(st.sampled_from(["substring", "prefix", "word"]))}
    if kind in ("aggregate", "report"):
        said |= {"group_by": draw(some), "measures": ("count(*)",), "joins": ("peer",)}
        said["sql"] = draw(st.sampled_from([None, "select count(*) from x where y = 'a; b'"]))
    if kind == "get":
        said["by"] = draw(some)
    if kind == "write":
        said |= {"writes": "update", "by": draw(some), "sets": (stored or ["peer"])[:1]}
    return AccessPattern.model_validate({"id": identifier, "kind": kind, "entity": entity.name, **said})


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    kept = [draw(entities(name)) for name in ("Task", "Größe", "User")[: draw(st.integers(1, 3))]]
    related = [
        Relationship(
            name="peer",
            source=each.name,
            target=draw(st.sampled_from(kept)).name,
            kind=draw(st.sampled_from(["N-1", "1-1"])),
            inverse=f"peers_of_{each.name.lower()}",
            required=(required := draw(st.booleans())),
            composition=draw(st.booleans()),
            on_delete=draw(st.sampled_from([None, "cascade", "restrict", *([] if required else ["set null"])])),
            scope=draw(st.sampled_from([None, "owner", "all"])),
            field=draw(st.sampled_from(["", "peerId"])),
            description=draw(st.just("") | WORDS),
        )
        for each in kept
    ]
    related.append(
        Relationship(
            name="linked",
            source=kept[0].name,
            target=kept[-1].name,
            kind="N-M",
            inverse="linked_by",
            via=draw(st.sampled_from(["", "Link"])),
            irreflexive=len(kept) == 1 and draw(st.booleans()),
            scope=draw(st.sampled_from([None, "owner", "all"])),
            attributes=(Attribute(name="weight", type=draw(value_types()), required=draw(st.booleans())),),
        )
    )
    invariants: dict[str, Invariant] = {}
    for entity in kept:
        for rule in draw(st.lists(rules(entity), max_size=4)):
            single = isinstance(rule, AppendOnly | Transition)
            invariants.setdefault(f"{entity.name} {rule.kind}" if single else f"{rule!r}", rule)
    read = [draw(patterns(f"p{number}", draw(st.sampled_from(kept)))) for number in range(draw(st.integers(0, 3)))]
    return Spec(
        name=draw(WORDS),
        entities=tuple(kept),
        relationships=tuple(related),
        invariants=tuple(invariants.values()),
        access_patterns=tuple(read),
    )


def _plain(value: Any) -> Any:
    """Return a dumped value without places."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items() if key != "at"}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _facts(spec: Spec) -> dict[str, Any]:
    dumped = _plain(spec.model_dump(include={"name", "entities", "relationships", "access_patterns"}))
    rules = sorted((json.dumps(_plain(rule.model_dump(mode="json"))) for rule in spec.invariants), key=str)
    return {**dumped, "invariants": rules}


@settings(max_examples=200, deadline=None)
@given(spec=specs(), style=st.sampled_from(["json", "block", "flow"]))
def test_reading_undoes_printing(spec: Spec, style: str) -> None:
    tree = spec_tree(spec)
    if style == "json":
        text, path = json.dumps(tree, ensure_ascii=False), "law.json"
    else:
        text, path = yaml.safe_dump(tree, sort_keys=False, default_flow_style=style == "flow"), "law.yaml"
    read = read_colonnade([parse(text, path=path)])
    assert _facts(read) == _facts(spec)


@settings(max_examples=500, deadline=None)
@given(data=st.data())
def test_field_line_reads_back(data: st.DataObject) -> None:
    attribute = data.draw(attributes("field"))
    tree = {"colonnade": 1, "name": "law", "entities": {"Thing": {"fields": {"field": field_line(attribute)}}}}
    read = read_colonnade([parse(json.dumps(tree), path="law.json")])
    assert _plain(read.entity("Thing").attributes[0].model_dump()) == _plain(attribute.model_dump())
