"""What takes its time to start, started early: a server, and the process that imports models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from colonnade.api.servers import PendingServer, pending_server
from colonnade.models import ModelsProcess


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """A server and a process for models, which may still be starting."""

    server: PendingServer
    models: ModelsProcess


@contextmanager
def workers(postgres_url: str | None = None) -> Iterator[Workers]:
    """Lend both, and end them with the block; for the server see `pending_server`."""
    with pending_server(postgres_url) as server, ModelsProcess.start() as models:
        yield Workers(server=server, models=models)
