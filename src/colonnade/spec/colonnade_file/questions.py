"""What a file leaves open, as questions with stable ids."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.spec.entities import Attribute, Entity
from colonnade.spec.open_questions import deletion_questions, order_question, search_question, volume_questions
from colonnade.spec.question_ids import ISOLATION_ID, question_id
from colonnade.spec.questions import Alternative, Question
from colonnade.spec.spec import Spec

_NO_LENGTH_NEEDED = frozenset({"password", "computed", "generated"})


def open_questions(spec: Spec, *, said_isolation: bool, said_modes: frozenset[str]) -> tuple[Question, ...]:
    """Return a question for each thing that the file does not say.

    `said_modes` are the ids of the search patterns that state their mode.
    """
    found = [
        *deletion_questions(spec),
        *_isolations(spec, said_isolation=said_isolation),
        *_values(spec),
        *_orders(spec),
        *(
            search_question(each)
            for each in spec.access_patterns
            if each.kind == "search" and each.id not in said_modes
        ),
        *volume_questions(spec),
    ]
    return tuple({question.id: question for question in found}.values())


def _isolations(spec: Spec, *, said_isolation: bool) -> Iterator[Question]:
    """Ask about isolation when the file has owners and says nothing, and about each entity that nobody owns."""
    owners = [each for each in spec.relationships if each.owner]
    if not said_isolation and owners:
        yield Question(
            id=ISOLATION_ID,
            topic="isolation",
            text="May callers see only the rows that they own?",
            default="user",
            alternatives=(
                Alternative(answer="user", consequence="Row-level security shows each user their own rows."),
                Alternative(answer="none", consequence="The application decides who sees what."),
            ),
            at=owners[0].at,
        )
    if spec.isolation.by == "none":
        return
    owned = _owned(spec)
    for entity in spec.entities:
        if entity.name in owned or entity.external or entity.isolated is not None:
            continue
        yield Question(
            id=question_id("isolation", entity.name),
            topic="isolation",
            text=f"{entity.name} has no owner: do all users share it?",
            default="shared",
            alternatives=(
                Alternative(answer="shared", consequence=f"Everybody sees every {entity.name}."),
                Alternative(
                    answer="owned",
                    consequence=f"Each {entity.name} belongs to one {spec.isolation.entity}, who alone sees it.",
                ),
            ),
            at=entity.at,
        )


def _owned(spec: Spec) -> frozenset[str]:
    """Return the entities that belong to somebody: directly, or as a part of what does."""
    owned = {spec.isolation.entity} | {entity.name for entity in spec.entities if entity.owner}
    parts = [each for each in spec.relationships if each.composition and each.kind != "N-M"]
    while True:
        further = {each.source for each in parts if each.target in owned} - owned
        if not further:
            return frozenset(owned)
        owned |= further


def _values(spec: Spec) -> Iterator[Question]:
    """Ask for the precision of money and the limits of text."""
    for entity in spec.entities:
        for attribute in entity.attributes if not entity.external else ():
            value = attribute.type
            if value.format == "money" and value.precision is None:
                yield _money(entity, attribute)
            unlimited = value.base == "text" and value.max_length is None and not (value.format or value.pattern)
            if unlimited and attribute.role not in _NO_LENGTH_NEEDED:
                yield _limit(entity, attribute)


def _money(entity: Entity, attribute: Attribute) -> Question:
    return Question(
        id=question_id("money", entity.name, attribute.name),
        topic="money",
        text=f"How exact is {entity.name}.{attribute.name}?",
        default="19,4",
        alternatives=(
            Alternative(answer="19,4", consequence="Four decimals, so that shares and taxes keep what is rounded."),
            Alternative(answer="12,2", consequence="Two decimals, as on an invoice."),
            Alternative(answer="18,8", consequence="Eight decimals, as for exchange rates and coins."),
        ),
        at=attribute.at,
    )


def _limit(entity: Entity, attribute: Attribute) -> Question:
    return Question(
        id=question_id("text-limit", entity.name, attribute.name),
        topic="text-limit",
        text=f"How long may {entity.name}.{attribute.name} be?",
        default="none",
        alternatives=(
            Alternative(answer="none", consequence="Any length that Postgres stores."),
            Alternative(answer="200", consequence="A CHECK refuses longer text; any number will do."),
        ),
        at=attribute.at,
    )


def _orders(spec: Spec) -> Iterator[Question]:
    """Ask for the order of lists that state none."""
    for pattern in spec.access_patterns:
        if pattern.kind == "list" and not pattern.sort and pattern.sql is None:
            yield order_question(pattern, _created(spec, spec.entity(pattern.entity)))


def _created(spec: Spec, entity: Entity) -> str:
    """Return the attribute that keeps when a row was made."""
    for attribute in entity.attributes:
        if attribute.role == "created":
            return attribute.name
    timestamps = spec.defaults.timestamps if entity.timestamps is None else entity.timestamps
    return "created_at" if timestamps and not entity.external else ""
