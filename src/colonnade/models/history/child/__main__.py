"""One request on stdin, one answer on the original stdout; or one a line, for runs that may be stopped."""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import sys

_ALLOCATIONS_PER_SEARCH = 20_000


def main() -> None:
    """Answer the request, whatever the migrations do."""
    # Modules stay; searching them for cycles as often as usual takes a tenth of the time.
    gc.set_threshold(_ALLOCATIONS_PER_SEARCH)
    limit = int(sys.argv[1])
    # macOS refuses to bound the address space.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    requests, out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the migrations print must not get into the answer
    if sys.argv[2:] == ["serve"]:
        from colonnade.models.history.child.running import serve

        serve(requests, out)
        return
    request = requests.read()
    from colonnade.models.history.child.answering import answer

    out.write(answer(request))
    out.flush()


if __name__ == "__main__":
    main()
