"""How many connections a compute bears, and what that leaves for each process."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.errors import InputError

RESERVED_CONNECTIONS = 7
POOLER_CLIENTS = 10_000
SUSPEND_SECONDS = 300
_LARGEST_POOL = 10
_LONGEST_RECYCLE_SECONDS = 1800
_MARGIN_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Compute:
    """The server as a pool must know it, with what Neon gives where nothing is said.

    `units` is the largest size it grows to, in Neon's compute units, `smallest_units` the smallest; `max_connections`
    overrides what follows from them. `processes` is how many of ours connect at the same time. `suspend_seconds` is
    how long it is idle before it suspends, 0 for never.
    Source: neon.com/docs/reference/compatibility, neon.com/docs/connect/connection-pooling
    """

    units: float = 0.25
    smallest_units: float | None = None
    max_connections: int | None = None
    processes: int = 1
    suspend_seconds: int = SUSPEND_SECONDS

    def __post_init__(self) -> None:
        """Refuse what no compute is."""
        if self.units <= 0 or self.processes < 1 or self.suspend_seconds < 0:
            raise InputError(
                "a compute has positive units and processes, and no negative suspend_seconds",
                hint="Write Compute(units=0.25, processes=1, suspend_seconds=300); 0 seconds means never.",
            )

    @property
    def connections(self) -> int:
        """How many the server accepts from applications."""
        if self.max_connections is not None:
            return max(1, self.max_connections - RESERVED_CONNECTIONS)
        smallest = self.units if self.smallest_units is None else self.smallest_units
        size = min(self.units, 8 * smallest)
        return max(100, min(4000, int(size * 419.66))) - RESERVED_CONNECTIONS

    def budget(self, *, pooled: bool) -> int:
        """Return how many connections all processes together may open: nine tenths of what there are."""
        return (POOLER_CLIENTS if pooled else self.connections) * 9 // 10

    @property
    def share(self) -> int:
        """How many connections of the server a process may keep busy at a time.

        A pooler takes more clients, which would only wait in its queue instead of ours.
        """
        return self.budget(pooled=False) // self.processes

    def pool_options(self) -> dict[str, int | bool]:
        """Return the arguments of SQLAlchemy's pool for one process; raises InputError when nothing is left for it."""
        if self.share < 1:
            raise InputError(
                f"{self.processes} processes share {self.budget(pooled=False)} connections",
                hint="Give the compute more units, or run fewer processes.",
            )
        size = min(_LARGEST_POOL, max(1, self.share // 2))
        return {
            "pool_size": size,
            "max_overflow": min(_LARGEST_POOL, self.share - size),
            "pool_timeout": 10,
            "pool_recycle": self.recycle_seconds,
            "pool_pre_ping": True,
            "pool_use_lifo": True,  # what is not needed grows old and is closed, instead of taking turns
        }

    @property
    def recycle_seconds(self) -> int:
        """After how long a connection is replaced when it is next asked for, before the compute suspends under it."""
        if not self.suspend_seconds:
            return _LONGEST_RECYCLE_SECONDS
        return min(_LONGEST_RECYCLE_SECONDS, max(self.suspend_seconds // 2, self.suspend_seconds - _MARGIN_SECONDS))
