"""Answers to the questions of a spec, and what follows from them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colonnade.errors import SpecError
from colonnade.span import Span
from colonnade.spec.access import AccessPattern, SortKey
from colonnade.spec.counts import parse_count
from colonnade.spec.document import load
from colonnade.spec.entities import Attribute, Entity, Relationship, Volume
from colonnade.spec.nearest import suggestion
from colonnade.spec.question_ids import ISOLATION_ID, ondelete_ids, question_id
from colonnade.spec.questions import Question
from colonnade.spec.spec import Isolation, Spec
from colonnade.sql.identifier import snake

_DIGITS = re.compile(r"\D*(?P<precision>\d{1,4})\s*,\s*(?P<scale>\d{1,4})\D*\Z")
_ON_DELETE = frozenset({"cascade", "restrict", "set null", "set default", "no action"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer with its place and that of the question's id."""

    text: str
    at: Span
    id_at: Span


def read_answers(path: Path) -> dict[str, Answer]:
    """Read a file of `Q-…: answer` lines, YAML or JSON. Raises SpecError at a line that is none."""
    root = load(path).root
    if not root.is_mapping:
        raise SpecError("answers must be a mapping", at=root.span, hint='Write a line "Q-ondelete-user-task: cascade".')
    found: dict[str, Answer] = {}
    for identifier, node in root.items():
        if not node.is_scalar or not node.text:
            raise SpecError(f'the answer to "{identifier}" must be text', at=root.key_span(identifier))
        found[identifier] = Answer(text=node.text, at=node.span, id_at=root.key_span(identifier))
    return found


def settle(spec: Spec, answers: Mapping[str, Answer]) -> Spec:
    """Return the spec with the answers kept in its questions and written into its facts.

    Raises SpecError for an id that no question has and for an answer that its question does not allow. What an
    answer leaves to the design, deciders find with `Spec.answer`.
    """
    asked = {question.id: question for question in spec.questions}
    for identifier, answer in answers.items():
        if identifier not in asked:
            raise SpecError(
                f'no question is called "{identifier}"', at=answer.id_at, hint=suggestion(identifier, asked)
            )
        _check(asked[identifier], answer)
    for identifier, answer in answers.items():
        question = asked[identifier]
        apply = _CONSEQUENCES.get(question.topic)
        spec = apply(spec, question, answer) if apply else spec
    questions = tuple(
        question.model_copy(update={"answer": answers[question.id].text, "at": (*question.at, answers[question.id].at)})
        if question.id in answers
        else question
        for question in spec.questions
    )
    return spec.model_copy(update={"questions": questions})


def _check(question: Question, answer: Answer) -> None:
    """Refuse an answer that is not among the alternatives; where a number is asked for, any number will do."""
    allowed = [question.default, *(each.answer for each in question.alternatives)]
    number = question.topic in ("volume", "text-limit") and parse_count(answer.text)
    if answer.text not in allowed and not number:
        raise SpecError(
            f'"{answer.text}" is no answer to {question.id}', at=answer.at, hint=suggestion(answer.text, allowed)
        )


def _ondelete(spec: Spec, question: Question, answer: Answer) -> Spec:
    chosen = {
        relationship for identifier, relationship in ondelete_ids(spec.relationships) if identifier == question.id
    }
    if answer.text not in _ON_DELETE:
        return spec

    def change(relationship: Relationship) -> Relationship:
        if relationship not in chosen:
            return relationship
        return relationship.model_copy(update={"on_delete": answer.text, "at": (*relationship.at, answer.at)})

    return spec.model_copy(update={"relationships": tuple(map(change, spec.relationships))})


def _volume(spec: Spec, question: Question, answer: Answer) -> Spec:
    rows = parse_count(answer.text)

    def change(entity: Entity) -> Entity:
        if rows is None or question_id("volume", entity.name) != question.id:
            return entity
        before = entity.volume or Volume()
        volume = before.model_copy(update={"rows": rows, "at": (*before.at, answer.at)})
        return entity.model_copy(update={"volume": volume})

    return spec.model_copy(update={"entities": tuple(map(change, spec.entities))})


def _money(spec: Spec, question: Question, answer: Answer) -> Spec:
    digits = _DIGITS.match(answer.text)
    if not digits:
        return spec
    return _with_type(
        spec,
        question,
        answer,
        {"base": "decimal", "precision": int(digits["precision"]), "scale": int(digits["scale"])},
    )


def _text_limit(spec: Spec, question: Question, answer: Answer) -> Spec:
    limit = parse_count(answer.text)
    return _with_type(spec, question, answer, {"max_length": limit}) if limit else spec


def _with_type(spec: Spec, question: Question, answer: Answer, update: Mapping[str, Any]) -> Spec:
    """Change the type of the attribute that a question is about."""

    def change(entity: Entity, attribute: Attribute) -> Attribute:
        if question_id(question.topic, entity.name, attribute.name) != question.id:
            return attribute
        value = attribute.type.model_copy(update=dict(update))
        return attribute.model_copy(update={"type": value, "at": (*attribute.at, answer.at)})

    entities = (
        entity.model_copy(update={"attributes": tuple(change(entity, each) for each in entity.attributes)})
        for entity in spec.entities
    )
    return spec.model_copy(update={"entities": tuple(entities)})


def _order(spec: Spec, question: Question, answer: Answer) -> Spec:
    def keys(entity: Entity) -> tuple[SortKey, ...]:
        if answer.text != "key":
            return (SortKey(attribute=answer.text.lstrip("+-"), descending=answer.text.startswith("-")),)
        own = tuple(each.name for each in entity.attributes if each.role == "key")
        return tuple(SortKey(attribute=name) for name in entity.key_attributes or own or ("id",))[:1]

    patterns = tuple(
        pattern.model_copy(update={"sort": keys(spec.entity(pattern.entity)), "at": (*pattern.at, answer.at)})
        if pattern.kind == "list" and not pattern.sort and question_id("order", pattern.entity) == question.id
        else pattern
        for pattern in spec.access_patterns
    )
    return spec.model_copy(update={"access_patterns": patterns})


def _search(spec: Spec, question: Question, answer: Answer) -> Spec:
    patterns = tuple(
        pattern.model_copy(update={"search_mode": answer.text, "at": (*pattern.at, answer.at)})
        if pattern.kind == "search" and question_id("search", pattern.entity) == question.id
        else pattern
        for pattern in spec.access_patterns
    )
    return spec.model_copy(update={"access_patterns": patterns})


def _isolation(spec: Spec, question: Question, answer: Answer) -> Spec:
    if question.id == ISOLATION_ID:
        isolation = spec.isolation if answer.text == "user" else Isolation(at=(answer.at,))
        return spec.model_copy(update={"isolation": isolation})
    if answer.text != "owned":
        return spec
    owned = next((each.name for each in spec.entities if question_id("isolation", each.name) == question.id), "")
    name = snake(spec.isolation.entity)
    owner = Relationship(
        name=name, source=owned, target=spec.isolation.entity, kind="N-1", required=True, owner=True, at=(answer.at,)
    )
    entities = (each.model_copy(update={"owner": name}) if each.name == owned else each for each in spec.entities)
    patterns = (
        each.model_copy(update={"scope": "owner"}) if each.entity == owned and _has_caller(each) else each
        for each in spec.access_patterns
    )
    return spec.model_copy(
        update={
            "entities": tuple(entities),
            "relationships": (*spec.relationships, owner),
            "access_patterns": tuple(patterns),
        }
    )


def _timestamps(spec: Spec, question: Question, answer: Answer) -> Spec:
    said = {"yes": True, "true": True, "no": False, "false": False, "none": False}.get(answer.text)
    if said is None or question.id != question_id("timestamps", spec.name):
        return spec
    defaults = spec.defaults.model_copy(update={"timestamps": said, "at": (*spec.defaults.at, answer.at)})
    return spec.model_copy(update={"defaults": defaults})


_CONSEQUENCES: dict[str, Callable[[Spec, Question, Answer], Spec]] = {
    "isolation": _isolation,
    "money": _money,
    "ondelete": _ondelete,
    "order": _order,
    "search": _search,
    "text-limit": _text_limit,
    "timestamps": _timestamps,
    "volume": _volume,
}


def _has_caller(pattern: AccessPattern) -> bool:
    """Tell whether the pattern is run for somebody, and does not ask for the rows of every owner."""
    return pattern.kind != "job" and not pattern.scope
