"""How often something is tried again, and after which pause."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from colonnade.errors import InputError
from colonnade.runtime.failures import Kind

_FEW = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Bounded, growing pauses with jitter.

    At most `attempts` in all, and none that would begin later than `budget_seconds` after the first. A pause is drawn
    from the upper half of `first_delay_seconds` × 2ⁿ, at most `longest_delay_seconds`, so that many clients that failed
    together do not come back together. The defaults outlast a cold start of 20 seconds, whatever is drawn.
    """

    attempts: int = 7
    first_delay_seconds: float = 1.0
    longest_delay_seconds: float = 16.0
    budget_seconds: float = 45.0
    uniform: Callable[[float, float], float] = random.uniform
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        """Refuse what cannot be followed."""
        if self.attempts < 1 or min(self.first_delay_seconds, self.longest_delay_seconds, self.budget_seconds) < 0:
            raise InputError(
                "a retry has at least one attempt and no negative time", hint="Write Retry(attempts=1) for none."
            )

    def pauses(self) -> Iterator[float]:
        """Yield the pause before each further attempt, as long as one is due."""
        end = self.clock() + self.budget_seconds
        for number in range(self.attempts - 1):
            longest = min(self.longest_delay_seconds, self.first_delay_seconds * 2.0**number)
            pause = self.uniform(longest / 2, longest)
            if self.clock() + pause > end:
                return
            yield pause


CONFLICT_RETRY = Retry(attempts=8, first_delay_seconds=0.01, longest_delay_seconds=0.5, budget_seconds=10.0)
"""For transactions that others got in the way of: the server is well, and only the same moment is to be avoided."""


@dataclass(slots=True)
class Attempts:
    """The attempts at one thing: whether a failure leaves another one, and after which pause."""

    _pauses: Iterator[float]
    number: int = 1

    @classmethod
    def of(cls, retry: Retry) -> Attempts:
        """Begin with the first."""
        return cls(retry.pauses())

    def after(self, kind: Kind, *, may: bool) -> float | None:
        """Return the pause before the next attempt, None when there is none."""
        if not may or (kind is Kind.perhaps_unavailable and self.number >= _FEW):
            return None
        pause = next(self._pauses, None)
        if pause is not None:
            self.number += 1
        return pause
