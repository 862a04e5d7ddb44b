"""What holds of every contract that is read: places, names and questions that lead somewhere."""

from __future__ import annotations

import contextlib
import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shared_material import shared_file

from colonnade.errors import SpecError
from colonnade.spec import Entity, Spec
from colonnade.spec.document import load, parse
from colonnade.spec.openapi import read_openapi

ROOT = Path(__file__).parents[2]
OWN = [
    *sorted(
        path for path in (Path(__file__).parent / "openapi" / "cases").glob("*.yaml") if "refused" not in path.stem
    ),
    *sorted((ROOT / "examples").glob("*/openapi.yaml")),
]
SHARED = (
    "design/a1-task-management/inputs/contracts/openapi.yaml",
    "design/c1-realworld/inputs/openapi.yml",
    "design/c2-flashnotes/inputs/openapi.json",
    "inputs/openapi/apideck-crm.yml",
    "inputs/openapi/blog.json",
    "inputs/openapi/formbricks.json",
    "inputs/openapi/memos.yaml",
    "inputs/openapi/multipos.json",
    "inputs/openapi/museum.yaml",
    "inputs/openapi/petstore.yaml",
    "inputs/openapi/shumilog.yaml",
    "inputs/openapi/solidtime.json",
    "inputs/openapi/todo-app.yaml",
    "inputs/markdown/ecommerce-catalog/contracts/catalog-service.yaml",
    "inputs/markdown/task-api/contracts/openapi.yaml",
    "inputs/markdown/task-management-ja/contracts/openapi.yaml",
)


@pytest.fixture(params=[*OWN, *SHARED], ids=str, scope="module")
def spec(request: pytest.FixtureRequest) -> Spec:
    path = request.param if isinstance(request.param, Path) else shared_file("cases", *request.param.split("/"))
    return read_openapi([load(path)])


def test_every_fact_has_its_place(spec: Spec) -> None:
    facts = [
        *spec.entities,
        *(attribute for entity in spec.entities for attribute in entity.attributes),
        *spec.relationships,
        *spec.invariants,
        *spec.access_patterns,
        *spec.operations,
        *(field for operation in spec.operations for field in operation.fields),
        *spec.unread,
    ]
    assert [fact for fact in facts if not fact.at] == []


def test_every_field_of_an_operation_has_a_place_or_a_reason(spec: Spec) -> None:
    for operation in spec.operations:
        for field in operation.fields:
            assert bool(field.place) or bool(field.reason), (operation.path, field.name)
            if field.place:
                assert _resolves(spec, field.entity, field.place), (operation.path, field)


def test_every_name_of_a_pattern_or_rule_is_known(spec: Spec) -> None:
    for pattern in spec.access_patterns:
        named = (
            *pattern.by,
            *pattern.equality,
            *pattern.range,
            *pattern.search,
            *(key.attribute for key in pattern.sort),
        )
        assert set(pattern.required_equality) <= set(pattern.equality)
        for name in (*named, *pattern.sets):
            assert _resolves(spec, pattern.entity, name), (pattern.id, name)
    for rule in spec.invariants:
        for name in getattr(rule, "keys", getattr(rule, "members", ())):
            assert _resolves(spec, rule.entity, name.removeprefix("lower(").removesuffix(")")), rule


def test_relationships_lead_from_entity_to_entity(spec: Spec) -> None:
    names = [entity.name for entity in spec.entities]
    assert len(names) == len(set(names))
    seen: set[tuple[str, str]] = set()
    for each in spec.relationships:
        assert {each.source, each.target} <= set(names)
        assert not spec.entity(each.source).has_attribute(each.name), each
        for side in {(each.source, each.name), (each.target, each.inverse)}:
            assert side not in seen, side
            seen.add(side)
    for entity in spec.entities:
        references = {each.name for each in spec.relationships_of(entity.name)}
        assert not entity.owner or entity.owner in references
        assert len({each.name for each in entity.attributes}) == len(entity.attributes)


def test_questions_are_asked_once_with_their_default_among_the_answers(spec: Spec) -> None:
    ids = [question.id for question in spec.questions]
    assert len(ids) == len(set(ids))
    for question in spec.questions:
        assert question.id.startswith(f"Q-{question.topic}-")
        assert question.default in [each.answer for each in question.alternatives]
        assert len(question.alternatives) > 1 or question.topic == "order"


def test_pattern_and_operation_ids_are_unique(spec: Spec) -> None:
    patterns = [pattern.id for pattern in spec.access_patterns]
    assert len(patterns) == len(set(patterns))
    operations = [operation.id for operation in spec.operations]
    assert len(operations) == len(set(operations))


def _resolves(spec: Spec, entity: str, path: str) -> bool:
    head, _, rest = path.partition(".")
    for each in spec.relationships:
        sides = {(each.source, each.name): each.target, (each.target, each.inverse): each.source}
        target = sides.get((entity, head))
        if target is not None:
            own = {attribute.name for attribute in each.attributes}
            return not rest or rest in own or _resolves(spec, target, rest)
        if each.kind == "N-M" and each.via == entity and not rest:
            return True
    return spec.has_entity(entity) and not rest and _holds(spec.entity(entity), head)


def _holds(entity: Entity, name: str) -> bool:
    if name == "id" and not any(attribute.role == "key" for attribute in entity.attributes):
        return True
    return entity.has_attribute(name) and entity.attribute(name).role != "computed"


_JUNK: tuple[Any, ...] = (
    None, [], {}, 5, "x", True, ["a"], {"$ref": "#/components/schemas/Nope"}, {"$ref": 5}, {"type": "object"}, "",
    {"allOf": []}, {"type": ["string", "null"]}, {"type": "array"}, {"properties": []}, {"type": {}}, {"enum": 3},
    {"oneOf": [{"type": "object", "properties": {"a": {}}}, {"type": "object", "properties": {"b": {}}}]},
    False, {"const": None}, {"const": {"a": 1}}, {"type": "array", "prefixItems": [True], "items": False},
    {"$defs": {"A": {"type": "string"}}, "$ref": "#/$defs/A"}, {"$ref": "#/components/schemas", "type": "object"},
    {"discriminator": {"propertyName": "kind", "mapping": {"a": "#/components/schemas/Nope", "b": 3}}, "oneOf": [True]},
    {"type": "string", "nullable": True, "enum": [None]}, {"enum": list(range(3000))}, {"enum": [{}, []]},
    {"examples": [{"id": 1, "title": "only shown"}]}, {"in": "header", "name": "X-Trace"},
    {"in": "cookie", "name": "s", "schema": True}, {"type": "object", "properties": {"a": True, "b": False, "": {}}},
    {"additionalProperties": {"additionalProperties": True}},
    {"minimum": "low", "maximum": 1e400, "multipleOf": 0, "pattern": "["}, {"type": ["integer", "array", "null"]},
    {"type": "object", "required": "id"}, {"type": "object", "properties": {"Ünï": {}, "ünï": {"type": "integer"}}},
    json.loads('{"type": "object", "properties": {"a": ' * 60 + "{}" + "}}" * 60),
)  # fmt: skip
_KEYS = (
    "",
    "$",
    "-",
    "日本語",
    "a" * 200,
    "id",
    "select",
    "User",
    "userId",
    "/",
    "/{}",
    "/{id}",
    "/x/{id}/y",
    "/a:b",
    "1",
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([path for path in OWN if path.stem != "openapi"]), st.randoms(use_true_random=False))
def test_a_damaged_contract_is_read_or_refused(path: Path, chance: random.Random) -> None:
    """Whatever is put in the place of whatever part: no exception but the one that names a place."""
    contract = yaml.safe_load(path.read_text())
    contract.pop("x-expect")
    for _ in range(chance.randint(1, 4)):
        _damage(contract, chance)
    with contextlib.suppress(SpecError):
        read_openapi([parse(json.dumps(contract, default=str), path="contract.json")])


def _damage(contract: Any, chance: random.Random) -> None:
    parent: Any = None
    key: Any = None
    current = contract
    while isinstance(current, dict | list) and current and (parent is None or chance.random() < 0.85):
        keys = list(current) if isinstance(current, dict) else list(range(len(current)))
        parent, key = current, chance.choice(keys)
        current = parent[key]
    if parent is None:
        return
    if chance.random() < 0.6:
        parent[key] = copy.deepcopy(chance.choice(_JUNK))
    elif isinstance(parent, dict):
        parent[chance.choice(_KEYS)] = parent.pop(key)
    else:
        del parent[key]
