"""Which casts the server has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from colonnade.postgres.session import Session

CastContext = Literal["implicit", "assignment", "explicit", ""]

_CONTEXTS: dict[str, CastContext] = {"i": "implicit", "a": "assignment", "e": "explicit"}
_CAST = """
SELECT castcontext::text FROM pg_cast WHERE castsource = to_regtype(%s) AND casttarget = to_regtype(%s)
"""


def casts_of(session: Session) -> Callable[[str, str], CastContext]:
    """Return what tells in which context the server casts one type to another; empty where it has no such cast."""

    def context(before: str, after: str) -> CastContext:
        found = session.execute(_CAST, (before, after))
        return _CONTEXTS[found[0][0]] if found else ""

    return context
