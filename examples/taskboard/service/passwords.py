"""Passwords: argon2id, off the event loop, a few at a time."""

from __future__ import annotations

from anyio import CapacityLimiter, to_thread
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError


class Passwords:
    """Hashes and verifies; one for each application."""

    def __init__(self, *, memory_kib: int, concurrent: int) -> None:
        """Take what a hash costs and how many are made at a time; the others wait."""
        self._hasher = PasswordHasher(memory_cost=memory_kib)
        self._limiter = CapacityLimiter(concurrent)
        # Somebody who is not there takes as long as a wrong password: the time tells nobody who has an account.
        self._nobody = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """Return what is stored."""
        return await to_thread.run_sync(self._hasher.hash, password, limiter=self._limiter)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Tell whether it is the password; None for an account that does not exist takes as long."""
        return await to_thread.run_sync(self._verify, stored, password, limiter=self._limiter)

    def outdated(self, stored: str) -> bool:
        """Tell whether it was hashed with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str | None, password: str) -> bool:
        try:
            self._hasher.verify(stored or self._nobody, password)
        except VerificationError:
            return False
        return stored is not None
