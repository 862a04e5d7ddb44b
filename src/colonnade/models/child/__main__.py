"""The main loop: one request a line on stdin, one response a line on the original stdout."""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import signal
import sys

# Modules, classes and mappers stay; searching them for cycles as often as usual takes a tenth of the time.
_ALLOCATIONS_PER_SEARCH = 20_000


def main() -> None:
    """Serve requests until nobody sends any more."""
    gc.set_threshold(_ALLOCATIONS_PER_SEARCH)
    _limit(int(sys.argv[1]))
    # Ctrl-C goes to the whole group; our parent ends us by closing the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # What the models print must not get between the responses, and they have nobody to ask.
    os.dup2(2, 1)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a device
        os.dup2(nothing.fileno(), 0)
    from colonnade.models.child.service import serve

    serve(requests, out)
    # Taking thousands of classes apart takes seconds, and nothing here needs it.
    sys.stderr.flush()
    os._exit(0)


def _limit(memory_bytes: int) -> None:
    """Bound the address space and leave no core file."""
    # macOS refuses to bound the address space.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
