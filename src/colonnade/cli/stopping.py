"""How a run is stopped: one message and exit code 2, with everything cleaned up, whenever the signal comes."""

from __future__ import annotations

import contextlib
import signal
import sys
from types import FrameType
from typing import NoReturn

UNABLE = 2
STOPPED = "stopped: the run was interrupted; nothing is left half done"

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LEAVING = {"__exit__", "__del__"}
_IMPORTING = "<frozen importlib"
_AGAIN_SECONDS = 0.01


class Interrupted(BaseException):
    """A signal to stop; no KeyboardInterrupt, which the option parser would turn into an exit code of its own."""


def heed_signals() -> None:
    """Let the signals to stop raise Interrupted from now on, once."""
    for number in _STOPPING:
        signal.signal(number, _stop)
    signal.signal(signal.SIGALRM, _stop)
    sys.unraisablehook = _swallowed


def disregard_signals() -> None:
    """Let no signal stop the run any more: it ends, or cleans up."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number in (*_STOPPING, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)


def was_stopped() -> bool:
    """Tell whether the wish to stop has been raised: code in C and Rust makes errors of its own of it."""
    return signal.getsignal(signal.SIGTERM) is signal.SIG_IGN


def fail(text: str) -> NoReturn:
    """Say why the job could not be done, and leave with exit code 2."""
    print(f"colonnade: {text}", file=sys.stderr, flush=True)  # noqa: T201  # this is the face
    sys.exit(UNABLE)


def _stop(_: int, frame: FrameType | None) -> None:
    if _goes_on(frame):
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)
        return
    disregard_signals()  # cleaning up begins and is not interrupted again
    raise Interrupted


def _swallowed(lost: sys.UnraisableHookArgs) -> None:
    """Try again when code in C, or the collector, could not pass the wish to stop on."""
    if isinstance(lost.exc_value, Interrupted):
        heed_signals()
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)
    else:
        sys.__unraisablehook__(lost)


def _goes_on(frame: FrameType | None) -> bool:
    """Tell whether an exception must not be raised here, so that the signal waits.

    What leaves a context manager is cleaning up, and would leave undone what it has not reached yet; what has just
    been entered might not be left at all. The import system runs callbacks in which an exception is swallowed, and
    with it the wish to stop.
    """
    if frame is not None and frame.f_globals.get("__name__") == contextlib.__name__:
        return True
    while frame is not None:
        if frame.f_code.co_name in _LEAVING or frame.f_code.co_filename.startswith(_IMPORTING):
            return True
        frame = frame.f_back
    return False
