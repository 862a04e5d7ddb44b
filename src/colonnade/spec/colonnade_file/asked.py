"""The questions that a file asks (`ask`) and the answers that it assumes (`assume`)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from colonnade.errors import SpecError
from colonnade.spec.answers import Answer
from colonnade.spec.colonnade_file.names import unknown
from colonnade.spec.colonnade_file.problems import Problems
from colonnade.spec.colonnade_file.shape import Block, mapping_of, text_of
from colonnade.spec.document import Node
from colonnade.spec.questions import Alternative, Question

TOPICS = (
    "case",
    "counter",
    "embedded",
    "enum",
    "identity",
    "isolation",
    "money",
    "nullability",
    "ondelete",
    "order",
    "polymorphism",
    "search",
    "text-limit",
    "timestamps",
    "unique-scope",
    "volume",
)
QUESTION_KEYS = ("question", "default", "alternatives")
_ID = re.compile(r"Q(?:-[a-z0-9]+){2,}\Z")


def read_asked(node: Node, problems: Problems) -> Iterator[Question]:
    """Yield the questions of `ask: {Q-topic-names: {question: …, default: …, alternatives: …}}`."""
    for identifier, value in mapping_of(node, '"ask"').items():
        with problems.gather():
            at = node.key_span(identifier)
            if not _ID.match(identifier):
                raise SpecError(
                    f'"{identifier}" is not the id of a question', at=at, hint="Ids look like Q-ondelete-user-task."
                )
            block = Block(value, "the question", QUESTION_KEYS, problems)
            alternatives = tuple(_alternatives(block.need("alternatives")))
            default = text_of(block.need("default"), '"default"')
            answers = tuple(each.answer for each in alternatives)
            if default not in answers:
                raise unknown("alternative", default, block.need("default").span, answers)
            yield Question(
                id=identifier,
                topic=_topic(identifier),
                text=text_of(block.need("question"), '"question"'),
                default=default,
                alternatives=alternatives,
                at=(at,),
            )


def _alternatives(node: Node) -> Iterator[Alternative]:
    if node.is_mapping:
        for answer, consequence in node.items():
            yield Alternative(answer=answer, consequence=text_of(consequence, "a consequence"))
        return
    for item in node.elements() or (node,):
        yield Alternative(answer=text_of(item, "an alternative"))


def _topic(identifier: str) -> str:
    rest = identifier.removeprefix("Q-")
    known = [topic for topic in TOPICS if rest.startswith(f"{topic}-")]
    return max(known, key=len, default=rest.partition("-")[0])


def read_assumed(node: Node, problems: Problems) -> dict[str, Answer]:
    """Return the answers of `assume: {Q-ondelete-user-task: cascade}`."""
    found: dict[str, Answer] = {}
    for identifier, value in mapping_of(node, '"assume"').items():
        with problems.gather():
            text = text_of(value, "an answer")
            found[identifier] = Answer(text=text, at=value.span, id_at=node.key_span(identifier))
    return found
