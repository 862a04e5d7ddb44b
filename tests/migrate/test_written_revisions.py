"""Revisions that we write, run by Alembic: there and back, twice, and stopped after every statement."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from plans import SAFE_CASES, built, halves, is_like, planned
from revisions import Revision

from colonnade.postgres import Server, Session, read_catalog
from colonnade.schema.dependencies import Catalog


def without_versions(session: Session) -> Session:
    """Drop what Alembic itself has made."""
    session.execute("DROP TABLE IF EXISTS alembic_version")
    return session


def with_versions(goal: Catalog, session: Session) -> Catalog:
    """Return the goal with the table that Alembic has made."""
    table = read_catalog(session).schema.table("alembic_version")
    return replace(goal, schema=goal.schema.with_tables([table]))


@pytest.mark.parametrize("case", SAFE_CASES, ids=lambda path: path.stem)
def test_a_revision_leads_there_and_back_and_goes_on_after_any_stop(server: Server, tmp_path: Path, case: Path) -> None:
    before, after = halves(case)
    with server.scratch_database() as one, server.scratch_database() as two:
        start, goal = built(one, before), built(two, after)
        one.close()
        template = one.dsn.database
        with server.scratch_database(template=template) as copy:
            up = planned(server, copy, goal)
            revision = Revision(tmp_path, up, planned(server, copy, start))
        with server.scratch_database(template=template) as session:
            count = revision.upgrade(session)
            session.execute("DELETE FROM alembic_version")  # as if it had been stopped at its very end
            assert revision.upgrade(session) == sum(len(stage.sql) for stage in up.stages if not stage.done)
            assert is_like(session, with_versions(goal, session))
            revision.downgrade(session)
            assert is_like(without_versions(session), start)
        for statement in range(1, count + 1):
            with server.scratch_database(template=template) as session:
                assert revision.upgrade_until(session, statement)
                revision.upgrade(session)
                assert is_like(without_versions(session), goal), statement


def test_a_lock_that_does_not_come_is_asked_for_again_and_lets_others_go_on(server: Server, tmp_path: Path) -> None:
    with server.scratch_database() as one, server.scratch_database() as two:
        built(one, "CREATE TABLE t (id bigint PRIMARY KEY)")
        goal = built(two, "CREATE TABLE t (id bigint PRIMARY KEY, a text)")
        one.close()
        with server.scratch_database(template=one.dsn.database) as copy:
            start = read_catalog(copy)
            up = planned(server, copy, goal)
            revision = Revision(tmp_path, up, planned(server, copy, start))
        one.reconnect()
        with server.session(one.dsn.database) as reader, server.session(one.dsn.database) as other:
            reader.execute("BEGIN")
            reader.execute("SELECT FROM t")
            with ThreadPoolExecutor(max_workers=1) as executor:
                running = executor.submit(revision.upgrade, one)
                asked: set[object] = set()
                while len(asked) < 3 and not running.done():  # each time it has given up before
                    waiting = other.execute(
                        "SELECT waitstart FROM pg_locks WHERE NOT granted AND waitstart IS NOT NULL"
                    )
                    if waiting:
                        asked |= {since for (since,) in waiting}
                        other.execute("SELECT FROM t")  # queues behind it, and is let through when it gives up
                    time.sleep(0.01)
                assert not running.done()
                reader.execute("COMMIT")
                running.result()
        assert is_like(without_versions(one), goal)
