"""Which transaction each statement runs in, and which timeouts are in force for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from colonnade.review.plan.acts import Setting, TransactionControl
from colonnade.review.plan.migration import Statement

_OPENING = frozenset(("BEGIN", "START"))
_CLOSING = frozenset(("COMMIT", "ROLLBACK", "PREPARE"))
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d)?\s*")
_MS = {"us": 0.001, "ms": 1, None: 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_TIMEOUTS = ("lock_timeout", "statement_timeout")


def duration_ms(value: str) -> int:
    """Return a timeout as Postgres reads it, in milliseconds; 0 for none, and for what is no duration."""
    found = _DURATION.fullmatch(value)
    return round(float(found[1]) * _MS[found[2]]) if found else 0


def with_structure(statements: Iterable[Statement], *, one_transaction: bool) -> tuple[Statement, ...]:
    """Return the statements with their transactions and timeouts.

    `one_transaction` says that whoever runs them opens a transaction first and commits at the end.
    """
    return tuple(_structured(statements, one_transaction=one_transaction))


def _structured(statements: Iterable[Statement], *, one_transaction: bool) -> Iterator[Statement]:
    transaction: int | None = 0 if one_transaction else None
    latest = first = 0
    session = dict.fromkeys(_TIMEOUTS, 0)
    local: dict[str, int] = {}
    for statement in statements:
        for act in statement.acts:
            if isinstance(act, TransactionControl) and act.kind in _OPENING and transaction is None:
                latest, first = (latest + 1, first) if statement.own else (latest, first - 1)
                transaction = latest if statement.own else first
        inside = transaction
        in_force = {**session, **(local if inside is not None else {})}
        yield replace(
            statement,
            transaction=inside,
            lock_timeout_ms=in_force["lock_timeout"],
            statement_timeout_ms=in_force["statement_timeout"],
        )
        for act in statement.acts:
            if isinstance(act, TransactionControl) and act.kind in _CLOSING:
                transaction, local = None, {}
            elif isinstance(act, Setting) and act.name in _TIMEOUTS and not act.local:
                session[act.name] = 0 if act.reset else duration_ms(act.value)
                local.pop(act.name, None)
            elif isinstance(act, Setting) and act.name in _TIMEOUTS and inside is not None:
                local[act.name] = duration_ms(act.value)
