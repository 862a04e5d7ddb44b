"""`branch serve`: Neon's API v2 on this machine, over the local branches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from colonnade.api.branch_providers import local_provider, now
from colonnade.branches.control_plane import ControlPlane, RandomFaults
from colonnade.branches.control_plane.bodies import PROJECT_ID
from colonnade.branches.control_plane.faults import probabilities
from colonnade.errors import InputError


def branch_serve(
    *,
    port: int = 0,
    faults: Sequence[str] = (),
    fault_seed: int = 0,
    api_key: str | None = None,
    home: Path | None = None,
    ready: Callable[[str, str], None] = lambda *_: None,
) -> None:
    """Answer requests until the process is told to stop; `ready` hears the base URL and the id of the project.

    `faults` (`locked=0.1`) go wrong on purpose with these probabilities, the same way for the same seed. `api_key` is
    the only key that is let in; without it, any is.
    """
    chances = probabilities(tuple(faults))
    local = local_provider(home)
    plane = ControlPlane(local, clock=now, faults=RandomFaults(chances, Random(fault_seed)), api_key=api_key)  # noqa: S311 - no secret
    local.home.start()
    try:
        server = plane.server(port)
    except OSError as problem:
        raise InputError(
            f"port {port} cannot be listened on", detail=str(problem), hint="Choose another one with --port."
        ) from problem
    with server:
        ready(server.base_url, PROJECT_ID)
        server.serve_forever()
