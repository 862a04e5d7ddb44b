"""The handlers of the command line, in a process that has others."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from colonnade.cli.stopping import disregard_signals, heed_signals

_HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)


@contextmanager
def heeding() -> Iterator[None]:
    """Heed the signals to stop during the block."""
    handlers, hook = {each: signal.getsignal(each) for each in _HANDLED}, sys.unraisablehook
    heed_signals()
    try:
        yield
    finally:
        disregard_signals()
        sys.unraisablehook = hook
        for number, handler in handlers.items():
            signal.signal(number, handler)
