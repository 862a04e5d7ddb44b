"""NE401."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule
from colonnade.review.session_state import Kind, SessionState
from colonnade.review.trace_subject import ReviewedTrace
from colonnade.span import Span

CARRIED = frozenset({"application_name", "client_encoding", "datestyle", "standard_conforming_strings", "timezone"})
"""Settings that PgBouncer gives back to the client that made them, whatever its version."""

_SAID: Mapping[Kind, tuple[str, str]] = {
    "SET": (
        "the setting stays with a connection of the pooler",
        "Make it for the transaction: SET LOCAL, or set_config(…, true); or for the role: ALTER ROLE … SET.",
    ),
    "LOCK": (
        "the lock stays with a connection of the pooler",
        "Take pg_advisory_xact_lock, which the end of the transaction releases.",
    ),
    "LISTEN": ("notifications go to a connection of the pooler", "Listen over the direct host."),
    "PREPARE": (
        "the prepared statement stays with a connection of the pooler",
        "Let the driver prepare statements, by the protocol, or use the direct host.",
    ),
    "CURSOR": ("the cursor stays with a connection of the pooler", "Read it to its end within the transaction."),
    "TEMPORARY": (
        "the table stays with a connection of the pooler",
        "Create it with ON COMMIT DROP, or use the direct host.",
    ),
    "LOAD": ("the library stays with a connection of the pooler", "Use the direct host, or session_preload_libraries."),
}


class SessionStateThroughPooler(Rule[ReviewedTrace]):
    """What an application leaves in its session is lost to it, and met by others, behind a transaction pooler.

    Why: after each transaction the pooler gives the connection to whoever asks next: the next statement runs elsewhere,
    without the setting, lock, table or listener, and somebody else's runs with it. Settings that PgBouncer carries over
    (application_name, client_encoding, DateStyle, standard_conforming_strings, TimeZone) are none.

    Example:

    ```sql
    -- pooled
    SET statement_timeout = '5s';
    SELECT pg_advisory_lock(7);
    ```

    Use instead:

    ```sql
    -- pooled
    BEGIN;
    SET LOCAL statement_timeout = '5s';
    SELECT pg_advisory_xact_lock(7);
    COMMIT;
    ```

    Fix: Use the form that ends with the transaction, or the direct host.

    Source: pgbouncer.org/features.html
    """

    code = "NE401"
    name = "session-state-through-pooler"
    severity = Severity.error
    needs = frozenset({Evidence.trace})
    fixed_by = "manual"

    def check(self, subject: ReviewedTrace) -> Iterator[Finding]:
        """Look at what is left in sessions, where a pooler is in between; once for each line that leaves it."""
        units: dict[tuple[Span, SessionState], list[str]] = {}
        for statement, state in subject.left if subject.connection.pooled else ():
            if not (state.kind == "SET" and state.name in CARRIED):
                units.setdefault((statement.at, state), []).append(statement.unit)
        for (at, state), ran in units.items():
            message, hint = _SAID[state.kind]
            yield self.finding(message, object=state.name, at=at, detail=_ran(ran), hint=hint)


def _ran(units: list[str]) -> str:
    """Return how often it ran, and the first that did."""
    named = next((each for each in units if each), "")
    count, where = ("once", "in") if len(units) == 1 else (f"{len(units)} times", "first in")
    return f"Ran {count}{f', {where} {named}' if named else ''}."
