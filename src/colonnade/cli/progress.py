"""What is going on, told on stderr: one live line on a terminal, a plain line for each step elsewhere."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Protocol, Self, TextIO

_REFRESHES_PER_SECOND = 5


class Steps(Protocol):
    """A context in which steps are reported by calling it."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def __call__(self, step: str) -> None: ...


def steps(*, quiet: bool, stream: TextIO | None = None, environment: Mapping[str, str] | None = None) -> Steps:
    """Return what reports steps on stderr.

    `quiet` is for a result that a machine reads: then only a terminal is told anything. A terminal gets a live line,
    unless NO_COLOR, CI or a dumb terminal asks for plain ones.
    """
    told = sys.stderr if stream is None else stream
    variables = os.environ if environment is None else environment
    if not told.isatty():
        return _Silent() if quiet else _Lines(told)
    plain = any(variables.get(name) for name in ("NO_COLOR", "CI")) or variables.get("TERM") == "dumb"
    return _Lines(told) if plain else _Live(told)


class _Silent:
    """Says nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave."""

    def __call__(self, step: str) -> None:
        """Pass over a step."""


class _Lines(_Silent):
    """A line for each step, with the seconds since the start."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._started = time.perf_counter()

    def __call__(self, step: str) -> None:
        """Print a step."""
        elapsed = time.perf_counter() - self._started
        print(f"{elapsed:5.1f} s  {step}", file=self._stream, flush=True)


class _Live(_Silent):
    """One line that changes and is gone at the end, also when the run is stopped."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
        self._progress = Progress(
            *columns, console=Console(file=stream), transient=True, refresh_per_second=_REFRESHES_PER_SECOND
        )
        self._task = self._progress.add_task("starting", total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Wipe the line and show the cursor again."""
        self._progress.stop()

    def __call__(self, step: str) -> None:
        """Show a step instead of the last one."""
        self._progress.update(self._task, description=step)
