"""Payments under random faults: what was acknowledged is there once, what was refused is not there."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace

from sqlalchemy.exc import DBAPIError

from colonnade.dsn import Dsn
from colonnade.errors import DatabaseError, UnknownOutcomeError
from colonnade.postgres import Server, Session
from colonnade.runtime import Replay, Retry
from pooling import Pooler, Wire
from runtime_support import WAYS, Client, Way, client

PATIENCE = Retry(attempts=60, first_delay_seconds=0.02, longest_delay_seconds=0.2, budget_seconds=20.0)
SCHEMA = """
CREATE TABLE payment (key text NOT NULL);
CREATE TABLE total (amount bigint NOT NULL);
INSERT INTO total VALUES (0);
"""


@dataclass
class Ledger:
    """What the clients were told of each payment, by key."""

    acknowledged: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    unknown: dict[str, str] = field(default_factory=dict)
    attempts: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Verdict:
    """What does not fit: all of it must be empty."""

    lost: tuple[str, ...]
    applied_twice: tuple[str, ...]
    refused_but_there: tuple[str, ...]
    told_wrongly: tuple[str, ...]
    total_differs_by: int

    @property
    def sound(self) -> bool:
        """Whether everything fits."""
        nothing = not (self.lost or self.applied_twice or self.refused_but_there or self.told_wrongly)
        return nothing and self.total_differs_by == 0


def pay(service: Client, worker: int, count: int, ledger: Ledger) -> None:
    """Make payments one after the other; every second worker says that its work may be repeated."""
    replay = Replay(idempotent=worker % 2 == 0, retry=PATIENCE, conflicts=PATIENCE)
    for number in range(count):
        key = f"{worker}-{number}"
        try:
            service.transact(
                f"INSERT INTO payment VALUES ('{key}')",
                "UPDATE total SET amount = amount + 1",
                replay=replay,
                traceable=True,
            )
        except UnknownOutcomeError as problem:
            ledger.unknown[key] = _outcome(service, problem)
        except (DBAPIError, OSError):
            ledger.refused.add(key)
        else:
            ledger.acknowledged.add(key)


def _outcome(service: Client, problem: UnknownOutcomeError) -> str:
    """Ask until the server answers and the transaction is over."""
    while True:
        try:
            found = service.outcome(problem)
        except (DBAPIError, OSError):
            continue
        if found != "in progress":
            return found
        time.sleep(0.01)


def storm(
    place: Dsn,
    faults: Mapping[str, Callable[[], object]],
    *,
    transactions: int,
    pooled: bool,
    workers: int = 6,
    pause_seconds: float = 0.05,
    seed: int = 0,
    ways: Sequence[Way] = WAYS,
) -> Ledger:
    """Let workers pay while faults happen at random, one each pause; return what the workers were told."""
    ledger, chance, over = Ledger(), random.Random(seed), threading.Event()

    def work(worker: int) -> None:
        way = ways[worker % len(ways)]
        with client(way, place, pooled=pooled, retry=PATIENCE, pool_size=1, max_overflow=0) as made:
            pay(made, worker, transactions // workers, ledger)

    def weather() -> None:
        while not over.wait(pause_seconds * (0.5 + chance.random())):
            name = chance.choice(sorted(faults))
            faults[name]()
            ledger.attempts[name] += 1

    storming = threading.Thread(target=weather)
    storming.start()
    try:
        with ThreadPoolExecutor(workers) as executor:
            for done in [executor.submit(work, worker) for worker in range(workers)]:
                done.result()
    finally:
        over.set()
        storming.join()
    return ledger


def judged(ledger: Ledger, session: Session) -> Verdict:
    """Compare what the clients were told with what is there."""
    found = Counter(str(key) for (key,) in session.execute("SELECT key FROM payment"))
    wrongly = (key for key, outcome in ledger.unknown.items() if (outcome == "committed") != (key in found))
    return Verdict(
        lost=tuple(sorted(ledger.acknowledged - found.keys())),
        applied_twice=tuple(sorted(key for key, times in found.items() if times > 1)),
        refused_but_there=tuple(sorted(ledger.refused & found.keys())),
        told_wrongly=tuple(sorted(wrongly)),
        total_differs_by=int(str(session.value("SELECT amount FROM total"))) - sum(found.values()),
    )


def usual_faults(server: Server, database: str, wire: Wire, pooler: Pooler | None) -> dict[str, Callable[[], object]]:
    """Return what happens to a service: by name, so that figures can be given."""

    def kill() -> None:
        with server.session() as session:
            session.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s ORDER BY random() LIMIT 1",
                (database,),
            )

    def crash() -> None:
        with server.session() as session:
            os.kill(session.backend_pid, signal.SIGKILL)

    def calm(fault: Callable[[], object]) -> Callable[[], None]:
        def act() -> None:
            with suppress(DatabaseError):  # the server is down already
                fault()

        return act

    def lose() -> None:
        wire.lose_commit = True

    def sleep() -> None:
        wire.accept_after = time.monotonic() + 0.1
        wire.cut()

    found: dict[str, Callable[[], object]] = {
        "a backend is killed": calm(kill),
        "the server crashes": calm(crash),
        "the network is cut": wire.cut,
        "the answer to COMMIT is lost": lose,
        "nobody answers for a while": sleep,
    }
    return found | ({"the pooler restarts": pooler.restart} if pooler else {})


def wait_until_up(server: Server) -> None:
    """Wait until a server that has crashed has recovered."""
    end = time.monotonic() + 30
    while True:
        try:
            server.session().close()
        except DatabaseError:
            assert time.monotonic() < end
            time.sleep(0.02)
        else:
            return


def at_wire(place: Dsn, wire: Wire) -> Dsn:
    """Return the place at the end of a wire."""
    return replace(place, host="127.0.0.1", port=str(wire.port), options=(("sslmode", "disable"),))
