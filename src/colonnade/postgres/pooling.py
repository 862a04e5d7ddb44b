"""Whether a pooler stands between us and the server that keeps no session from one transaction to the next."""

from __future__ import annotations

from contextlib import ExitStack

from colonnade.postgres.session import Session

_PROBES = 2  # a pooler by session needs a backend for each, and makes us wait where it has no more
_BACKEND = "SELECT pg_backend_pid()"


def is_pooled_by_transaction(session: Session) -> bool:
    """Tell whether the session's next transaction may run in another backend than its last one.

    A pooler makes up the key with which a client cancels, so that the process id in it is not the backend's: without
    that there is none in between. Then other connections, each with an open transaction, try to get the backend that
    our session has just used; only a pooler by transaction or statement gives it to them, or us another one.
    """
    own = session.value(_BACKEND)
    if own == session.backend_pid:
        return False
    with ExitStack() as probes:
        for _ in range(_PROBES):
            probe = probes.enter_context(Session(session.dsn))
            probes.enter_context(probe.rolled_back())
            if probe.value(_BACKEND) == own:
                return True
    return bool(session.value(_BACKEND) != own)
