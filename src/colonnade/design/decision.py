"""One choice with its reason, and the contract of what makes choices."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from colonnade.design.bindings import Bindings
from colonnade.schema import ObjectName, Schema
from colonnade.span import Span
from colonnade.spec import Spec
from colonnade.spec.question_ids import question_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An alternative that was not chosen, and why."""

    choice: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was chosen, why, instead of what, because of which lines, on whose authority.

    `question` names the decider's topic and subject (`type of tasks.title`). `shaped` are the objects that would not
    be, or not be so, without it. `patterns` are the ids of the access patterns it serves. `asked` is the id of the
    spec question that could change it, "" if none.
    """

    question: str
    choice: str
    reason: str
    shaped: tuple[ObjectName, ...]
    facts: tuple[Span, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    source: str = ""
    patterns: tuple[str, ...] = ()
    asked: str = ""


def asked(spec: Spec, topic: str, *names: str) -> str:
    """Return the id of the question about these names, if it was asked; else the empty text."""
    wanted = question_id(topic, *names)
    return wanted if any(question.id == wanted for question in spec.questions) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What has been decided so far."""

    schema: Schema = field(default_factory=Schema)
    bindings: Bindings = field(default_factory=Bindings)


class Decider(Protocol):
    """Answers one question about the whole spec."""

    def decide(self, spec: Spec, draft: Draft) -> tuple[Draft, tuple[Decision, ...]]:
        """Return the draft with this question answered, and why so."""
        ...
