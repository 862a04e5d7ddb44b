"""The finished entities, the defaults, and the questions that remain."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from colonnade.span import Span
from colonnade.spec.access import AccessPattern
from colonnade.spec.english import plural_snake
from colonnade.spec.entities import Entity
from colonnade.spec.open_questions import deletion_questions, order_question, search_question, volume_questions
from colonnade.spec.openapi.hints import flag, word
from colonnade.spec.openapi.keys import KeyKind, key_kind
from colonnade.spec.openapi.model import EntityDraft, Model, Place
from colonnade.spec.questions import Question
from colonnade.spec.spec import Defaults, Spec

_YES = "yes"
_SAYS_SOFT = re.compile(r"\bsoft[- ]?delet", re.IGNORECASE)
_SAYS_OTHERWISE = re.compile(r"\b(?:no|not|without|never)\b[^.]*soft[- ]?delet|\bstatus\b", re.IGNORECASE)


def entities(model: Model) -> tuple[Entity, ...]:
    """Return the finished entities in order of appearance."""
    return tuple(_entity(each) for each in model.drafts.values())


def defaults(model: Model) -> Defaults:
    """Return what holds for every entity: the commonest kind of key, and whether rows know their age."""
    kinds = Counter(kind for each in model.drafts.values() if not each.external and (kind := key_kind(each)))
    commonest = word(model.hints, "key") or (kinds.most_common(1)[0][0] if kinds else "bigint")
    return Defaults(
        key=commonest,  # type: ignore[arg-type]  # hints and key_kind give one of the four words
        timestamps=_timestamps(model),
    )


def ask_the_rest(model: Model, spec: Spec) -> tuple[Question, ...]:
    """Return all questions: those asked while reading, then what becomes of rows, orders, searches and volumes."""
    rest = [*deletion_questions(spec), *_orders(spec), *_searches(spec), *volume_questions(spec)]
    found = {each.id: each for each in (*model.questions.all, *rest)}
    return tuple(found.values())


def _entity(draft: EntityDraft) -> Entity:
    key: KeyKind = key_kind(draft)
    order: dict[str, int] = {}
    for index, (name, place) in enumerate(_in_field_order(draft)):
        order.setdefault(place.path or name, index)
    attributes = sorted(
        draft.attributes.values(), key=lambda each: (each.role != "key", order.get(each.name, len(order)))
    )
    return Entity(
        name=draft.name,
        attributes=tuple(attributes),
        owner=draft.owner,
        isolated=draft.isolated,
        key="" if draft.weak_of else key,
        external=draft.external,
        weak_of=draft.weak_of,
        soft_delete=_is_soft(draft),
        timestamps=False if _has_other_history(draft) else None,
        versioned=any(each.role == "version" for each in attributes),
        plural=plural_snake(draft.name),
        description=_description(draft),
        at=draft.at or tuple(place for each in attributes[:1] for place in each.at),
    )


def _in_field_order(draft: EntityDraft) -> list[tuple[str, Place]]:
    fields = list(draft.fields)
    return sorted(
        draft.places.items(),
        key=lambda each: fields.index(head) if (head := each[0].partition(".")[0]) in draft.fields else -1,
    )


def _has_other_history(draft: EntityDraft) -> bool:
    """Tell whether a thing keeps something else under the names of the convention."""
    kept = (draft.attributes.get(name) for name in ("created_at", "updated_at"))
    return any(each is not None and (each.type.base != "timestamp" or each.type.array) for each in kept)


def _is_soft(draft: EntityDraft) -> bool:
    """Tell whether deleting only marks a row: an attribute keeps when, or the operation says so."""
    told = [each.exchange.call.text for each in draft.visits if each.kind == "delete"]
    said = any(_SAYS_SOFT.search(each) and not _SAYS_OTHERWISE.search(each) for each in told)
    kept = any(each.role == "deleted" for each in draft.attributes.values())
    return kept or (said and "deleted_at" not in draft.attributes)


def _description(draft: EntityDraft) -> str:
    for face in draft.faces:
        if face.role in ("read", "list", "embedded") and face.shape.description:
            return " ".join(face.shape.description.split())
    return ""


def _timestamps(model: Model) -> bool:
    """Tell whether every row knows when it was made and changed, because some things of the contract show it."""
    stated = flag(model.hints, "timestamps")
    if stated is not None:
        return stated
    showing = [
        each for each in model.drafts.values() if {"created", "updated"} <= {a.role for a in each.attributes.values()}
    ]
    if not showing:
        return False
    silent = [
        each
        for each in model.drafts.values()
        if each not in showing
        and not each.external
        and not {"created", "updated"} & {a.role for a in each.attributes.values()}
    ]
    if not silent:
        return False
    answer = model.questions.ask(
        "timestamps",
        (model.name,),
        "Some things show when they were created and updated. Do the others keep it too, unshown?",
        default=_YES,
        alternatives={
            _YES: "Every table has created_at and updated_at.",
            "no": "Only the tables whose contract shows them.",
        },
        at=_created_places(showing[0]),
    )
    return answer == _YES


def _created_places(draft: EntityDraft) -> tuple[Span, ...]:
    return next((each.at for each in draft.attributes.values() if each.role == "created"), ())


def _orders(spec: Spec) -> Iterator[Question]:
    """Ask for the order of lists whose contract states none."""
    for pattern in spec.access_patterns:
        if pattern.kind == "list" and not _states_order(spec, pattern):
            entity = spec.entity(pattern.entity)
            created = next((each.name for each in entity.attributes if each.role == "created"), "")
            yield order_question(pattern, created)


def _searches(spec: Spec) -> Iterator[Question]:
    """Ask how searches match of which the contract does not say it."""
    for pattern in spec.access_patterns:
        if pattern.kind == "search" and pattern.search_mode == "substring":
            yield search_question(pattern)


def _states_order(spec: Spec, pattern: AccessPattern) -> bool:
    """Tell whether the contract states the list's order: it has a parameter for it."""
    return any(
        field.direction == "sort"
        for operation in spec.operations
        if f"{operation.method} {operation.path}" == pattern.source
        for field in operation.fields
    )
