"""What the text does not say, and what could not be read."""

from __future__ import annotations

from colonnade.spec.value import Fact, Value


class Alternative(Value):
    """A possible answer and what it would mean."""

    answer: str
    consequence: str = ""


class Question(Fact):
    """Something the text leaves open.

    `id` is stable: it is built from the topic and the names it concerns (`Q-ondelete-user-task`), never
    from positions. `default` is the safe answer taken when none is given; `answer` what was given.
    """

    id: str
    topic: str
    text: str
    default: str
    alternatives: tuple[Alternative, ...] = ()
    answer: str | None = None

    @property
    def settled(self) -> str:
        """The answer given, else the safe default."""
        return self.default if self.answer is None else self.answer


class Unread(Fact):
    """A part of the input that could not be read into facts, and why; the rest went on."""

    what: str
    reason: str
