"""One request on stdin, one answer on the original stdout; or one a line, for runs that may be stopped."""

from __future__ import annotations

import gc
import sys

from colonnade.models.history.child.serving import bound, serve, streams

_ALLOCATIONS_PER_SEARCH = 20_000


def main() -> None:
    """Answer the request, whatever the migrations do."""
    # Modules stay; searching them for cycles as often as usual takes a tenth of the time.
    gc.set_threshold(_ALLOCATIONS_PER_SEARCH)
    bound(int(sys.argv[1]))
    requests, out = streams()
    if sys.argv[2:] == ["serve"]:
        from colonnade.models.history.child.running import prepare, report

        prepare()
        serve(requests, out, report)
        return
    # Before the request is read, which may take its time.
    from colonnade.models.history.child.answering import answer

    gc.freeze()  # what was imported stays: nothing looks for garbage in it any more
    if request := requests.read():  # nothing comes from whoever has found that there is nothing to ask
        out.write(answer(request))
        out.flush()
    gc.freeze()  # the rest ends with the process; searching it for cycles takes longer than all else that is left


if __name__ == "__main__":
    main()
