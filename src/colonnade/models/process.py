"""The user's models in a process of their own, which may hang, crash or grow without harm to us."""

from __future__ import annotations

import functools
import os
import select
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter

from colonnade.dsn import Dsn
from colonnade.errors import ModelError
from colonnade.models.closing import Closing
from colonnade.models.messages import MappedModel, Request, Response, Step, Trials
from colonnade.span import Span

DEFAULT_MEMORY_BYTES = 2 * 1024**3
DEFAULT_TIMEOUT_SECONDS = 60.0
_STOP_SECONDS = 2.0
_SHOWN_BYTES = 4000


@functools.cache
def _request() -> TypeAdapter[Request]:
    """Return what reads and writes the value as JSON; building it takes longer than most runs use it."""
    return TypeAdapter(Request)


@functools.cache
def _response() -> TypeAdapter[Response]:
    """Return what reads and writes the value as JSON; building it takes longer than most runs use it."""
    return TypeAdapter(Response)


class ModelsProcess(Closing):
    """A child process that imports models once and then serves commands; a context manager.

    Everything that the models' import does happens there: what it prints goes to our stderr's place in
    error messages, what it breaks ends only the child. Commands are answered one at a time.
    """

    def __init__(self, process: subprocess.Popen[bytes], log: int, *, timeout_seconds: float) -> None:
        """Speak with a process that was just started; made by `start`."""
        self._process = process
        self._log = log
        self._timeout_seconds = timeout_seconds
        self._buffer = bytearray()
        self._waiting = False
        self._models: tuple[MappedModel, ...] | None = None

    @classmethod
    def start(
        cls,
        path: Path | None = None,
        *,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        memory_bytes: int = DEFAULT_MEMORY_BYTES,
    ) -> Self:
        """Start the process and return at once, while it imports SQLModel and then the models at `path`.

        Without a path it gets ready for `load`. `timeout_seconds` bounds each command, `memory_bytes` the
        address space.
        """
        log = os.memfd_create("models-log") if hasattr(os, "memfd_create") else _unlinked_file()
        process = subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
            [sys.executable, "-P", "-m", "colonnade.models.child", str(memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"},
        )
        models = cls(process, log, timeout_seconds=timeout_seconds)
        if path is not None:
            models._begin_load(path)
        return models

    def load(self, path: Path) -> None:
        """Begin to import the models at a path: a package, a file, or a folder of files."""
        self._begin_load(path)

    @property
    def external_names(self) -> frozenset[tuple[str, str]]:
        """Namespace and name of the mapped tables that other products create; raises ModelError like `models`."""
        names = (model.table.rpartition(".") for model in self.models if model.external)
        return frozenset((namespace or "public", name) for namespace, _, name in names)

    @property
    def models(self) -> tuple[MappedModel, ...]:
        """The mapped classes; waits for the import and raises ModelError when it failed."""
        if self._models is None:
            if not self._waiting:
                raise ModelError("no models were loaded")
            self._models = self._answer().models
        return self._models

    def create_all(self, url: str, *, stand_ins: bool = False) -> None:
        """Create the tables of the models in a database, all or none; raises ModelError.

        Tables whose `info` says `external` are not created: they must be there, unless `stand_ins` are wanted.
        """
        _ = self.models
        self._say(Request(command="create", url=_driver_url(url), stand_ins=stand_ins))
        self._answer()

    def exercise(self, trials: Trials) -> tuple[Step, ...]:
        """Run the trials and return what came of each step; nothing of it stays in the database."""
        self.begin_exercise(trials)
        return self.finish_exercise()

    def begin_exercise(self, trials: Trials) -> None:
        """Let the trials run while we do something else; `finish_exercise` must come next."""
        _ = self.models
        self._say(Request(command="exercise", trials=replace(trials, url=_driver_url(trials.url))))

    def finish_exercise(self) -> tuple[Step, ...]:
        """Wait for the trials that were begun."""
        return self._answer().steps

    def close(self) -> None:
        """End the process, politely first; idempotent."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
            try:
                # A process that is idle ends when nobody can speak to it any more.
                self._process.wait(timeout=0 if self._waiting else _STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
            os.close(self._log)

    def _begin_load(self, path: Path) -> None:
        self._models = None
        self._say(Request(command="load", path=str(path.resolve())))

    def _say(self, request: Request) -> None:
        """Send a request; raises ModelError when nobody listens any more."""
        if self._waiting:
            raise ModelError("the models' process is still busy with another command")
        assert self._process.stdin is not None  # noqa: S101 - opened as a pipe
        try:
            self._process.stdin.write(_request().dump_json(request) + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None
        self._waiting = True

    def _answer(self) -> Response:
        """Wait for the response; raises ModelError for a failure, a timeout or a crash."""
        line = self._line()
        self._waiting = False
        response = _response().validate_json(line)
        if response.failure is not None:
            failure = response.failure
            raise ModelError(
                failure.message,
                detail=failure.detail,
                hint=failure.hint,
                at=Span(path=failure.path, line=failure.line, quote=failure.quote) if failure.path else None,
                sqlstate=failure.sqlstate,
            )
        return response

    def _line(self) -> bytes:
        """Read one line."""
        assert self._process.stdout is not None  # noqa: S101 - opened as a pipe
        descriptor = self._process.stdout.fileno()
        deadline = time.monotonic() + self._timeout_seconds
        while (end := self._buffer.find(b"\n")) < 0:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                self._process.kill()
                raise ModelError(
                    f"the models took longer than {self._timeout_seconds:g} s",
                    detail=self._said(),
                    hint="Look for work at import time: connections, network calls, endless loops.",
                )
            chunk = os.read(descriptor, 1 << 16)
            if not chunk:
                raise self._ended()
            self._buffer += chunk
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    def _ended(self) -> ModelError:
        """Return the error for a process that has ended by itself."""
        status = self._process.wait()
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        return ModelError(
            "the models' process ended",
            detail=f"It ended with {how}. {self._said()}".strip(),
            hint="Look for sys.exit, a crash in a C extension or more memory than allowed while importing.",
        )

    def _said(self) -> str:
        """Return the end of what the process has written to stderr."""
        size = os.fstat(self._log).st_size
        said = os.pread(self._log, _SHOWN_BYTES, max(0, size - _SHOWN_BYTES)).decode(errors="replace").strip()
        return f"It said: {said}" if said else ""


def _driver_url(url: str) -> str:
    """Return the URL for SQLAlchemy with psycopg."""
    return Dsn.parse(url).sqlalchemy_url()


def _unlinked_file() -> int:
    """Return a file that is gone when it is closed."""
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
