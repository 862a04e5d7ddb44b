"""The questions that a contract leaves open, each asked once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from colonnade.span import Span
from colonnade.spec.question_ids import question_id
from colonnade.spec.questions import Alternative, Question

_MAX_PLACES = 5


class Questions:
    """Asks, and tells the answer to go on with: the one given, else the safe default."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        """Keep the answers that are known already."""
        self._answers = answers
        self._asked: dict[str, Question] = {}

    def ask(
        self,
        topic: str,
        names: Sequence[str],
        text: str,
        *,
        default: str,
        alternatives: Mapping[str, str],
        at: Sequence[Span],
    ) -> str:
        """Ask, and return the answer to go on with; a second asking adds its places to the first.

        `alternatives` tells for each possible answer what it would mean; the default is among them.
        """
        id_ = question_id(topic, *names)
        known = self._asked.get(id_)
        places = tuple(dict.fromkeys((*(known.at if known else ()), *at)))[:_MAX_PLACES]
        self._asked[id_] = Question(
            id=id_,
            topic=topic,
            text=known.text if known else text,
            default=default,
            alternatives=tuple(Alternative(answer=key, consequence=value) for key, value in alternatives.items()),
            at=places,
        )
        return self._answers.get(id_, default)

    @property
    def all(self) -> tuple[Question, ...]:
        """Every question, in the order in which they were first asked."""
        return tuple(self._asked.values())
