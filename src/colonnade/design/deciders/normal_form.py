"""Where each fact stands once: third normal form, and lists that hide in names or texts.

This decider works on the spec, before there are tables: what it moves is then decided on like anything else.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from colonnade.design.decision import Decision, Rejected, asked
from colonnade.design.moving import moved
from colonnade.design.names import column_name, free_name, table_name
from colonnade.design.words import plural
from colonnade.errors import DesignError
from colonnade.schema import ObjectName
from colonnade.spec import Attribute, Entity, FunctionalDependency, Relationship, Spec, Uniqueness
from colonnade.spec.question_ids import question_id
from colonnade.sql.identifier import pascal, snake

_CODD = "Codd 1971, Further Normalization of the Data Base Relational Model"
_FIRST = "Codd 1970, A Relational Model of Data for Large Shared Data Banks, section 1.4"
_NUMBERED = re.compile(r"(?P<stem>.*?[^\W\d_])_?(?P<number>\d{1,2})\Z")
_NOT_GROUPS = frozenset({"address", "line", "address_line", "street", "ipv", "sha", "md", "utf", "iso", "base"})
_SEPARATED = re.compile(r"\b(?:comma|semicolon|pipe)[- ]separated\b|\bcsv\b", re.IGNORECASE)
_SCALARS = frozenset({"text", "integer", "decimal", "float", "date", "uuid", "enum", "timestamp", "inet"})
_MIN_GROUP = 3


def normalise(spec: Spec) -> tuple[Spec, tuple[Decision, ...]]:
    """Return the spec with repeated facts and hidden lists put right, and why.

    Declared dependencies on less than a key become entities of their own; attributes counted by name and texts
    that hold several values become lists.
    """
    decisions: list[Decision] = []
    for entity in spec.entities:
        if not entity.external:
            spec, made = _lists(spec, entity)
            decisions += made
    while rule := next((each for each in spec.invariants if isinstance(each, FunctionalDependency)), None):
        rest = tuple(each for each in spec.invariants if each is not rule)
        spec, decision = _dependency(spec.model_copy(update={"invariants": rest}), rule)
        decisions.append(decision)
    decisions += [_copy_decision(*each) for each in _copies(spec)]
    return spec, tuple(decisions)


def _lists(spec: Spec, entity: Entity) -> tuple[Spec, list[Decision]]:
    """Turn repeating groups and separated texts of an entity into lists."""
    decisions: list[Decision] = []
    for stem, members in _groups(entity).items():
        if _is_read_singly(spec, entity, members):
            continue
        spec, decision = _merge(spec, spec.entity(entity.name), stem, members)
        decisions.append(decision)
    current = spec.entity(entity.name)
    for attribute in current.attributes:
        if _is_separated(attribute):
            value = attribute.type.model_copy(update={"array": True, "max_length": None, "format": "", "pattern": None})
            changed = attribute.model_copy(update={"type": value, "default": None})
            current = _with(current, attribute, changed)
            decisions.append(_separated_decision(spec, current, changed))
    return _put(spec, current), decisions


def _groups(entity: Entity) -> dict[str, list[Attribute]]:
    """Return the attributes that count from 0 or 1 under one stem, three or more of one type, in order."""
    found: dict[str, list[tuple[int, Attribute]]] = defaultdict(list)
    for attribute in entity.attributes:
        match = _NUMBERED.match(snake(attribute.name))
        plain = attribute.role == "plain" and not attribute.type.array and attribute.type.base in _SCALARS
        if match and plain and match["stem"] not in _NOT_GROUPS:
            found[match["stem"]].append((int(match["number"]), attribute))
    groups: dict[str, list[Attribute]] = {}
    for stem, numbered in found.items():
        numbered.sort(key=lambda each: each[0])
        first = numbered[0][0]
        counts = [number for number, _ in numbered] == list(range(first, first + len(numbered)))
        alike = len({attribute.type for _, attribute in numbered}) == 1
        named = plural(stem)
        if len(numbered) >= _MIN_GROUP and first in (0, 1) and counts and alike and not entity.has_attribute(named):
            groups[stem] = [attribute for _, attribute in numbered]
    return groups


def _is_read_singly(spec: Spec, entity: Entity, members: list[Attribute]) -> bool:
    """Tell whether the key or some access pattern needs a single member by itself, as no list gives it."""
    names = {attribute.name for attribute in members}
    if names & set(entity.key_attributes):
        return True
    return any(
        names
        & {*pattern.search, *pattern.by, *pattern.range, *pattern.group_by, *(key.attribute for key in pattern.sort)}
        for pattern in spec.access_patterns
        if pattern.entity == entity.name
    )


def _merge(spec: Spec, entity: Entity, stem: str, members: list[Attribute]) -> tuple[Spec, Decision]:
    """Make one list of a repeating group."""
    required = sum(1 for attribute in members if attribute.required)
    value = members[0].type.model_copy(update={"array": True, "array_min": required, "array_max": len(members)})
    at = tuple(span for attribute in members for span in attribute.at)
    merged = Attribute(name=plural(stem), type=value, required=required > 0, at=at)
    attributes = [each for each in entity.attributes if each not in members]
    attributes.insert(entity.attributes.index(members[0]), merged)
    spec = _put(spec, entity.model_copy(update={"attributes": tuple(attributes)}))
    spec = moved(spec, entity.name, {attribute.name: merged.name for attribute in members})
    names = ", ".join(attribute.name for attribute in members)
    decision = Decision(
        question=f"normal form of {table_name(spec, entity)}: {names}",
        choice=f"one list, {merged.name}",
        reason="They are one fact that repeats: a list has room for as many as there are, and one place to search.",
        rejected=(
            Rejected(choice="numbered columns", reason="Each search would name every column, and one more is DDL."),
            Rejected(choice="a table", reason="They are plain values without anything said about each."),
        ),
        shaped=(_column(spec, entity, merged),),
        facts=at,
        source=_FIRST,
    )
    return spec, decision


def _is_separated(attribute: Attribute) -> bool:
    says_so = attribute.type.format.lower() in ("csv", "comma-separated") or _SEPARATED.search(attribute.description)
    return bool(says_so) and attribute.type.base == "text" and not attribute.type.array and attribute.role == "plain"


def _separated_decision(spec: Spec, entity: Entity, attribute: Attribute) -> Decision:
    return Decision(
        question=f"normal form of {table_name(spec, entity)}: {attribute.name}",
        choice="a list instead of a separated text",
        reason="Several values in one text can neither be checked nor searched one by one.",
        rejected=(Rejected(choice="text with separators", reason="A value with a separator in it breaks the rest."),),
        shaped=(_column(spec, entity, attribute),),
        facts=attribute.at,
        source=_FIRST,
    )


def _dependency(spec: Spec, rule: FunctionalDependency) -> tuple[Spec, Decision]:
    """Put the dependent attributes where their determinant identifies a row."""
    if not spec.has_entity(rule.entity):
        raise DesignError(f'no entity is called "{rule.entity}"', at=next(iter(rule.at), None))
    entity = spec.entity(rule.entity)
    prime = _prime(spec, entity)
    fixed = [name for name in _closure(spec, rule) if entity.has_attribute(name) and name not in prime]
    dependent = [attribute for attribute in map(entity.attribute, fixed) if attribute.role == "plain"]
    subject = f"{', '.join(rule.determinant)} fixes {', '.join(rule.dependent)}"
    if _is_superkey(spec, entity, rule) or not dependent:
        reason = "The determinant identifies the row already, or what it fixes is part of a key: third normal form."
        return spec, _dependency_decision(spec, entity, subject, "as it is", reason, rule)
    if _kept(spec, rule):
        reason = (
            "The answer keeps the copy: a read takes one row where it would take two and one more index descent; in "
            "return every change of the fact has to reach all its copies."
        )
        return spec, _dependency_decision(spec, entity, subject, "kept as a denormalisation", reason, rule)
    reference = _reference(spec, entity, rule)
    if reference is not None and not spec.entity(reference.target).external:
        spec, target = _to_target(spec, entity, reference, dependent), reference.target
    else:
        spec, target = _to_new_entity(spec, entity, rule, dependent)
    choice = f"{', '.join(rule.dependent)} stand in {table_name(spec, spec.entity(target))}"
    reason = "The fact depends on less than the key, so it would be repeated in every row and could contradict itself."
    return spec, _dependency_decision(spec, spec.entity(target), subject, choice, reason, rule)


def _closure(spec: Spec, rule: FunctionalDependency) -> tuple[str, ...]:
    """Return the dependents of a rule and, in turn, theirs: what the determinant fixes over any number of steps."""
    found = dict.fromkeys(rule.dependent)
    others = [each for each in spec.invariants if isinstance(each, FunctionalDependency) and each.entity == rule.entity]
    while new := [
        name
        for other in others
        if set(other.determinant) <= {*found, *rule.determinant}
        for name in other.dependent
        if name not in found and name not in rule.determinant
    ]:
        found.update(dict.fromkeys(new))
    return tuple(found)


def _dependency_decision(
    spec: Spec, entity: Entity, subject: str, choice: str, reason: str, rule: FunctionalDependency
) -> Decision:
    return Decision(
        question=f"normal form of {table_name(spec, spec.entity(rule.entity))}: {subject}",
        choice=choice,
        reason=reason,
        rejected=(Rejected(choice="a copy in every row", reason="A change would have to find them all."),),
        shaped=(ObjectName(kind="table", name=table_name(spec, entity)),),
        facts=rule.at,
        source=_CODD,
        asked=asked(spec, "dependency", rule.entity, *rule.determinant),
    )


def _kept(spec: Spec, rule: FunctionalDependency) -> bool:
    return spec.answer(question_id("dependency", rule.entity, *rule.determinant), "split") in (
        "keep",
        "copy",
        "denormalise",
        "denormalize",
    )


def _is_superkey(spec: Spec, entity: Entity, rule: FunctionalDependency) -> bool:
    """Tell whether the determinant holds a key."""
    return any(key <= set(rule.determinant) for key in _keys(spec, entity))


def _prime(spec: Spec, entity: Entity) -> frozenset[str]:
    """Return the attributes that are part of some key."""
    return frozenset(name for key in _keys(spec, entity) for name in key)


def _keys(spec: Spec, entity: Entity) -> list[set[str]]:
    """Return the entity's keys: the primary one, and each declared uniqueness without condition."""
    keys = [set(entity.key_attributes)] if entity.key_attributes else []
    keys += [{attribute.name} for attribute in entity.attributes if attribute.role == "key"]
    keys += [
        set(each.keys)
        for each in spec.invariants
        if isinstance(each, Uniqueness) and each.entity == entity.name and each.where is None
    ]
    return keys


def _reference(spec: Spec, entity: Entity, rule: FunctionalDependency) -> Relationship | None:
    """Return the relationship that is the whole determinant, if it is one."""
    return next(
        (
            each
            for each in spec.relationships_of(entity.name)
            if each.kind != "N-M" and rule.determinant in ((each.name,), (each.field,))
        ),
        None,
    )


def _to_target(spec: Spec, entity: Entity, reference: Relationship, dependent: list[Attribute]) -> Spec:
    """Move attributes to the entity that the determinant refers to."""
    target = spec.entity(reference.target)
    new = tuple(attribute for attribute in dependent if not target.has_attribute(attribute.name))
    spec = _put(spec, target.model_copy(update={"attributes": (*target.attributes, *new)}))
    spec = _put(spec, _without(entity, dependent))
    places = {attribute.name: f"{reference.name}.{attribute.name}" for attribute in dependent}
    return moved(spec, entity.name, places, to=target.name)


def _to_new_entity(
    spec: Spec, entity: Entity, rule: FunctionalDependency, dependent: list[Attribute]
) -> tuple[Spec, str]:
    """Move attributes to an entity of their own, which the determinant identifies.

    Rows that belong to an owner keep theirs: then the new entity does too, and has a key of its own.
    """
    determinant = [_determinant(entity, name, rule) for name in rule.determinant]
    role = determinant[0].name if len(determinant) == 1 else "_".join(each.name for each in determinant)
    taken = {each.name for each in spec.entities}
    wanted = pascal(role) if pascal(role) not in taken else f"{entity.name}{pascal(role)}"
    name = free_name(wanted, taken)
    owner = next((each for each in spec.relationships_of(entity.name) if each.owner), None)
    own = tuple(each.model_copy(update={"required": True, "role": "plain"}) for each in determinant)
    keyed = owner is None and len(determinant) == 1
    new = Entity(
        name=name,
        attributes=(*own, *dependent),
        key="natural" if keyed else "",
        key_attributes=(determinant[0].name,) if keyed else (),
        owner=owner.name if owner else "",
        timestamps=False,
        at=rule.at,
    )
    reference = Relationship(
        name=role,
        source=entity.name,
        target=name,
        kind="N-1",
        required=all(each.required for each in determinant),
        on_delete="restrict",
        at=rule.at,
    )
    unique = Uniqueness(
        entity=name,
        keys=(*((owner.name,) if owner else ()), *(each.name for each in determinant)),
        at=rule.at,
    )
    spec = _put(spec, _without(entity, [*determinant, *dependent]))
    spec = spec.model_copy(
        update={
            "entities": (*spec.entities, new),
            "relationships": (
                *spec.relationships,
                reference,
                *((owner.model_copy(update={"source": name, "inverse": ""}),) if owner else ()),
            ),
            "invariants": (*spec.invariants, *(() if keyed else (unique,))),
        }
    )
    moving = dependent if keyed else [*determinant, *dependent]
    return moved(spec, entity.name, {each.name: f"{role}.{each.name}" for each in moving}, to=name), name


def _determinant(entity: Entity, name: str, rule: FunctionalDependency) -> Attribute:
    if not entity.has_attribute(name):
        raise DesignError(
            f'"{entity.name}" has no attribute "{name}" that could fix others',
            hint="A determinant is one relationship, or attributes.",
            at=next(iter(rule.at), None),
        )
    return entity.attribute(name)


def _copies(spec: Spec) -> Iterator[tuple[Spec, Entity, Attribute, Relationship, Attribute]]:
    """Yield stored attributes that by name and type repeat one of an entity referred to."""
    for entity in spec.entities:
        references = [each for each in spec.relationships_of(entity.name) if each.kind != "N-M"]
        for attribute in entity.attributes:
            for reference in references if attribute.role == "plain" else ():
                name = snake(attribute.name).removeprefix(f"{snake(reference.name)}_")
                target = spec.entity(reference.target) if spec.has_entity(reference.target) else None
                if name == snake(attribute.name) or target is None or not target.has_attribute(name):
                    continue
                original = target.attribute(name)
                if original.role == "plain" and original.type.base == attribute.type.base:
                    yield spec, entity, attribute, reference, original


def _copy_decision(
    spec: Spec, entity: Entity, attribute: Attribute, reference: Relationship, original: Attribute
) -> Decision:
    return Decision(
        question=f"normal form of {table_name(spec, entity)}: {attribute.name}",
        choice=f"kept beside {reference.name}.{original.name}",
        reason=f"The spec stores it with the row: what {reference.name}.{original.name} was then, which a later change "
        "of it must not alter. Reading it takes no second row.",
        rejected=(
            Rejected(
                choice=f"{reference.name}.{original.name} over a join",
                reason="One more index descent a row, and the value of today instead of that time.",
            ),
        ),
        shaped=(_column(spec, entity, attribute),),
        facts=attribute.at,
        source=_CODD,
    )


def _put(spec: Spec, entity: Entity) -> Spec:
    entities = tuple(entity if each.name == entity.name else each for each in spec.entities)
    return spec.model_copy(update={"entities": entities})


def _with(entity: Entity, before: Attribute, after: Attribute) -> Entity:
    attributes = tuple(after if each is before else each for each in entity.attributes)
    return entity.model_copy(update={"attributes": attributes})


def _without(entity: Entity, attributes: list[Attribute]) -> Entity:
    kept = tuple(each for each in entity.attributes if each not in attributes)
    return entity.model_copy(update={"attributes": kept})


def _column(spec: Spec, entity: Entity, attribute: Attribute) -> ObjectName:
    return ObjectName(kind="column", name=column_name(attribute), table=table_name(spec, entity))
