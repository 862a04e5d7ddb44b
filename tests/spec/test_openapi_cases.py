"""What contracts say, case by case: each file is a contract that states under `x-expect` what is read from it.

`entities` and `relationships`, `rules`, and the attributes under an entity's name are complete lists;
`patterns`, `fields`, `questions` and `unread` name some. `error` and `hint` are of a contract that is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from colonnade.errors import SpecError
from colonnade.spec import AccessPattern, Attribute, ExactlyOneOf, Relationship, Spec, Uniqueness
from colonnade.spec.document import load
from colonnade.spec.openapi import read_openapi

CASES = Path(__file__).parent / "openapi" / "cases"


def _cases() -> list[Path]:
    return sorted(CASES.glob("*.yaml"))


@pytest.mark.parametrize("path", _cases(), ids=lambda path: path.stem)
def test_contract_says(path: Path) -> None:
    document = load(path)
    expected = document.root.get("x-expect")
    assert expected is not None, "a case without expectations can not fail"
    wanted: dict[str, Any] = expected.value
    answers = wanted.pop("answers", {})
    if "error" in wanted:
        with pytest.raises(SpecError) as raised:
            read_openapi([document], answers)
        assert raised.value.message == wanted["error"]
        assert wanted.get("hint", "") in raised.value.hint
        assert raised.value.at is not None
        assert raised.value.at.line == wanted.get("line", raised.value.at.line)
        return
    facts = facts_of(read_openapi([document], answers))
    for kind, lines in wanted.items():
        found = facts[kind]
        if kind in ("patterns", "fields", "questions", "unread"):
            assert [line for line in lines if line not in found] == [], f"{kind} are {found}"
        else:
            assert found == lines, kind


def facts_of(spec: Spec) -> dict[str, list[str]]:
    """Return the spec as lines that people can compare."""
    facts = {
        "entities": [_entity(spec, each.name) for each in spec.entities],
        "relationships": [_relationship(each) for each in spec.relationships],
        "rules": [
            f"unique {each.entity}({', '.join(each.keys)})" for each in spec.invariants if isinstance(each, Uniqueness)
        ]
        + [
            f"one of {each.entity}({', '.join(each.members)})"
            for each in spec.invariants
            if isinstance(each, ExactlyOneOf)
        ],
        "patterns": [_pattern(each) for each in spec.access_patterns],
        "fields": list(_fields(spec)),
        "questions": [f"{each.id} = {each.default}" for each in spec.questions],
        "unread": [f"{each.what}: {each.reason}" for each in spec.unread],
        "identity": [spec.identity.provider, spec.identity.entity, spec.identity.table],
        "isolation": [spec.isolation.by, spec.isolation.entity],
        "defaults": [spec.defaults.key, f"timestamps {spec.defaults.timestamps}"],
    }
    facts |= {each.name: [_attribute(attribute) for attribute in each.attributes] for each in spec.entities}
    return facts


def _entity(spec: Spec, name: str) -> str:
    entity = spec.entity(name)
    said: list[str] = [entity.key] if entity.key else []
    said += [f"owner {entity.owner}"] if entity.owner else []
    said += ["isolated"] if entity.isolated else []
    said += [f"of {entity.weak_of}"] if entity.weak_of else []
    said += [word for word in ("external", "soft_delete", "append_only") if getattr(entity, word)]
    said += [f"{entity.volume.rows} rows"] if entity.volume is not None else []
    return " ".join([name, *said])


def _attribute(attribute: Attribute) -> str:
    value = attribute.type
    told = value.model_dump(exclude_defaults=True, mode="json")
    base = told.pop("base")
    values = told.pop("values", ())
    details = ["|".join(values)] if values else []
    details += [f"{key}={inner}" for key, inner in told.items() if key != "array"]
    line = f"{attribute.name}: {base}{'[]' if value.array else ''}{'(' + ', '.join(details) + ')' if details else ''}"
    line += "!" if attribute.required else ""
    line += f" = {attribute.default}" if attribute.default is not None else ""
    line += f" {attribute.role}" if attribute.role != "plain" else ""
    return line + (f" because {attribute.reason}" if attribute.role == "computed" else "")


def _relationship(each: Relationship) -> str:
    line = f"{each.source}.{each.name} -> {each.target} {each.kind}{'!' if each.required else ''}"
    line += " composition" if each.composition else ""
    line += " owner" if each.owner else ""
    line += f" on delete {each.on_delete}" if each.on_delete else ""
    line += f" via {each.via}" if each.via else ""
    line += f" with ({', '.join(_attribute(attribute) for attribute in each.attributes)})" if each.attributes else ""
    return line + f", {each.inverse}"


def _pattern(each: AccessPattern) -> str:
    parts = [f"{each.kind} {each.entity}", *([each.writes] if each.writes else [])]
    named = {
        "by": each.by,
        "eq": tuple(f"{name}!" if name in each.required_equality else name for name in each.equality),
        "range": each.range,
        "sort": tuple(f"{'-' if key.descending else ''}{key.attribute}" for key in each.sort),
        "in": each.search,
        "sets": each.sets,
        "measures": each.measures,
    }
    parts += [f"{word}({', '.join(names)})" for word, names in named.items() if names]
    parts += [f"page({each.page.style} {each.page.size})"] if each.page.style != "none" else []
    parts += [each.search_mode] if each.search_mode != "substring" else []
    parts += [f"{each.per_second:g}/s"] if each.per_second else []
    # A pattern that does not say whose rows it sees sees all that there are.
    return " ".join([*parts, each.scope or "all"])


def _fields(spec: Spec) -> Iterator[str]:
    for operation in spec.operations:
        for field in operation.fields:
            place = f"{field.entity}.{field.place}" if field.place else f"nowhere, {field.reason}"
            yield f"{operation.method} {operation.path} {field.direction} {field.name}: {place}"
