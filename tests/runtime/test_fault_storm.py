"""No acknowledged write is lost, none applied twice under random faults; benchmarks/runtime_faults.py runs longer."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade.dsn import Dsn
from colonnade.postgres import Server, Session
from fault_storm import SCHEMA, at_wire, judged, storm, usual_faults, wait_until_up
from pooling import wire


def test_every_payment_is_what_its_payer_was_told(
    request: pytest.FixtureRequest, place: Dsn, crashable: Server, accounts: Session
) -> None:
    accounts.script(SCHEMA)
    pooler = request.getfixturevalue("pooler") if place.port else None
    with wire(Path(place.host) / f".s.PGSQL.{place.port or 5432}") as reached:
        faults = usual_faults(crashable, accounts.dsn.database, reached, pooler)
        ledger = storm(at_wire(place, reached), faults, transactions=180, pooled=bool(pooler), pause_seconds=0.15)
    wait_until_up(crashable)
    with crashable.session(accounts.dsn.database) as session:
        assert judged(ledger, session).sound, judged(ledger, session)
    assert len(ledger.acknowledged) + len(ledger.refused) + len(ledger.unknown) == 180
    assert ledger.attempts
