"""The fixtures for services: what a test commits is gone for the next one."""

from __future__ import annotations

import sqlalchemy as sa

from colonnade.dsn import Dsn
from colonnade.postgres import Server, Session
from colonnade.runtime import engine, sessions, transaction
from colonnade.runtime.testing import copied_database


def test_copy_has_the_schema_and_goes_with_what_was_committed(crashable: Server) -> None:
    with crashable.scratch_database(prefix='it"s :a') as template:
        template.script("CREATE TABLE account (balance int); INSERT INTO account VALUES (1)")
        template.close()
        names = set()
        for _ in range(2):
            with copied_database(template.dsn) as url:
                names.add(Dsn.parse(url).database)
                made = engine(url)
                with sessions(made)() as opened:
                    with transaction(opened):
                        opened.connection().execute(sa.text("UPDATE account SET balance = balance + 1"))
                    assert opened.connection().execute(sa.text("SELECT balance FROM account")).all() == [(2,)]
                # somebody is still connected when the copy is dropped
            made.dispose()
        assert len(names) == 2
        with Session(crashable.dsn) as session:
            left = {name for (name,) in session.execute("SELECT datname FROM pg_database")}
        assert not names & left
