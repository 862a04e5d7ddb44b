"""What a service imports: engines, sessions, transactions, isolation and replicas for a Postgres that sleeps and wakes.

A name is imported when it is first asked for, so that nobody waits for what they do not use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from colonnade.errors import (
        AbortedTransactionError,
        InputError,
        IsolationError,
        TransactionError,
        UnknownOutcomeError,
    )
    from colonnade.runtime.compute import Compute
    from colonnade.runtime.engines import Connecting, async_engine, engine
    from colonnade.runtime.observing import Event, Observer
    from colonnade.runtime.readiness import check_isolation
    from colonnade.runtime.replay import Replay, outcome, outcome_async, run, run_async
    from colonnade.runtime.retry import Retry
    from colonnade.runtime.session_factory import Policy, async_sessions, sessions
    from colonnade.runtime.transactions import tenant, transaction
    from colonnade.runtime.unit import Unit

_HOMES = {
    "AbortedTransactionError": "colonnade.errors",
    "Compute": "colonnade.runtime.compute",
    "Connecting": "colonnade.runtime.engines",
    "Event": "colonnade.runtime.observing",
    "InputError": "colonnade.errors",
    "IsolationError": "colonnade.errors",
    "Observer": "colonnade.runtime.observing",
    "Policy": "colonnade.runtime.session_factory",
    "Replay": "colonnade.runtime.replay",
    "Retry": "colonnade.runtime.retry",
    "TransactionError": "colonnade.errors",
    "Unit": "colonnade.runtime.unit",
    "UnknownOutcomeError": "colonnade.errors",
    "async_engine": "colonnade.runtime.engines",
    "async_sessions": "colonnade.runtime.session_factory",
    "check_isolation": "colonnade.runtime.readiness",
    "engine": "colonnade.runtime.engines",
    "outcome": "colonnade.runtime.replay",
    "outcome_async": "colonnade.runtime.replay",
    "run": "colonnade.runtime.replay",
    "run_async": "colonnade.runtime.replay",
    "sessions": "colonnade.runtime.session_factory",
    "tenant": "colonnade.runtime.transactions",
    "transaction": "colonnade.runtime.transactions",
}

__all__ = [
    "AbortedTransactionError",
    "Compute",
    "Connecting",
    "Event",
    "InputError",
    "IsolationError",
    "Observer",
    "Policy",
    "Replay",
    "Retry",
    "TransactionError",
    "Unit",
    "UnknownOutcomeError",
    "async_engine",
    "async_sessions",
    "check_isolation",
    "engine",
    "outcome",
    "outcome_async",
    "run",
    "run_async",
    "sessions",
    "tenant",
    "transaction",
]


def __getattr__(name: str) -> object:
    """Import what is asked for."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module(_HOMES[name]), name)
