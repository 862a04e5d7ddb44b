"""Questions that every reader asks in the same words, whatever its format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from colonnade.spec.access import AccessPattern
from colonnade.spec.entities import Entity, Relationship
from colonnade.spec.question_ids import ondelete_ids, question_id
from colonnade.spec.questions import Alternative, Question
from colonnade.spec.spec import Spec

_VOLUMES = ("10k", "100k", "1M", "10M", "100M")


def deletion_questions(spec: Spec) -> Iterator[Question]:
    """Ask what becomes of rows whose owner or plain reference is deleted, where nothing says so."""
    for identifier, relationship in ondelete_ids(spec.relationships):
        part = relationship.composition and not relationship.owner
        if relationship.on_delete is None and not part:
            yield _deletion_question(identifier, relationship)


def _deletion_question(identifier: str, relationship: Relationship) -> Question:
    source, target = relationship.source, relationship.target
    alternatives = [
        Alternative(answer="cascade", consequence=f"Each {source} of the {target} is deleted with it."),
        Alternative(answer="restrict", consequence=f"A {target} that still has a {source} cannot be deleted."),
    ]
    if not relationship.required:
        alternatives.append(Alternative(answer="set null", consequence=f"The {source} stays, without a {target}."))
    return Question(
        id=identifier,
        topic="ondelete",
        text=f"What becomes of a {source} when its {relationship.name.replace('_', ' ')} is deleted?",
        default="cascade" if relationship.owner else "restrict" if relationship.required else "set null",
        alternatives=tuple(alternatives),
        at=relationship.at,
    )


def order_question(pattern: AccessPattern, created: str) -> Question:
    """Ask for the order of a list that states none; `created` keeps when a row was made, "" when nothing does."""
    newest = (Alternative(answer=f"-{created}", consequence="Newest first."),) if created else ()
    return Question(
        id=question_id("order", pattern.entity),
        topic="order",
        text=f"In which order is {pattern.entity} listed?",
        default=newest[0].answer if newest else "key",
        alternatives=(*newest, Alternative(answer="key", consequence="In the order of the key.")),
        at=pattern.at,
    )


def search_question(pattern: AccessPattern) -> Question:
    """Ask how a search that does not say matches its words."""
    return Question(
        id=question_id("search", pattern.entity),
        topic="search",
        text=f"What does a search for {pattern.entity} look for?",
        default="substring",
        alternatives=(
            Alternative(answer="substring", consequence="The words anywhere; a trigram index."),
            Alternative(answer="prefix", consequence="The beginning; a B-tree index."),
            Alternative(answer="word", consequence="Whole words and their forms; a full-text index."),
        ),
        at=pattern.at,
    )


def volume_questions(spec: Spec) -> Iterator[Question]:
    """Ask how many rows each entity has of which nothing says so."""
    owners = (spec.identity.entity, spec.isolation.entity)
    yield from (_volume_question(entity, owners) for entity in spec.entities if not _has_volume(entity))


def _has_volume(entity: Entity) -> bool:
    volume = entity.volume
    return volume is not None and (volume.rows is not None or volume.per_owner is not None)


def _volume_question(entity: Entity, owners: Iterable[str]) -> Question:
    return Question(
        id=question_id("volume", entity.name),
        topic="volume",
        text=f"How many rows of {entity.name} will there be?",
        default="100k" if entity.name in owners else "1M",
        alternatives=tuple(
            Alternative(answer=answer, consequence=f"Planned for {answer} rows; any number will do.")
            for answer in _VOLUMES
        ),
        at=entity.at,
    )
