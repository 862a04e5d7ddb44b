"""The processes that record histories, started before there is something to ask them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from colonnade.models.history import HistoryProcess, HistorySite, RecordedHistory, history_site, record_history


class HistoryProcesses:
    """Processes that may still be starting, by the history that they are for."""

    def __init__(self, started: Mapping[HistorySite, HistoryProcess] | None = None) -> None:
        """Take what was started; histories beside these get a process when they need one."""
        self._started = dict(started or {})

    def record(self, site: HistorySite, *, url: str = "", ways_back: Iterable[str] = ()) -> RecordedHistory:
        """Record a history; see `HistoryProcess.record`."""
        started = self._started.pop(site, None)
        if started is None:
            return record_history(site, url=url, ways_back=ways_back)
        return started.record(url=url, ways_back=ways_back)


@contextmanager
def history_processes(paths: Iterable[Path]) -> Iterator[HistoryProcesses]:
    """Start a process for each history that the paths are part of, and end them with the block."""
    sites = {site for path in paths if (site := site_of(path))}
    with ExitStack() as stack:
        yield HistoryProcesses({site: stack.enter_context(HistoryProcess(site)) for site in sites})


def site_of(path: Path) -> HistorySite | None:
    """Return the history that a path given to lint is part of; what does not exist may be the id of a revision."""
    if path.suffix == ".sql":
        return None
    return history_site(path if path.exists() else Path.cwd())
