"""The finished entities, the defaults, and the questions that remain."""

from __future__ import annotations

from collections import Counter

from colonnade.span import Span
from colonnade.spec.access import AccessPattern
from colonnade.spec.english import plural_snake
from colonnade.spec.entities import Entity
from colonnade.spec.openapi.keys import KeyKind, key_kind
from colonnade.spec.openapi.model import EntityDraft, Model, Place
from colonnade.spec.question_ids import ondelete_ids, question_id
from colonnade.spec.questions import Alternative, Question
from colonnade.spec.spec import Defaults, Spec

_YES = "yes"


def entities(model: Model) -> tuple[Entity, ...]:
    """Return the finished entities in order of appearance."""
    return tuple(_entity(each) for each in model.drafts.values())


def defaults(model: Model) -> Defaults:
    """Return what holds for every entity: the commonest kind of key, and whether rows know their age."""
    kinds = Counter(kind for each in model.drafts.values() if not each.external and (kind := key_kind(each)))
    commonest: KeyKind = kinds.most_common(1)[0][0] if kinds else "bigint"
    return Defaults(
        key=commonest,  # type: ignore[arg-type]  # key_kind gives no "natural"
        timestamps=_timestamps(model),
    )


def ask_the_rest(model: Model, spec: Spec) -> tuple[Question, ...]:
    """Return all questions: those asked while reading, then what becomes of rows, orders, searches and volumes."""
    rest = [*_deletions(spec), *_orders(spec), *_searches(spec), *_volumes(spec)]
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


def _is_soft(draft: EntityDraft) -> bool:
    return any(each.role == "deleted" for each in draft.attributes.values())


def _description(draft: EntityDraft) -> str:
    for face in draft.faces:
        if face.role in ("read", "list", "embedded") and face.shape.description:
            return " ".join(face.shape.description.split())[:200]
    return ""


def _timestamps(model: Model) -> bool:
    """Tell whether every row knows when it was made and changed, because some things of the contract show it."""
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


def _deletions(spec: Spec) -> list[Question]:
    """Ask what becomes of rows whose owner or plain reference goes."""
    found = []
    for identifier, relationship in ondelete_ids(spec.relationships):
        if relationship.on_delete is not None or (relationship.composition and not relationship.owner):
            continue
        source, target = relationship.source, relationship.target
        alternatives = [
            Alternative(answer="cascade", consequence=f"Each {source} of the {target} is deleted with it."),
            Alternative(answer="restrict", consequence=f"A {target} that still has a {source} cannot be deleted."),
        ]
        if not relationship.required:
            alternatives.append(Alternative(answer="set null", consequence=f"The {source} stays, without a {target}."))
        default = "cascade" if relationship.owner else "restrict" if relationship.required else "set null"
        found.append(
            Question(
                id=identifier,
                topic="ondelete",
                text=f"What becomes of a {source} when its {relationship.name.replace('_', ' ')} is deleted?",
                default=default,
                alternatives=tuple(alternatives),
                at=relationship.at,
            )
        )
    return found


def _orders(spec: Spec) -> list[Question]:
    """Ask for the order of lists whose contract states none."""
    found = []
    for pattern in spec.access_patterns:
        if pattern.kind != "list" or _states_order(spec, pattern):
            continue
        entity = spec.entity(pattern.entity)
        created = next((each.name for each in entity.attributes if each.role == "created"), "")
        newest = (Alternative(answer=f"-{created}", consequence="Newest first."),) if created else ()
        found.append(
            Question(
                id=question_id("order", pattern.entity),
                topic="order",
                text=f"In which order is {pattern.entity} listed?",
                default=newest[0].answer if newest else "key",
                alternatives=(*newest, Alternative(answer="key", consequence="In the order of the key.")),
                at=pattern.at,
            )
        )
    return found


def _states_order(spec: Spec, pattern: AccessPattern) -> bool:
    """Tell whether the contract states the list's order: it has a parameter for it."""
    return any(
        field.direction == "sort"
        for operation in spec.operations
        if f"{operation.method} {operation.path}" == pattern.source
        for field in operation.fields
    )


def _searches(spec: Spec) -> list[Question]:
    return [
        Question(
            id=question_id("search", pattern.entity),
            topic="search",
            text=f"What does a search for {pattern.entity} look for?",
            default=pattern.search_mode,
            alternatives=(
                Alternative(answer="substring", consequence="The words anywhere; a trigram index."),
                Alternative(answer="prefix", consequence="The beginning; a B-tree index."),
                Alternative(answer="word", consequence="Whole words and their forms; a full-text index."),
            ),
            at=pattern.at,
        )
        for pattern in spec.access_patterns
        if pattern.kind == "search"
    ]


def _volumes(spec: Spec) -> list[Question]:
    found = []
    for entity in spec.entities:
        if entity.volume is not None and (entity.volume.rows is not None or entity.volume.per_owner is not None):
            continue
        users = entity.name in (spec.identity.entity, spec.isolation.entity)
        found.append(
            Question(
                id=question_id("volume", entity.name),
                topic="volume",
                text=f"How many rows of {entity.name} will there be?",
                default="100k" if users else "1M",
                alternatives=tuple(
                    Alternative(answer=answer, consequence=f"Planned for {answer} rows; any number will do.")
                    for answer in ("10k", "100k", "1M", "10M", "100M")
                ),
                at=entity.at,
            )
        )
    return found
