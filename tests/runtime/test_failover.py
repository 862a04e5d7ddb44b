"""The primary ends in the middle of a transaction and its standby takes over: who names both goes on."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import replace

import pytest
from sqlalchemy.exc import DBAPIError

from colonnade.dsn import Dsn
from colonnade.postgres import Server, Session
from colonnade.runtime import Replay
from runtime_support import QUICK, WAYS, client
from standby import PRIMARY_SETTINGS, standby_of

PAY = "UPDATE account SET balance = balance - 1"
READ = "SELECT balance FROM account"


def test_standby_that_is_promoted_is_found() -> None:
    with Server.start(settings=PRIMARY_SETTINGS) as primary, standby_of(primary) as standby, ExitStack() as stack:
        with primary.session() as session:
            session.script("CREATE TABLE account (balance int); INSERT INTO account VALUES (100)")
        both = replace(
            primary.dsn,
            host=f"{primary.dsn.host},{standby.host}",
            options=(("target_session_attrs", "read-write"),),
        )
        services = [stack.enter_context(client(way, both, retry=QUICK)) for way in WAYS]
        for service in services:
            service.transact(PAY)
        wait_for(standby)

        def fail_over() -> None:
            primary.close()
            with Session(standby) as session:
                session.execute("SELECT pg_promote()")

        with pytest.raises(DBAPIError):
            services[0].transact(PAY, READ, between=fail_over)
        for service in services:
            service.transact(PAY, replay=Replay(idempotent=True, retry=QUICK))
        with Session(standby) as session:
            assert session.execute(READ) == [(94,)]


def wait_for(standby: Dsn) -> None:
    """Wait until the standby has the latest payment."""
    end = time.monotonic() + 10
    with Session(standby) as session:
        while session.execute(READ) != [(97,)]:
            assert time.monotonic() < end
            time.sleep(0.01)
