"""Runs of a history on databases, which may be stopped in the middle; the process that runs them imports once."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

from pydantic import TypeAdapter

from colonnade.errors import InputError
from colonnade.models.history.messages import RunReport, RunRequest, Stop
from colonnade.models.history.process import DEFAULT_MEMORY_BYTES, DEFAULT_SECONDS
from colonnade.models.history.site import HistorySite

_REQUEST = TypeAdapter(RunRequest)
_REPORT = TypeAdapter(RunReport)


class HistoryRunner:
    """A process that runs the revisions of one history; a context manager."""

    def __init__(
        self,
        site: HistorySite,
        *,
        timeout_seconds: float | None = DEFAULT_SECONDS,
        memory_bytes: int = DEFAULT_MEMORY_BYTES,
    ) -> None:
        """Start the process; `timeout_seconds` bounds each run, None for as long as it takes."""
        self._site = site
        self._timeout_seconds = timeout_seconds
        self._process = subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
            [sys.executable, "-P", "-m", "colonnade.models.history.child", str(memory_bytes), "serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=site.folder,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"},
            start_new_session=True,  # runs are processes of their own, which end with it
        )
        self._buffer = bytearray()

    def __enter__(self) -> Self:
        """Return the runner itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self.close()

    def run(
        self,
        *,
        url: str = "",
        target: str = "",
        forwards: bool = True,
        stop: Stop | None = None,
        opening: tuple[str, ...] = (),
    ) -> RunReport:
        """Run to a revision, and return what came of it; a `stop` ends the run in the middle.

        Without a target nothing is run: the report says at which revisions the database stands, which is only read, and
        without a URL what the history holds. `opening` are statements that every connection begins with. Raises
        InputError for an environment that ends its process or takes too long.
        """
        return self._ask(
            RunRequest(
                configuration=self._configuration,
                scripts=str(self._site.scripts),
                url=url,
                target=target,
                forwards=forwards,
                stop=stop,
                opening=opening,
            )
        )

    def printed(self, *, start: str, target: str, forwards: bool = True) -> RunReport:
        """Return the way from one revision to another as SQL, and its statements, each with its place."""
        return self._ask(
            RunRequest(
                configuration=self._configuration,
                scripts=str(self._site.scripts),
                start=start,
                target=target,
                forwards=forwards,
            )
        )

    def close(self) -> None:
        """End the process; idempotent."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    @property
    def _configuration(self) -> str:
        return str(self._site.configuration or "")

    def _ask(self, request: RunRequest) -> RunReport:
        assert self._process.stdin is not None  # noqa: S101 - opened as a pipe
        self._process.stdin.write(_REQUEST.dump_json(request) + b"\n")
        self._process.stdin.flush()
        report = _REPORT.validate_json(self._line())
        if report.ended and request.stop is None:
            raise _ended(report.ended)
        return report

    def _line(self) -> bytes:
        assert self._process.stdout is not None  # noqa: S101 - opened as a pipe
        descriptor = self._process.stdout.fileno()
        deadline = None if self._timeout_seconds is None else time.monotonic() + self._timeout_seconds
        while (end := self._buffer.find(b"\n")) < 0:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not select.select([descriptor], [], [], left)[0]:
                self.close()
                raise InputError(
                    f"the migrations took longer than {self._timeout_seconds:g} s",
                    hint="Look for what waits in env.py or in a revision: input, network calls, endless loops.",
                )
            chunk = os.read(descriptor, 1 << 16)
            if not chunk:
                raise _ended(f"it ended with status {self._process.wait()}")
            self._buffer += chunk
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line


def _ended(how: str) -> InputError:
    return InputError(
        "the process that runs the migrations ended",
        detail=f"{how[0].upper()}{how[1:]}.",
        hint="Look for sys.exit, a crash in a C extension or more memory than allowed in env.py.",
    )
