"""Which statements of a migration only look: stopping after one is stopping after the one before it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from colonnade.errors import StatementError
from colonnade.postgres import Session

_OF_SESSION = re.compile(r"\s*(?:SHOW|SET|RESET|BEGIN)\b(?!\s+CONSTRAINTS)", re.IGNORECASE)
_QUERY = re.compile(r"\s*(?:SELECT|WITH|VALUES|TABLE)\b", re.IGNORECASE)
_SAMPLE = 10


def looking(session: Session, statements: Iterable[str]) -> frozenset[int]:
    """Return the places, from 1, of the statements after which nothing in the database can be otherwise.

    These are settings of the session, and queries that the server lets run in a read-only transaction, where neither
    they nor what they call may write. What needs a schema that only the migration makes is none of them.
    """
    known: dict[str, bool] = {}
    found: set[int] = set()
    for place, sql in enumerate(statements, start=1):
        if sql not in known:
            known[sql] = bool(_OF_SESSION.match(sql)) or (bool(_QUERY.match(sql)) and _may_run_read_only(session, sql))
        if known[sql]:
            found.add(place)
    return frozenset(found)


def without_sample(places: Iterable[int]) -> frozenset[int]:
    """Return the places but each tenth of them, at which the run is stopped all the same."""
    return frozenset(place for number, place in enumerate(sorted(places)) if number % _SAMPLE)


def _may_run_read_only(session: Session, sql: str) -> bool:
    try:
        with session.rolled_back():
            session.execute("SET TRANSACTION READ ONLY")
            session.execute(sql)
    except StatementError:
        return False
    return True
