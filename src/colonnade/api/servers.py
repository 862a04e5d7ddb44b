"""Which server a run uses."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from colonnade.api.cache import cache_folder
from colonnade.errors import ColonnadeError
from colonnade.postgres import Server

URL_VARIABLE = "COLONNADE_POSTGRES_URL"


class PendingServer:
    """A server that starts while other work goes on; ask for it with `ready()`."""

    def __init__(self, url: str | None) -> None:
        """Begin to start the embedded server, or to reach the one at the URL."""
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="colonnade-server")
        self._future = self._executor.submit(_start if url is None else lambda: Server.at(url))

    def ready(self) -> Server:
        """Wait until the server takes connections; raises what kept it from starting."""
        return self._future.result()

    def close(self) -> None:
        """Stop the server, also one that has not started yet."""
        self._executor.shutdown(wait=True)
        try:
            server = self._future.result()
        except ColonnadeError:
            return  # it never ran, and whoever asked for it has been told why
        server.close()


def _start() -> Server:
    """Start the embedded server, from a copy of an earlier run's new cluster where the user's cache can be written."""
    return Server.start(cache=cache_folder(), single_use=True)


@contextmanager
def pending_server(url: str | None) -> Iterator[PendingServer]:
    """Lend a server: at `url`, else at COLONNADE_POSTGRES_URL, else an embedded one that ends with the block."""
    pending = PendingServer(url or os.environ.get(URL_VARIABLE) or None)
    try:
        yield pending
    finally:
        pending.close()
