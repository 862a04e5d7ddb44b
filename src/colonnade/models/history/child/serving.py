"""A process that answers requests, a line each; every answer is made in a copy of it, which may be killed."""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import threading
from collections.abc import Callable
from typing import BinaryIO

from pydantic import TypeAdapter

from colonnade.models.history.messages import RunReport


def bound(memory_bytes: int) -> None:
    """Let this process take so much memory and leave no core file."""
    # macOS refuses to bound the address space.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def streams() -> tuple[BinaryIO, BinaryIO]:
    """Return where requests come from and answers go to; what else is printed must not get between them."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return requests, answers


def serve(requests: BinaryIO, answers: BinaryIO, report: Callable[[bytes], RunReport]) -> None:
    """Answer each line: what is imported by now is shared by all runs."""
    written = TypeAdapter(RunReport).dump_json

    def answer(line: bytes) -> bytes:
        return written(report(line))

    for line in requests:
        child = os.fork()
        if child == 0:
            _answer(answer, line, answers)
        _, status = os.waitpid(child, 0)
        if status:
            code = os.waitstatus_to_exitcode(status)
            answers.write(written(RunReport(ended=f"it ended with status {code}")) + b"\n")
            answers.flush()


def _answer(answer: Callable[[bytes], bytes], request: bytes, answers: BinaryIO) -> None:
    """Run, answer and end; the copied process must never come back to the loop."""
    status = 1
    threading.Thread(target=_end_with_reader, daemon=True).start()
    try:
        answers.write(answer(request) + b"\n")
        answers.flush()
        status = 0
    finally:
        os._exit(status)


def _end_with_reader() -> None:
    """End all runs when whoever asks for them is gone: nobody would know any more what they do."""
    lifeline = select.poll()
    lifeline.register(0, 0)  # a pipe that has been hung up is told always
    lifeline.poll()
    os.killpg(os.getpgrp(), signal.SIGKILL)  # the process that serves leads a group of its own
