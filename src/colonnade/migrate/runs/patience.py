"""Runs that make nobody wait for long: they give up a lock that does not come, and ask for it again."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from colonnade.models.history import RunReport

_LOCK_TIMEOUT_MS = 1000
_CONCURRENTLY = re.compile(r"concurrently", re.IGNORECASE)
_LOCK_NOT_AVAILABLE, _DEADLOCK = "55P03", "40P01"
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.2, 5.0


def lock_timeout(text: str) -> str:
    """Return the setting for a file with this text; where it builds concurrently, it waits as long as it takes."""
    waits = _CONCURRENTLY.search(text) is not None  # a build that gives up waiting leaves an invalid index
    return f"SET lock_timeout = {0 if waits else _LOCK_TIMEOUT_MS}"


def patiently(
    run: Callable[[], RunReport],
    *,
    repeatable: Callable[[], bool],
    wait_seconds: float,
    tell: Callable[[], None] = lambda: None,
) -> RunReport:
    """Run something, again and again while a lock does not come and it can be repeated, for so many seconds.

    `tell` is called before each time but the first.
    """
    deadline = time.monotonic() + wait_seconds
    pause = _FIRST_PAUSE_SECONDS
    while True:
        report = run()
        failure = report.failure
        if failure is None or failure.sqlstate not in (_LOCK_NOT_AVAILABLE, _DEADLOCK):
            return report
        if not repeatable() or time.monotonic() + pause > deadline:
            return report
        tell()
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
