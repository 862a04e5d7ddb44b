"""Prints a Spec as a spec file: the grammar written backwards, for the law that reading undoes it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

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
    Relationship,
    Spec,
    Transition,
    Uniqueness,
    ValueType,
)

_WORDS = {
    "integer": "int",
    "boolean": "bool",
    **{base: base for base in ("text", "decimal", "float", "date", "time", "timestamp", "interval", "uuid", "json")},
    **{base: base for base in ("binary", "enum", "inet")},
}
_INTEGERS = {None: "int", 16: "smallint", 32: "int32", 64: "bigint"}
_ROLES = {"password", "version", "created", "updated", "deleted"}


def spec_tree(spec: Spec) -> dict[str, Any]:
    """Return the spec file as plain values."""
    entities = {entity.name: _entity(spec, entity) for entity in spec.entities}
    return {
        "colonnade": 1,
        "name": spec.name,
        "isolation": "none",
        "entities": entities,
        "relations": [_relation(each) for each in spec.relationships],
        "access": [_pattern(each) for each in spec.access_patterns],
    }


def field_line(attribute: Attribute) -> str:
    """Return the line of an attribute."""
    value = attribute.type
    parts = [_head(attribute)]
    if attribute.required and attribute.role not in ("version", "created", "updated"):
        parts[0] += "!"
    parts += [word for word, said in _flags(attribute) if said]
    if value.multiple_of is not None:
        parts.append(f"step({value.multiple_of})")
    if attribute.expression is not None:
        parts.append(f"as ({attribute.expression})")
    if attribute.default is not None:
        parts.append(f"= {_quoted(attribute.default)}")
    if attribute.share:
        parts.append("share(" + ", ".join(f"{_quoted(name)} {share:.0%}" for name, share in attribute.share) + ")")
    parts += [f"null({attribute.null_share:.0%})"] if attribute.null_share is not None else []
    parts += [f"distinct({attribute.distinct})"] if attribute.distinct else []
    parts += [f"width({attribute.average_length})"] if attribute.average_length else []
    words = attribute.reason or attribute.description
    parts += ['"' + words.replace('"', '""') + '"'] if words else []
    parts += [f"~ {value.pattern}"] if value.pattern else []
    return " ".join(parts)


def _flags(attribute: Attribute) -> list[tuple[str, bool]]:
    value = attribute.type
    return [
        ("trimmed", value.trimmed),
        ("citext", value.case_insensitive),
        ("ordered", value.ordered),
        ("open", value.open),
        ("local", not value.zoned),
        ("no_repeats", value.array_unique),
    ]


def _head(attribute: Attribute) -> str:
    if attribute.role == "computed":
        return f"computed({_type(attribute.type)})"
    if attribute.role in _ROLES:
        return attribute.role + (_length(attribute.type) if attribute.role == "password" else "")
    return _type(attribute.type)


def _type(value: ValueType) -> str:
    word = _INTEGERS[value.bits] if value.base == "integer" else value.format or _WORDS[value.base]
    inside = ""
    if value.base in ("text", "binary"):
        inside = _length(value)
    elif value.base == "enum":
        inside = "(" + "|".join(_quoted(each) for each in value.values) + ")"
    elif value.base in ("integer", "float", "decimal"):
        digits = f"{value.precision},{value.scale}" if value.precision is not None else ""
        inside = ", ".join(part for part in (digits, _range(value)) if part)
        inside = f"({inside})" if inside else ""
    low, high = value.array_min, value.array_max
    array = "[" + ("" if low is None and high is None else _ends(low, high)) + "]" if value.array else ""
    return f"{word}{inside}{array}"


def _length(value: ValueType) -> str:
    low, high = value.min_length, value.max_length
    return "" if low is None and high is None else f"({_ends(low, high)})"


def _ends(low: int | None, high: int | None) -> str:
    if low is not None and low == high:
        return str(low)
    return f"{'' if low is None else low}..{'' if high is None else high}"


def _range(value: ValueType) -> str:
    low, high = value.minimum, value.maximum
    if low is None and high is None:
        return ""
    above, below = "<" if value.exclusive_minimum else "", "<" if value.exclusive_maximum else ""
    return f"{_number(low)}{above}..{below}{_number(high)}"


def _number(number: Decimal | None) -> str:
    return "" if number is None else f"{number:f}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _entity(spec: Spec, entity: Entity) -> dict[str, Any]:
    said: dict[str, Any] = {"fields": {each.name: field_line(each) for each in entity.attributes}}
    said |= {key: getattr(entity, key) for key in ("plural", "description") if getattr(entity, key)}
    if entity.key:
        said["key"] = list(entity.key_attributes) if entity.key == "natural" else entity.key
    if entity.soft_delete and not any(each.role == "deleted" for each in entity.attributes):
        said["delete"] = "soft"
    said |= {key: True for key, name in (("history", "audited"), ("external", "external")) if getattr(entity, name)}
    if entity.timestamps is not None:
        said["audit"] = ["created_at", "updated_at"] if entity.timestamps else "none"
    if entity.volume is not None:
        said["grow"] = _grow(entity)
    for rule in spec.invariants:
        if rule.entity == entity.name:
            _put(said, rule)
    return said


def _grow(entity: Entity) -> dict[str, Any]:
    assert entity.volume is not None
    volume = entity.volume
    said = {
        "rows": volume.rows,
        "per_owner": volume.per_owner,
        "writes": None if volume.writes_per_second is None else f"{volume.writes_per_second:f}/s",
        "keep": None if volume.keep_days is None else f"{volume.keep_days}d",
        "skew": volume.skew,
    }
    return {key: value for key, value in said.items() if value is not None}


def _put(said: dict[str, Any], rule: Invariant) -> None:
    match rule:
        case Uniqueness():
            keys = {"keys": list(rule.keys), "where": rule.where}
            flags = {"nulls_equal": rule.nulls_equal, "deferrable": rule.deferrable}
            short = " ".join(rule.keys) + (f" where {rule.where}" if rule.where else "")
            said.setdefault("unique", []).append({**keys, **flags} if any(flags.values()) else short)
        case Condition():
            said.setdefault("check", []).append(
                {"name": rule.name, "is": rule.expression} if rule.name else rule.expression
            )
        case ExactlyOneOf():
            said.setdefault("at_most_one_of" if rule.optional else "one_of", []).append(" ".join(rule.members))
        case FunctionalDependency():
            line = f"{', '.join(rule.determinant)} -> {' '.join(rule.dependent)}"
            said.setdefault("depends", []).append(line)
        case CardinalityLimit():
            said.setdefault("limit", []).append(f"{rule.maximum} per {' '.join(rule.per)}{_where(rule.where)}")
        case NoOverlap():
            per = "".join(f"{name} " for name in rule.per)
            said.setdefault("no_overlap", []).append(f"{per}{rule.start}..{rule.end}{_where(rule.where)}")
        case Transition():
            steps = [f"{_quoted(before)} -> {_quoted(after)}" for before, after in rule.steps]
            said.setdefault("transitions", {})[rule.attribute] = steps
        case AppendOnly():
            said["append_only"] = list(rule.attributes) or True
        case ApplicationRule():
            said.setdefault("rules", []).append({"rule": rule.sentence, "because": rule.reason})


def _where(condition: str | None) -> str:
    return f" where {condition}" if condition else ""


def _relation(each: Relationship) -> dict[str, Any]:
    said: dict[str, Any] = {"from": each.source, "to": each.target, "kind": each.kind, "as": each.name}
    said |= {"inverse": each.inverse, "on_delete": each.on_delete, "via": each.via, "field": each.field}
    said |= {"description": each.description, "references": each.target_attribute}
    said |= {"required": each.required, "composition": each.composition, "irreflexive": each.irreflexive}
    said |= {"scope": each.scope or ""}
    said |= {"fields": {attribute.name: field_line(attribute) for attribute in each.attributes}}
    return {key: value for key, value in said.items() if value}


def _pattern(each: AccessPattern) -> dict[str, Any]:
    required = set(each.required_equality)
    said: dict[str, Any] = {each.kind: each.entity, "id": each.id, "scope": each.scope, "src": each.source}
    said |= {"by": list(each.by), "eq": [f"{name}!" if name in required else name for name in each.equality]}
    said |= {"range": list(each.range), "in": list(each.search), "group": list(each.group_by)}
    said |= {"sort": [f"{'-' if key.descending else ''}{key.attribute}" for key in each.sort]}
    said |= {"measures": list(each.measures), "joins": list(each.joins), "where": each.where, "sql": each.sql}
    said |= {"does": each.writes, "sets": list(each.sets)}
    said |= {"page": f"{each.page.style}({each.page.size})"} if each.kind not in ("get", "write") else {}
    said |= {"mode": each.search_mode} if each.kind == "search" else {}
    said |= {"freq": f"{each.per_second:f}/s"} if each.per_second is not None else {}
    said |= {"p95": f"{each.p95_ms}ms"} if each.p95_ms is not None else {}
    return {key: value for key, value in said.items() if value}
