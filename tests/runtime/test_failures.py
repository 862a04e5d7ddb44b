"""What failures mean: the texts of Neon's proxy as it sends them, and what real servers say."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.exc import IntegrityError

from colonnade.runtime import Retry
from colonnade.runtime.failures import Kind, in_transaction, said, while_connecting
from colonnade.runtime.retry import Attempts


class ServerError(Exception):
    """An error with a SQLSTATE, as drivers raise it."""

    def __init__(self, message: str, sqlstate: str = "XX000") -> None:
        """Keep the state where drivers keep it."""
        super().__init__(message)
        self.sqlstate = sqlstate


# neondatabase/neon proxy/src/control_plane/{messages,errors}.rs, compute/mod.rs, auth/mod.rs
PROXY = {
    "Couldn't connect to compute node: connection timed out": Kind.unavailable,
    "Control plane request failed": Kind.unavailable,
    "Too many connections to this endpoint. Please try again later.": Kind.unavailable,
    "Failed to acquire permit to connect to the database. Too many database connection attempts are ongoing.": (
        Kind.unavailable
    ),
    "Authentication timed out": Kind.unavailable,
    "Control plane request failed: endpoint is temporarily unavailable. Check your quotas.": (Kind.perhaps_unavailable),
    "Control plane request failed: endpoint is disabled": Kind.refused,
    "Control plane request failed: endpoint cannot be found": Kind.refused,
    "password authentication failed for user 'ada'": Kind.refused,
    "This IP address 10.0.0.1 is not allowed to connect to this endpoint.": Kind.refused,
    "Endpoint ID is not specified. Either please upgrade the client": Kind.refused,
    "Inconsistent project name inferred from SNI ('a') and project option ('b').": Kind.refused,
    "unsupported startup parameter: search_path": Kind.refused,
    "Your account or project has exceeded the compute time quota. Upgrade your plan to increase limits.": Kind.refused,
}


@pytest.mark.parametrize(("text", "kind"), PROXY.items())
def test_texts_of_the_proxy(text: str, kind: Kind) -> None:
    assert while_connecting(ServerError(text)) is kind
    assert while_connecting(ServerError(f"ERROR:  {text}", "")) is kind


def test_data_of_a_refused_statement_says_nothing_about_the_connection() -> None:
    error = ServerError("duplicate key value\nDETAIL:  Key (note)=(Connection refused) already exists.", "23505")
    assert while_connecting(error) is Kind.refused
    assert in_transaction(error) is Kind.statement
    wrapped = IntegrityError("INSERT INTO t VALUES (%(a)s)", {"a": "geheim: the connection is closed"}, error)
    assert in_transaction(wrapped) is Kind.statement
    assert said(wrapped) == "duplicate key value"


def test_pauses_grow_within_bounds() -> None:
    now = [0.0]
    retry = Retry(attempts=6, longest_delay_seconds=5, budget_seconds=100, uniform=max, clock=lambda: now[0])
    assert list(retry.pauses()) == [1, 2, 4, 5, 5]
    low = Retry(attempts=3, uniform=min)
    assert list(low.pauses()) == [0.5, 1.0]


@pytest.mark.parametrize("draw", [min, max])
def test_defaults_outlast_a_cold_start_of_twenty_seconds(draw: Callable[[float, float], float]) -> None:
    now = [0.0]
    for pause in Retry(uniform=draw, clock=lambda: now[0]).pauses():
        now[0] += pause
    assert 20 <= now[0] <= 45


def test_pauses_end_with_the_budget() -> None:
    now = [0.0]
    pauses = Retry(attempts=9, budget_seconds=8, uniform=max, clock=lambda: now[0]).pauses()
    taken = []
    for pause in pauses:
        taken.append(pause)
        now[0] += pause
    assert taken == [1, 2, 4]


def test_few_attempts_where_it_may_be_for_good() -> None:
    attempts = Attempts.of(Retry(attempts=9))
    pauses = [attempts.after(Kind.perhaps_unavailable, may=True) for _ in range(3)]
    assert pauses[0] is not None
    assert pauses[1:] == [None, None]
