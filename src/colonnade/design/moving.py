"""Moving attributes of a spec to another place, with everything that names them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

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
    Operation,
    SortKey,
    Spec,
    Transition,
    Uniqueness,
)
from colonnade.sql import expression as sql

_LOWER = re.compile(r"lower\(\s*(.+?)\s*\)\Z", re.IGNORECASE)

# Rules that say the same of the entity that their attributes have moved to.
_MOVABLE = (Condition, Transition, AppendOnly, FunctionalDependency)


def moved(spec: Spec, entity: str, places: Mapping[str, str], *, to: str = "") -> Spec:
    """Return the spec with every mention of the entity's attributes put to their new places.

    `places` maps a former attribute to an attribute of the entity or to a dotted path. `to` names the entity at
    the end of the paths: rules over moved attributes alone become rules of it. A rule that would need both
    entities can no longer be a constraint of one and becomes a rule of the application.
    """
    return spec.model_copy(
        update={
            "entities": tuple(_entity(each, entity, places) for each in spec.entities),
            "access_patterns": tuple(_pattern(each, entity, places) for each in spec.access_patterns),
            "operations": tuple(_operation(each, entity, places) for each in spec.operations),
            "invariants": tuple(_invariants(spec, entity, places, to)),
        }
    )


def _entity(entity: Entity, name: str, places: Mapping[str, str]) -> Entity:
    """Return the entity; what it generated from what has moved is now computed when it is read."""
    if entity.name != name:
        return entity
    return entity.model_copy(
        update={"attributes": tuple(_attribute(attribute, places) for attribute in entity.attributes)}
    )


def _attribute(attribute: Attribute, places: Mapping[str, str]) -> Attribute:
    if attribute.role != "generated" or not sql.value_names(attribute.expression or "", places):
        return attribute
    reason = "it is computed from values that stand elsewhere"
    return attribute.model_copy(update={"role": "computed", "expression": None, "reason": reason})


def _pattern(pattern: AccessPattern, entity: str, places: Mapping[str, str]) -> AccessPattern:
    if pattern.entity != entity:
        return pattern
    lists = ("by", "equality", "required_equality", "range", "search", "group_by", "sets")
    update: dict[str, object] = {name: _names(getattr(pattern, name), places) for name in lists}
    update["sort"] = tuple(
        SortKey(attribute=places.get(key.attribute, key.attribute), descending=key.descending) for key in pattern.sort
    )
    update["measures"] = tuple(sql.substitute(measure, places) for measure in pattern.measures)
    update["where"] = sql.substitute(pattern.where, places) if pattern.where else pattern.where
    return pattern.model_copy(update=update)


def _names(names: tuple[str, ...], places: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(places.get(name, name) for name in names))


def _operation(operation: Operation, entity: str, places: Mapping[str, str]) -> Operation:
    fields = tuple(
        field.model_copy(update={"place": places[field.place]})
        if field.entity == entity and field.place in places
        else field
        for field in operation.fields
    )
    return operation.model_copy(update={"fields": fields})


def _invariants(spec: Spec, entity: str, places: Mapping[str, str], to: str) -> Iterator[Invariant]:
    for rule in spec.invariants:
        mentioned = set(_mentioned(rule, places)) if rule.entity == entity else set()
        if not mentioned & set(places):
            yield rule
        elif to and mentioned <= set(places) and isinstance(rule, _MOVABLE):
            yield rule.model_copy(update={"entity": to})
        else:
            names = ", ".join(sorted(mentioned & set(places)))
            where = f"which now stand once in {to}; no constraint spans two tables" if to else "now elements of a list"
            reason = f"It speaks of {names}, {where}."
            yield ApplicationRule(entity=entity, sentence=_sentence(rule), reason=reason, at=rule.at)


def _mentioned(rule: Invariant, places: Mapping[str, str]) -> Iterator[str]:
    """Yield the names that a rule speaks of; of those in an expression only the moved ones and one for the rest."""
    match rule:
        case Condition():
            names = sql.value_names(rule.expression, places)
            yield from names
            if len(sql.value_names(rule.expression, _Everything())) > len(names):
                yield "*"
        case Uniqueness():
            yield from (_plain(key) for key in rule.keys)
            yield from sql.value_names(rule.where or "", places)
        case ExactlyOneOf():
            yield from rule.members
        case FunctionalDependency():
            yield from (*rule.determinant, *rule.dependent)
        case CardinalityLimit():
            yield from rule.per
            yield from sql.value_names(rule.where or "", places)
        case NoOverlap():
            yield from (*rule.per, rule.start, rule.end)
            yield from sql.value_names(rule.where or "", places)
        case Transition():
            yield rule.attribute
        case AppendOnly():
            yield from rule.attributes
        case ApplicationRule():
            return


class _Everything:
    """Contains every name."""

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str)


def _plain(key: str) -> str:
    lowered = _LOWER.match(key)
    return lowered[1] if lowered else key


def _sentence(rule: Invariant) -> str:
    """Return the rule in words."""
    match rule:
        case Condition():
            return sql.compact(rule.expression)
        case Uniqueness():
            return f"unique {', '.join(rule.keys)}"
        case ExactlyOneOf():
            return f"one of {', '.join(rule.members)}"
        case FunctionalDependency():
            return f"{', '.join(rule.determinant)} fixes {', '.join(rule.dependent)}"
        case CardinalityLimit():
            return f"at most {rule.maximum} per {', '.join(rule.per)}"
        case NoOverlap():
            return f"no overlap between {rule.start} and {rule.end}"
        case Transition():
            return f"steps of {rule.attribute}"
        case AppendOnly():
            return f"{', '.join(rule.attributes) or 'rows'} never change"
        case ApplicationRule():
            return rule.sentence
