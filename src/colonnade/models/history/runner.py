"""Runs of a history on databases, which may be stopped in the middle; the process that runs them imports once."""

from __future__ import annotations

import functools

from pydantic import TypeAdapter

from colonnade.dsn import Dsn
from colonnade.models.closing import Closing
from colonnade.models.history.messages import RunReport, RunRequest, Stop
from colonnade.models.history.process import DEFAULT_MEMORY_BYTES, DEFAULT_SECONDS
from colonnade.models.history.run_process import RunProcess, WhereToLook
from colonnade.models.history.site import HistorySite

_LOOK = WhereToLook(
    waits="Look for what waits in env.py or in a revision: input, network calls, endless loops.",
    ends="Look for sys.exit, a crash in a C extension or more memory than allowed in env.py.",
)


@functools.cache
def _request() -> TypeAdapter[RunRequest]:
    """Return what writes the value as JSON; building it takes longer than most runs use it."""
    return TypeAdapter(RunRequest)


class HistoryRunner(Closing):
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
        self._process = RunProcess(
            "colonnade.models.history.child",
            str(memory_bytes),
            "serve",
            folder=site.folder,
            timeout_seconds=timeout_seconds,
            look=_LOOK,
        )

    def run(
        self,
        *,
        dsn: Dsn | None = None,
        target: str = "",
        forwards: bool = True,
        stop: Stop | None = None,
        opening: tuple[str, ...] = (),
    ) -> RunReport:
        """Run to a revision, and return what came of it; a `stop` ends the run in the middle.

        Without a target nothing is run: the report says at which revisions the database stands, which is only read, and
        without a database what the history holds. `opening` are statements that every connection begins with. Raises
        InputError for an environment that ends its process or takes too long.
        """
        return self._ask(
            RunRequest(
                configuration=self._configuration,
                scripts=str(self._site.scripts),
                url=dsn.sqlalchemy_url() if dsn else "",
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
        self._process.close()

    @property
    def _configuration(self) -> str:
        return str(self._site.configuration or "")

    def _ask(self, request: RunRequest) -> RunReport:
        return self._process.ask(_request().dump_json(request), stops=request.stop is not None)
