"""A spec file and a contract about the same entities as one spec: the file wins on what it says.

A contract adds operations, attributes and patterns. Where both say something different about the values of
an attribute, the merged spec holds a question that names both places.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from colonnade.spec.access import AccessPattern
from colonnade.spec.entities import Attribute, Entity, Relationship, ValueType
from colonnade.spec.invariants import Invariant, Uniqueness
from colonnade.spec.question_ids import ondelete_ids, question_id
from colonnade.spec.questions import Alternative, Question, Unread
from colonnade.spec.spec import Spec
from colonnade.spec.value import Fact

_COMPARED = ("base", "array", "values", "min_length", "max_length", "minimum", "maximum", "precision", "scale")
_Kind = TypeVar("_Kind", bound=Fact)
_ABOUT_ATTRIBUTES = ("case", "enum", "money", "nullability", "text-limit")


def merge(own: Spec, contract: Spec, *, answers: Mapping[str, str]) -> Spec:
    """Return one spec. `answers` to the questions of conflicts are followed; the others wait in the questions."""
    contract = _with_own_passwords(own, contract)
    relationships, unread = _relationships(own, contract)
    conflicts = tuple(_conflicts(own, contract))
    chosen = {each.id for each in conflicts if answers.get(each.id) == "contract"}
    entities = tuple(_entities(own, contract, chosen))
    merged = own.model_copy(
        update={
            "entities": entities,
            "relationships": relationships,
            "invariants": tuple(_invariants(own, contract)),
            "access_patterns": tuple(_patterns(own, contract)),
            "operations": (*own.operations, *contract.operations),
            "identity": own.identity if own.identity.at else contract.identity,
            "isolation": own.isolation if own.isolation.at else contract.isolation,
            "defaults": own.defaults if own.defaults.at else contract.defaults,
            "unread": (*own.unread, *contract.unread, *unread),
            "sources": (*own.sources, *contract.sources),
            "at": (*own.at, *contract.at),
        }
    )
    return merged.model_copy(update={"questions": tuple(_questions(merged, own, contract, conflicts))})


def _with_own_passwords(own: Spec, contract: Spec) -> Spec:
    """Return the contract with each password called as the file calls it: an entity has but one."""
    names = {
        (entity.name, theirs): ours
        for entity in own.entities
        if contract.has_entity(entity.name)
        for ours in _passwords(entity)[:1]
        for theirs in _passwords(contract.entity(entity.name))[:1]
        if ours != theirs
    }
    if not names:
        return contract
    entities = tuple(
        entity.model_copy(
            update={
                "attributes": tuple(
                    each.model_copy(update={"name": names.get((entity.name, each.name), each.name)})
                    for each in entity.attributes
                )
            }
        )
        for entity in contract.entities
    )
    operations = tuple(
        operation.model_copy(
            update={
                "fields": tuple(
                    each.model_copy(update={"place": names.get((each.entity, each.place), each.place)})
                    for each in operation.fields
                )
            }
        )
        for operation in contract.operations
    )
    return contract.model_copy(update={"entities": entities, "operations": operations})


def _passwords(entity: Entity) -> list[str]:
    return [attribute.name for attribute in entity.attributes if attribute.role == "password"]


def merged_entity(own: Entity, contract: Entity) -> Entity:
    """Return one entity: the spec file's facts where it states them, else the contract's."""
    stated = {attribute.name for attribute in own.attributes}
    theirs = {attribute.name: attribute for attribute in contract.attributes}
    attributes = [
        _with_places(attribute, theirs[attribute.name]) if attribute.name in theirs else attribute
        for attribute in own.attributes
    ]
    attributes += [attribute for attribute in contract.attributes if attribute.name not in stated]
    has_key = bool(own.key or own.key_attributes or any(each.role == "key" for each in own.attributes))
    update: dict[str, Any] = {"attributes": tuple(attributes), "at": (*own.at, *contract.at)}
    if not has_key:
        update |= {"key": contract.key, "key_attributes": contract.key_attributes}
    for name in ("owner", "weak_of", "volume", "plural", "description"):
        update[name] = getattr(own, name) or getattr(contract, name)
    for name in ("isolated", "timestamps"):
        said = getattr(own, name)
        update[name] = getattr(contract, name) if said is None else said
    for name in ("external", "soft_delete", "versioned", "audited", "append_only"):
        update[name] = getattr(own, name) or getattr(contract, name)
    return own.model_copy(update=update)


def _with_places(own: _Kind, other: Fact) -> _Kind:
    """Return a fact with the places of another that says the same."""
    return own.model_copy(update={"at": tuple(dict.fromkeys((*own.at, *other.at)))})


def _entities(own: Spec, contract: Spec, chosen: set[str]) -> Iterator[Entity]:
    """Yield the file's entities in order, then those that only the contract has."""
    for entity in own.entities:
        merged = merged_entity(entity, contract.entity(entity.name)) if contract.has_entity(entity.name) else entity
        attributes = tuple(_chosen(contract, merged, attribute, chosen) for attribute in merged.attributes)
        yield _without_references(own, merged.model_copy(update={"attributes": attributes}))
    for entity in contract.entities:
        if not own.has_entity(entity.name):
            yield _without_references(own, entity)


def _chosen(contract: Spec, entity: Entity, attribute: Attribute, chosen: set[str]) -> Attribute:
    """Return the attribute with the contract's type when an answer says so."""
    if question_id("conflict", entity.name, attribute.name) not in chosen:
        return attribute
    return attribute.model_copy(update={"type": contract.entity(entity.name).attribute(attribute.name).type})


def _without_references(own: Spec, entity: Entity) -> Entity:
    """Return the entity without the contract's attributes that the file knows as relationships."""
    names = {name for each in own.relationships_of(entity.name) for name in (each.name, f"{each.name}_id")}
    stated = (
        {attribute.name for attribute in own.entity(entity.name).attributes} if own.has_entity(entity.name) else set()
    )
    kept = tuple(each for each in entity.attributes if each.name in stated or each.name not in names)
    return entity if len(kept) == len(entity.attributes) else entity.model_copy(update={"attributes": kept})


def _conflicts(own: Spec, contract: Spec) -> Iterator[Question]:
    """Yield a question for each attribute of which both say different values."""
    for entity in own.entities:
        theirs = contract.entity(entity.name).attributes if contract.has_entity(entity.name) else ()
        for attribute, other in ((a, b) for a in entity.attributes for b in theirs if a.name == b.name):
            differing = _differing(attribute, other)
            if differing:
                yield _conflict(entity, attribute, other, differing)


def _differing(attribute: Attribute, other: Attribute) -> str:
    """Return the first thing that both state differently; a bound that only one states is no conflict."""
    if "computed" in (attribute.role, other.role):
        return ""
    for name in _COMPARED:
        one, two = getattr(attribute.type, name), getattr(other.type, name)
        if one != two and one not in (None, ()) and two not in (None, ()):
            return name
    return ""


def _conflict(entity: Entity, attribute: Attribute, other: Attribute, differing: str) -> Question:
    places = " and ".join(str(each.at[0]) for each in (attribute, other) if each.at)
    subject = f"{entity.name}.{attribute.name}"
    said = {answer: _value(fact.type, differing) for answer, fact in (("spec", attribute), ("contract", other))}
    word = differing.replace("_", " ")
    return Question(
        id=question_id("conflict", entity.name, attribute.name),
        topic="conflict",
        text=f"Spec file and contract disagree about the {word} of {subject} ({places}): which holds?",
        default="spec",
        alternatives=tuple(
            Alternative(answer=answer, consequence=f"{word}: {value}") for answer, value in said.items()
        ),
        at=(*attribute.at, *other.at),
    )


def _value(value: ValueType, name: str) -> str:
    found = getattr(value, name)
    return ", ".join(found) if isinstance(found, tuple) else str(found)


def _relationships(own: Spec, contract: Spec) -> tuple[tuple[Relationship, ...], tuple[Unread, ...]]:
    """Return the relationships of both, and those of the contract whose name the file uses for something else."""
    merged = list(own.relationships)
    unread: list[Unread] = []
    for theirs in contract.relationships:
        index = _same(merged, theirs)
        if index is not None:
            merged[index] = _merged_relationship(merged[index], theirs)
        elif own.has_entity(theirs.source) and own.entity(theirs.source).has_attribute(theirs.name):
            place = own.entity(theirs.source).attribute(theirs.name).at
            what = f"{theirs.source}.{theirs.name}"
            reason = "the spec file says that it is a field; the contract that it is a relationship"
            unread.append(Unread(what=what, reason=reason, at=(*place, *theirs.at)))
        else:
            owned = any(each.owner for each in own.relationships_of(theirs.source))
            merged.append(theirs.model_copy(update={"owner": False}) if owned else theirs)
    return tuple(merged), tuple(unread)


def _same(merged: list[Relationship], theirs: Relationship) -> int | None:
    """Return which relationship is the contract's: by name, else the only one between the two entities."""
    for index, each in enumerate(merged):
        if (each.source, each.name) == (theirs.source, theirs.name):
            return index
    between = [
        index
        for index, each in enumerate(merged)
        if (each.source, each.target, each.kind) == (theirs.source, theirs.target, theirs.kind)
        and (each.owner == theirs.owner)
    ]
    return between[0] if len(between) == 1 and theirs.owner else None


def _merged_relationship(own: Relationship, contract: Relationship) -> Relationship:
    stated = {attribute.name for attribute in own.attributes}
    further = tuple(attribute for attribute in contract.attributes if attribute.name not in stated)
    update: dict[str, Any] = {"attributes": (*own.attributes, *further)}
    for name in ("inverse", "via", "field", "target_attribute", "description", "on_delete"):
        update[name] = getattr(own, name) or getattr(contract, name)
    return _with_places(own.model_copy(update=update), contract)


def _invariants(own: Spec, contract: Spec) -> Iterator[Invariant]:
    """Yield the rules of both; of two that say the same, the file's with both places."""
    theirs = {_rule_key(rule): rule for rule in contract.invariants}
    for rule in own.invariants:
        same = theirs.pop(_rule_key(rule), None)
        yield rule if same is None else _with_places(rule, same)
    yield from theirs.values()


def _rule_key(rule: Invariant) -> object:
    """Return what makes two rules the same: for a uniqueness its keys, whatever their order and case."""
    if isinstance(rule, Uniqueness):
        keys = {key.removeprefix("lower(").removesuffix(")") for key in rule.keys}
        return ("unique", rule.entity, frozenset(keys), rule.where)
    return rule.model_copy(update={"at": ()})


def _patterns(own: Spec, contract: Spec) -> Iterator[AccessPattern]:
    """Yield the patterns of both; a contract's pattern of the same operation widens the file's."""
    theirs = list(contract.access_patterns)
    taken: set[str] = set()
    for pattern in own.access_patterns:
        same = next((each for each in theirs if _same_pattern(pattern, each)), None)
        if same is not None:
            theirs.remove(same)
        taken.add(pattern.id)
        yield pattern if same is None else _widened(pattern, same)
    for pattern in theirs:
        identifier, number = pattern.id, 1
        while identifier in taken:
            number += 1
            identifier = f"{pattern.id}-{number}"
        taken.add(identifier)
        yield pattern.model_copy(update={"id": identifier})


def _same_pattern(own: AccessPattern, contract: AccessPattern) -> bool:
    if (own.kind, own.entity) != (contract.kind, contract.entity):
        return False
    source, other = (" ".join(each.source.lower().split()) for each in (own, contract))
    return bool(source) and source == other


def _widened(own: AccessPattern, contract: AccessPattern) -> AccessPattern:
    """Return the file's pattern with the filters and sorts that only the contract offers."""
    stated = {key.attribute for key in own.sort}
    update: dict[str, Any] = {
        "sort": (*own.sort, *(key for key in contract.sort if key.attribute not in stated)),
        "per_second": own.per_second if own.per_second is not None else contract.per_second,
        "p95_ms": own.p95_ms if own.p95_ms is not None else contract.p95_ms,
    }
    for name in ("equality", "range", "search"):
        update[name] = tuple(dict.fromkeys((*getattr(own, name), *getattr(contract, name))))
    if own.page.style == "none":
        update["page"] = contract.page
    return _with_places(own.model_copy(update=update), contract)


def _questions(merged: Spec, own: Spec, contract: Spec, conflicts: Iterable[Question]) -> Iterator[Question]:
    """Yield the questions of both that the merged spec still leaves open, each once."""
    answered = set(_answered(merged, own))
    seen: set[str] = set()
    for question in (*own.questions, *conflicts, *contract.questions):
        if question.id not in seen and (question.id not in answered or question.answer is not None):
            seen.add(question.id)
            yield question


def _answered(merged: Spec, own: Spec) -> Iterator[str]:
    """Yield the ids of what one document asks and the other says."""
    for identifier, relationship in ondelete_ids(merged.relationships):
        if relationship.on_delete is not None:
            yield identifier
    for entity in merged.entities:
        if entity.volume is not None and (entity.volume.rows or entity.volume.per_owner):
            yield question_id("volume", entity.name)
        if entity.owner or entity.isolated is not None:
            yield question_id("isolation", entity.name)
    for pattern in merged.access_patterns:
        if pattern.sort and pattern.kind == "list":
            yield question_id("order", pattern.entity)
    if own.defaults.at:
        yield question_id("timestamps", merged.name)
    stated = ((entity, attribute) for entity in own.entities for attribute in entity.attributes)
    asked = {question.id for question in own.questions}
    for entity, attribute in stated:
        ids = (question_id(topic, entity.name, attribute.name) for topic in _ABOUT_ATTRIBUTES)
        yield from (each for each in ids if each not in asked)
