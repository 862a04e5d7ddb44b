"""Branches at Neon, for who waits."""

from __future__ import annotations

from datetime import datetime

from colonnade.branches.branch import NOW, Branch, Moment, NewBranch, Target
from colonnade.branches.neon.api import Neon
from colonnade.branches.neon.clients import NeonClient
from colonnade.dsn import Dsn


class NeonProvider:
    """The provider over Neon's API; nobody's connections are in the way there, so `force` means nothing."""

    def __init__(self, neon: Neon, client: NeonClient) -> None:
        """Carry the rules for a project out with a client."""
        self._neon = neon
        self._client = client

    def create(self, new: NewBranch, *, force: bool = False) -> Branch:  # noqa: ARG002 - see the class
        """Make a branch with a compute, and wait until both can be used."""
        return self._client.run(self._neon.create(new))

    def branches(self) -> tuple[Branch, ...]:
        """Return every branch."""
        return self._client.run(self._neon.branches())

    def branch(self, name: str) -> Branch:
        """Return one branch."""
        return self._client.run(self._neon.branch(name))

    def delete(self, name: str, *, children: bool = False) -> tuple[Branch, ...]:
        """Delete a branch, children first."""
        return self._client.run(self._neon.delete(name, children=children))

    def reset(self, name: str, *, force: bool = False) -> Branch:  # noqa: ARG002 - see the class
        """Make a branch what its parent is now."""
        return self._client.run(self._neon.reset(name))

    def restore(
        self,
        name: str,
        source: str,
        *,
        moment: Moment = NOW,
        keep_as: str | None = None,
        force: bool = False,  # noqa: ARG002 - see the class
    ) -> Branch:
        """Make a branch what another one is, or what either was at a moment."""
        return self._client.run(self._neon.restore(name, source, moment=moment, keep_as=keep_as))

    def expire(self, name: str, at: datetime | None) -> Branch:
        """Say when a branch ends."""
        return self._client.run(self._neon.expire(name, at))

    def url(self, name: str, target: Target) -> Dsn:
        """Return how to connect to a branch."""
        return self._client.run(self._neon.url(name, target))

    def prune(self) -> tuple[Branch, ...]:
        """Delete the branches whose time is over."""
        return self._client.run(self._neon.prune())
