"""A process that is asked for runs, and outlives those that end in the middle."""

from __future__ import annotations

import functools
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from colonnade.errors import InputError
from colonnade.models.history.messages import RunReport


@functools.cache
def _report() -> TypeAdapter[RunReport]:
    """Return what reads the value from JSON; building it takes longer than most runs use it."""
    return TypeAdapter(RunReport)


@dataclass(frozen=True, slots=True, kw_only=True)
class WhereToLook:
    """What people should look at when a run takes too long (`waits`), and when its process has ended (`ends`)."""

    waits: str
    ends: str


class RunProcess:
    """A module of ours that answers requests for runs, a line each."""

    def __init__(
        self,
        module: str,
        *arguments: str,
        folder: Path | None = None,
        timeout_seconds: float | None,
        look: WhereToLook,
    ) -> None:
        """Start it, in a `folder` or in this one; `timeout_seconds` bounds each run, None for as long as it takes."""
        self._timeout_seconds = timeout_seconds
        self._look = look
        self._process = subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
            [sys.executable, "-P", "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"},
            start_new_session=True,  # runs are processes of their own, which end with it
        )
        self._buffer = bytearray()

    def ask(self, request: bytes, *, stops: bool = False) -> RunReport:
        """Return what came of a request; raises InputError for a run that takes too long, or ends unless it `stops`."""
        assert self._process.stdin is not None  # noqa: S101 - opened as a pipe
        self._process.stdin.write(request + b"\n")
        self._process.stdin.flush()
        report = _report().validate_json(self._line())
        if report.ended and not stops:
            raise self._ended(report.ended)
        return report

    def close(self) -> None:
        """End the process; idempotent."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _line(self) -> bytes:
        assert self._process.stdout is not None  # noqa: S101 - opened as a pipe
        descriptor = self._process.stdout.fileno()
        deadline = None if self._timeout_seconds is None else time.monotonic() + self._timeout_seconds
        while (end := self._buffer.find(b"\n")) < 0:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not select.select([descriptor], [], [], left)[0]:
                self.close()
                raise InputError(f"the migrations took longer than {self._timeout_seconds:g} s", hint=self._look.waits)
            chunk = os.read(descriptor, 1 << 16)
            if not chunk:
                raise self._ended(f"it ended with status {self._process.wait()}")
            self._buffer += chunk
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    def _ended(self, how: str) -> InputError:
        return InputError(
            "the process that runs the migrations ended",
            detail=f"{how[0].upper()}{how[1:]}.",
            hint=self._look.ends,
        )
