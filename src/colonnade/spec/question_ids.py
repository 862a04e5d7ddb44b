"""The ids of questions: topic and names, never positions, so that answers outlive edits of the text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from colonnade.spec.entities import Relationship
from colonnade.sql.identifier import words

ISOLATION_ID = "Q-isolation-by-owner"
"""Asked once for the whole spec; every other isolation question is about one entity."""


def question_id(topic: str, *names: str) -> str:
    """Return `Q-topic-names-in-kebab-case`."""
    return "-".join(("Q", topic, *(word for name in names for word in words(name))))


def ondelete_ids(relationships: Iterable[Relationship]) -> Iterator[tuple[str, Relationship]]:
    """Yield the id of the question what becomes of the source's rows when the target goes, with the relationship.

    It is `Q-ondelete-target-source`; of several relationships between the same two, all but the owner's (or
    else the first) end with their name.
    """
    known = [each for each in relationships if each.kind != "N-M"]
    for relationship in known:
        pair = [each for each in known if (each.source, each.target) == (relationship.source, relationship.target)]
        plain = next((each for each in pair if each.owner), pair[0])
        suffix = () if relationship is plain else (relationship.name,)
        yield question_id("ondelete", relationship.target, relationship.source, *suffix), relationship
