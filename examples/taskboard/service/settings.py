"""What may differ from one place to the next."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How long a sign-in lasts, what a password's hash costs, and how many are made at a time.

    The memory is that of RFC 9106 for who has little of it, which takes a core for some 50 ms; without a bound on how
    many are made at a time, a flood of sign-ins would take all memory.
    """

    session_lifetime: dt.timedelta = dt.timedelta(days=14)
    hash_memory_kib: int = 64 * 1024
    concurrent_hashes: int = 2
