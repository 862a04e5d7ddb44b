"""The lock modes of relations, and which of them wait for each other."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class LockMode(StrEnum):
    """A lock on a relation, weakest first.

    Source: postgresql.org/docs/current/explicit-locking.html
    """

    ACCESS_SHARE = "ACCESS SHARE"
    ROW_SHARE = "ROW SHARE"
    ROW_EXCLUSIVE = "ROW EXCLUSIVE"
    SHARE_UPDATE_EXCLUSIVE = "SHARE UPDATE EXCLUSIVE"
    SHARE = "SHARE"
    SHARE_ROW_EXCLUSIVE = "SHARE ROW EXCLUSIVE"
    EXCLUSIVE = "EXCLUSIVE"
    ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"

    @classmethod
    def of_catalog(cls, name: str) -> LockMode:
        """Return the mode that `pg_locks` calls so: `AccessExclusiveLock`."""
        return _BY_CATALOG_NAME[name]

    @property
    def strength(self) -> int:
        """The place in the order from weakest to strongest."""
        return _STRENGTHS[self]

    def conflicts_with(self, other: LockMode) -> bool:
        """Tell whether one waits for the other."""
        return other in _CONFLICTS[self]

    @property
    def blocks_reads(self) -> bool:
        """Whether SELECT waits."""
        return self.conflicts_with(LockMode.ACCESS_SHARE)

    @property
    def blocks_writes(self) -> bool:
        """Whether INSERT, UPDATE and DELETE wait."""
        return self.conflicts_with(LockMode.ROW_EXCLUSIVE)


_STRENGTHS: Mapping[LockMode, int] = {mode: place for place, mode in enumerate(LockMode)}
_BY_CATALOG_NAME: Mapping[str, LockMode] = {f"{mode.title().replace(' ', '')}Lock": mode for mode in LockMode}
# The weakest mode that each conflicts with; it conflicts with the stronger ones too. SHARE agrees with itself.
_WEAKEST_CONFLICT: Mapping[LockMode, LockMode] = {
    LockMode.ACCESS_SHARE: LockMode.ACCESS_EXCLUSIVE,
    LockMode.ROW_SHARE: LockMode.EXCLUSIVE,
    LockMode.ROW_EXCLUSIVE: LockMode.SHARE,
    LockMode.SHARE_UPDATE_EXCLUSIVE: LockMode.SHARE_UPDATE_EXCLUSIVE,
    LockMode.SHARE: LockMode.ROW_EXCLUSIVE,
    LockMode.SHARE_ROW_EXCLUSIVE: LockMode.ROW_EXCLUSIVE,
    LockMode.EXCLUSIVE: LockMode.ROW_SHARE,
    LockMode.ACCESS_EXCLUSIVE: LockMode.ACCESS_SHARE,
}
_CONFLICTS: Mapping[LockMode, frozenset[LockMode]] = {
    mode: frozenset(
        other for other in LockMode if _STRENGTHS[other] >= _STRENGTHS[weakest] and not mode == other == LockMode.SHARE
    )
    for mode, weakest in _WEAKEST_CONFLICT.items()
}
