"""One request on stdin, one answer on the original stdout; or one a line, for runs that may be stopped."""

from __future__ import annotations

import contextlib
import os
import resource
import sys


def main() -> None:
    """Answer the request, whatever the migrations do."""
    limit = int(sys.argv[1])
    # macOS refuses to bound the address space.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    requests, out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the migrations print must not get into the answer
    if sys.argv[2:] == ["serve"]:
        from colonnade.migrate.history.child.running import serve

        serve(requests, out)
        return
    request = requests.read()
    from colonnade.migrate.history.child.answering import answer

    out.write(answer(request))
    out.flush()


if __name__ == "__main__":
    main()
