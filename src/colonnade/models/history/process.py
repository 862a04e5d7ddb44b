"""The process in which somebody's revisions run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable

from pydantic import TypeAdapter, ValidationError

from colonnade.errors import InputError
from colonnade.models.history.messages import HistoryRequest, RecordedHistory
from colonnade.models.history.site import HistorySite

DEFAULT_SECONDS = 300.0
DEFAULT_MEMORY_BYTES = 2 * 1024**3
_SHOWN = 2000


def record_history(
    site: HistorySite,
    *,
    url: str = "",
    ways_back: Iterable[str] = (),
    timeout_seconds: float = DEFAULT_SECONDS,
    memory_bytes: int = DEFAULT_MEMORY_BYTES,
) -> RecordedHistory:
    """Run a history on the empty database at `url`, and return what each revision emitted.

    Without a URL nothing is run and the statements are what Alembic would print. `ways_back` are the files of the
    revisions that are run backwards as well, as far as that goes. Raises InputError for an environment that cannot be
    run.
    """
    request = HistoryRequest(
        configuration=str(site.configuration or ""), scripts=str(site.scripts), url=url, ways_back=tuple(ways_back)
    )
    try:
        done = subprocess.run(  # noqa: S603 - our own module, in our own interpreter
            [sys.executable, "-P", "-m", "colonnade.models.history.child", str(memory_bytes)],
            input=TypeAdapter(HistoryRequest).dump_json(request),
            capture_output=True,
            cwd=site.folder,
            # An env.py that asks for the usual variable need not be given one: nothing is connected to.
            env={"DATABASE_URL": url, **os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"},
            timeout=timeout_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise InputError(
            f"the migrations took longer than {timeout_seconds:g} s",
            hint="Look for what waits in env.py or in a revision: input, network calls, endless loops.",
        ) from None
    said = done.stderr.decode(errors="replace").strip()[-_SHOWN:]
    try:
        return TypeAdapter(RecordedHistory).validate_json(done.stdout)
    except ValidationError:
        raise InputError(
            "the process that runs the migrations ended",
            detail=f"It ended with status {done.returncode}. {said}".strip(),
            hint="Look for sys.exit, a crash in a C extension or more memory than allowed in env.py.",
        ) from None
