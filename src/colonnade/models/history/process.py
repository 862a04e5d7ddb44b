"""The process in which somebody's revisions run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable

from pydantic import TypeAdapter, ValidationError

from colonnade.errors import InputError
from colonnade.models.closing import Closing
from colonnade.models.history.messages import HistoryRequest, RecordedHistory
from colonnade.models.history.site import HistorySite

DEFAULT_SECONDS = 300.0
DEFAULT_MEMORY_BYTES = 2 * 1024**3
_SHOWN = 2000


class HistoryProcess(Closing):
    """A process that records one history when it is asked to; a context manager.

    Until then it only imports what it needs: nothing of the user's is run.
    """

    def __init__(self, site: HistorySite, *, memory_bytes: int = DEFAULT_MEMORY_BYTES) -> None:
        """Start the process, and return at once."""
        self._site = site
        self._process = subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
            [sys.executable, "-P", "-m", "colonnade.models.history.child", str(memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=site.folder,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"},
        )

    def record(
        self, *, url: str = "", ways_back: Iterable[str] = (), timeout_seconds: float = DEFAULT_SECONDS
    ) -> RecordedHistory:
        """Run the history on the empty database at `url`, and return what each revision emitted; once.

        Without a URL nothing is run and the statements are what Alembic would print. `ways_back` are the files of the
        revisions that are run backwards as well, as far as that goes. Raises InputError for an environment that cannot
        be run.
        """
        request = HistoryRequest(
            configuration=str(self._site.configuration or ""),
            scripts=str(self._site.scripts),
            url=url,
            ways_back=tuple(ways_back),
        )
        try:
            answer, told = self._process.communicate(
                TypeAdapter(HistoryRequest).dump_json(request), timeout=timeout_seconds
            )
        except subprocess.TimeoutExpired:
            self.close()
            raise InputError(
                f"the migrations took longer than {timeout_seconds:g} s",
                hint="Look for what waits in env.py or in a revision: input, network calls, endless loops.",
            ) from None
        said = told.decode(errors="replace").strip()[-_SHOWN:]
        try:
            return TypeAdapter(RecordedHistory).validate_json(answer)
        except ValidationError:
            raise InputError(
                "the process that runs the migrations ended",
                detail=f"It ended with status {self._process.returncode}. {said}".strip(),
                hint="Look for sys.exit, a crash in a C extension or more memory than allowed in env.py.",
            ) from None

    def close(self) -> None:
        """End the process; idempotent."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()


def record_history(
    site: HistorySite,
    *,
    url: str = "",
    ways_back: Iterable[str] = (),
    timeout_seconds: float = DEFAULT_SECONDS,
    memory_bytes: int = DEFAULT_MEMORY_BYTES,
) -> RecordedHistory:
    """Record a history in a process that is started for it; see `HistoryProcess.record`."""
    with HistoryProcess(site, memory_bytes=memory_bytes) as process:
        return process.record(url=url, ways_back=ways_back, timeout_seconds=timeout_seconds)
