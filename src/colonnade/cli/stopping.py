"""How a run is stopped: one message and exit code 2, with everything cleaned up, whenever the signal comes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
UNABLE = 2
STOPPED = "stopped: the run was interrupted; nothing was left behind"


class Interrupted(BaseException):
    """A signal to stop; no KeyboardInterrupt, which the option parser would turn into an exit code of its own."""


def heed_signals() -> None:
    """Let the signals to stop raise Interrupted from now on."""
    for number in STOPPING:
        signal.signal(number, _stop)


def was_stopped(error: BaseException) -> bool:
    """Tell whether a wish to stop is behind an error: libraries wrap what is raised in their callbacks."""
    known: set[int] = set()
    behind: BaseException | None = error
    while behind is not None and id(behind) not in known:
        if isinstance(behind, Interrupted):
            return True
        known.add(id(behind))
        behind = behind.__cause__ or behind.__context__
    return False


@contextmanager
def stopped_afterwards() -> Iterator[None]:
    """Let the block end before a signal stops the run.

    The import system runs callbacks in which an exception is swallowed, and with it the wish to stop.
    """
    noted: list[int] = []
    before = {each: signal.signal(each, lambda number, _: noted.append(number)) for each in STOPPING}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        if noted:
            signal.raise_signal(noted[0])


def fail(text: str) -> NoReturn:
    """Say why the job could not be done, and leave with exit code 2."""
    print(f"colonnade: {text}", file=sys.stderr, flush=True)  # noqa: T201  # this is the face
    sys.exit(UNABLE)


def _stop(number: int, _: FrameType | None) -> None:
    for each in STOPPING:
        signal.signal(each, signal.SIG_IGN)  # cleaning up has begun and is not interrupted again
    raise Interrupted(number)
