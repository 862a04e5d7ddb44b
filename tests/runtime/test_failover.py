"""The primary ends in the middle of transactions and its standby takes over: who can reach both goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest
from sqlalchemy.exc import DBAPIError

from colonnade.dsn import Dsn
from colonnade.postgres import Server, Session
from colonnade.runtime import Replay
from pooling import PROGRAM, Pooler
from runtime_support import QUICK, WAYS, client
from standby import PRIMARY_SETTINGS, standby_of

SERVICES = 2 * len(WAYS)
READ = "SELECT balance FROM account ORDER BY id"
PAY = "UPDATE account SET balance = balance - 1 WHERE id = {}"  # of its own each, so that none waits for another


def test_standby_that_is_promoted_is_found() -> None:
    with Server.start(settings=PRIMARY_SETTINGS) as primary, standby_of(primary) as standby, ExitStack() as stack:
        with primary.session() as session:
            session.script("CREATE TABLE account (id int, balance int)")
            session.execute("INSERT INTO account SELECT id, 100 FROM generate_series(1, %s) id", (SERVICES,))
        pooler = stack.enter_context(pooler_before(primary))
        both = replace(
            primary.dsn,
            host=f"{primary.dsn.host},{standby.host}",
            options=(("target_session_attrs", "read-write"),),
        )
        pooled = replace(primary.dsn, host=pooler.host, port="6432")
        services = [
            stack.enter_context(client(way, place, pooled=place is pooled, retry=QUICK))
            for place in (both, pooled)
            for way in WAYS
        ]
        for number, service in enumerate(services, 1):
            service.transact(PAY.format(number))
        wait_for(standby)

        def fail_over() -> None:
            primary.close()
            with Session(standby) as session:
                session.execute("SELECT pg_promote()")
            pooler.lead_to(standby.host)

        all_within = threading.Barrier(SERVICES, action=fail_over, timeout=30)
        with ThreadPoolExecutor(SERVICES) as threads:
            interrupted = [
                threads.submit(service.transact, PAY.format(number), READ, between=all_within.wait)
                for number, service in enumerate(services, 1)
            ]
        for each in interrupted:
            with pytest.raises(DBAPIError):
                each.result()
        for number, service in enumerate(services, 1):
            service.transact(PAY.format(number), replay=Replay(idempotent=True, retry=QUICK))
        with Session(standby) as session:
            assert session.execute(READ) == [(98,)] * SERVICES


@contextmanager
def pooler_before(primary: Server) -> Iterator[Pooler]:
    """Give PgBouncer before a server."""
    if PROGRAM is None:
        pytest.skip("PgBouncer is not installed")
    made = Pooler(primary.dsn.host)
    yield made
    made.close()


def wait_for(standby: Dsn) -> None:
    """Wait until the standby has the latest payments."""
    end = time.monotonic() + 10
    with Session(standby) as session:
        while session.execute(READ) != [(99,)] * SERVICES:
            assert time.monotonic() < end
            time.sleep(0.01)
