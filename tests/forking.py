"""A process that has imported SQLModel and forks for each package of models: as fresh as a new one, and much faster.

Run as a script it is that process; imported, the door to it.
"""

from __future__ import annotations

import gc
import io
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from pydantic import TypeAdapter

from colonnade.models.messages import Request, Response

_REQUESTS = TypeAdapter(tuple[Request, ...])
_REQUEST = TypeAdapter(Request)
_RESPONSE = TypeAdapter(Response)


class ForkingProcess:
    """Answers the requests that a models' process answers, each batch in a process of its own.

    A warning is an error there, as it is in the tests.
    """

    def __init__(self) -> None:
        """Start the process that forks."""
        self._process = subprocess.Popen(
            [sys.executable, "-P", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"},
        )

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        self._process.wait()

    def answers(self, *requests: Request) -> tuple[Response, ...]:
        """Return the response to each request, of which later ones may rest on earlier ones."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(_REQUESTS.dump_json(requests) + b"\n")
        self._process.stdin.flush()
        lines = [self._process.stdout.readline() for _ in requests]
        assert all(lines), "the models ended their process"
        return tuple(map(_RESPONSE.validate_json, lines))


def write(files: dict[str, str], folder: Path) -> Path:
    """Write the files of a package into a folder, and return it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def _main() -> None:
    """Fork for each line; the process that has answered ends."""
    import sqlalchemy as sa

    from colonnade.models.child.service import serve

    sa.create_engine("postgresql+psycopg://")  # imports the driver, which is slow, while there is nothing to answer
    gc.freeze()  # pages that nobody writes are shared with every process to come
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the models print must not get between the responses
    for line in sys.stdin.buffer:
        child = os.fork()
        if child == 0:
            _answer(line, out, serve)
        if os.waitpid(child, 0)[1] != 0:
            return


def _answer(line: bytes, out: BinaryIO, serve: Callable[[BinaryIO, BinaryIO], None]) -> None:
    gc.disable()  # it ends before there is much to collect
    warnings.simplefilter("error")
    requests = _REQUESTS.validate_json(line)
    serve(io.BytesIO(b"".join(_REQUEST.dump_json(each) + b"\n" for each in requests)), out)
    os._exit(0)


if __name__ == "__main__":
    _main()
