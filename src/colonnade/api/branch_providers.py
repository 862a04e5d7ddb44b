"""Which provider of branches a run uses, and the databases behind `branch:NAME`, `local:NAME` and `neon:NAME`."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom
from typing import Literal

from colonnade.branches import BranchProvider, NewBranch, Target
from colonnade.branches.limits import expiry
from colonnade.branches.local import Home, LocalProvider
from colonnade.dsn import Dsn
from colonnade.errors import InputError

ProviderName = Literal["local", "neon"]

PROVIDER_VARIABLE = "COLONNADE_BRANCH_PROVIDER"
HOME_VARIABLE = "COLONNADE_HOME"
KEY_VARIABLE = "NEON_API_KEY"
PROJECT_VARIABLE = "NEON_PROJECT_ID"
API_VARIABLE = "COLONNADE_NEON_API"
_ROOT_HOME = Path("/var/lib/colonnade")  # Postgres does not run as root, and its user enters no home


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def provider_name(given: str | None) -> str:
    """Return which provider is meant: the given one, else that of COLONNADE_BRANCH_PROVIDER, else local."""
    name = given or os.environ.get(PROVIDER_VARIABLE) or "local"
    if name not in ("local", "neon"):
        raise InputError(f'there is no provider "{name}"', hint="Branches are kept by local or neon.")
    return name


def home_folder(given: Path | None) -> Path:
    """Return where local branches are: the given folder, else COLONNADE_HOME, else below the user's state folder."""
    if given is not None:
        return given
    if named := os.environ.get(HOME_VARIABLE):
        return Path(named)
    if os.geteuid() == 0:
        return _ROOT_HOME
    return Path(os.environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser(), "colonnade")


def local_provider(home: Path | None) -> LocalProvider:
    """Return the provider that needs no account."""
    return LocalProvider(Home(home_folder(home)), clock=now)


@contextmanager
def lend(
    name: str | None, home: Path | None, *, progress: Callable[[str], None] = lambda _: None
) -> Iterator[BranchProvider]:
    """Lend a provider; `progress` hears why it waits."""
    if provider_name(name) == "local":
        yield local_provider(home)
        return
    from colonnade.branches.neon import BASE_URL, Neon, NeonClient, NeonProvider  # httpx is slow to import
    from colonnade.branches.neon.calling import Patience

    key, project = _needed(KEY_VARIABLE), _needed(PROJECT_VARIABLE)
    patience = Patience(jitter=SystemRandom().random, clock=now)
    neon = Neon(project, patience, marks=lambda: secrets.token_hex(8))
    with NeonClient(key, base_url=os.environ.get(API_VARIABLE) or BASE_URL, progress=progress) as client:
        yield NeonProvider(neon, client)


def check_place(place: str) -> None:
    """Raise InputError for a `PROVIDER:NAME` whose provider cannot be used, before any work is done for it."""
    kind = place.partition(":")[0]
    if provider_name(None if kind == "branch" else kind) == "neon":
        _needed(KEY_VARIABLE)
        _needed(PROJECT_VARIABLE)


@contextmanager
def temporary_branch(place: str, *, progress: Callable[[str], None]) -> Iterator[Dsn]:
    """Lend a branch of `PROVIDER:NAME`, of the default branch for `PROVIDER` alone, and delete it afterwards.

    It ends by itself should we die before.
    """
    kind, _, parent = place.partition(":")
    with lend(None if kind == "branch" else kind, None, progress=progress) as found:
        name = f"colonnade-{secrets.token_hex(6)}"
        progress(f"making a branch of {place}")
        made = found.create(NewBranch(name=name, parent=parent or None, expires_at=expiry("1d", now=now())))
        try:
            yield found.url(made.id, Target())
        finally:
            found.delete(made.id)


def _needed(variable: str) -> str:
    """Return what the environment must hold: no key ever stands on a command line."""
    value = os.environ.get(variable, "").strip()
    if not value:
        raise InputError(
            f"{variable} is not set", hint="Branches at Neon need NEON_API_KEY and NEON_PROJECT_ID in the environment."
        )
    return value


def resolved(source: str) -> str:
    """Return the URL of the database behind a branch that a source names; any other source as it is.

    A path of that name goes first.
    """
    kind, colon, name = source.partition(":")
    if (
        not colon
        or kind not in ("branch", "local", "neon")
        or not name
        or name.startswith("//")
        or Path(source).exists()
    ):
        return source
    with lend(None if kind == "branch" else kind, None) as found:
        return found.url(name, Target()).url
