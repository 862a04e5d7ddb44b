"""The client for Neon against the local control plane, with faults in a given order and no time lost waiting."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from branches_support import Clock
from colonnade.branches.control_plane import ControlPlane, Fault
from colonnade.branches.control_plane.bodies import PROJECT_ID
from colonnade.branches.control_plane.requests import Answer
from colonnade.branches.local import LocalProvider
from colonnade.branches.neon import Neon, NeonClient, NeonProvider
from colonnade.branches.neon.calling import Patience


class Schedule:
    """Faults in a given order, then none."""

    def __init__(self, faults: Iterable[Fault | None] = ()) -> None:
        self._left = iter(faults)

    def next(self) -> Fault | None:
        return next(self._left, None)


class RecordingPlane(ControlPlane):
    """A control plane that notes what it is asked; `changes` befall requests that change something."""

    def __init__(
        self, local: LocalProvider, *, clock: Clock, faults: Schedule, changes: Schedule | None = None
    ) -> None:
        super().__init__(local, clock=clock)
        self._reads, self._changes = faults, changes or faults
        self.asked: list[str] = []

    def answer(self, method: str, target: str, authorization: str, body: bytes) -> Answer | None:
        self.asked.append(method)
        self.faults = self._reads if method == "GET" else self._changes
        return super().answer(method, target, authorization, body)


def neon(clock: Clock) -> Neon:
    """Return the rules for the local project, with marks that count."""
    numbers = itertools.count()
    return Neon(PROJECT_ID, Patience(jitter=lambda: 0.5, clock=clock), marks=lambda: f"mark-{next(numbers)}")


@contextmanager
def plane(
    local: LocalProvider, clock: Clock, faults: Iterable[Fault | None] = (), api_key: str | None = None
) -> Iterator[str]:
    """Give the URL of a control plane."""
    with ControlPlane(local, clock=clock, faults=Schedule(faults), api_key=api_key).listening() as url:
        yield url


@contextmanager
def provider(
    local: LocalProvider,
    clock: Clock,
    faults: Iterable[Fault | None] = (),
    *,
    changes: Iterable[Fault | None] | None = None,
    pauses: list[float] | None = None,
    asked: list[str] | None = None,
) -> Iterator[NeonProvider]:
    """Give the provider for Neon, speaking to a control plane of its own.

    `changes` are the faults of requests that change something, else `faults` are those of all. `pauses` are noted
    instead of made, and the methods of the requests that arrive in `asked`.
    """
    noted = pauses if pauses is not None else []
    separate = Schedule(changes) if changes is not None else None
    listening = RecordingPlane(local, clock=clock, faults=Schedule(faults), changes=separate)
    with (
        listening.listening() as url,
        NeonClient("a-secret-key", base_url=url, sleep=noted.append) as client,
    ):
        yield NeonProvider(neon(clock), client)
    if asked is not None:
        asked += listening.asked
