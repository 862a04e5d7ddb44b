"""The table of runs: made when it is first needed, and written by the session that holds the lock."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter

from colonnade.errors import DatabaseError, StatementError
from colonnade.migrate.runs.record import NewRun, Outcome, RanRevision, RanStage, Run
from colonnade.postgres import Session

_EXISTS = "SELECT to_regclass('colonnade.migration_runs') IS NOT NULL"
_CREATE = (
    "CREATE SCHEMA IF NOT EXISTS colonnade",
    """CREATE TABLE IF NOT EXISTS colonnade.migration_runs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    history text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('up', 'down')),
    start text NOT NULL,
    target text NOT NULL,
    plan text NOT NULL,
    rehearsal text NOT NULL,
    before text NOT NULL,
    after text NOT NULL DEFAULT '',
    environment text NOT NULL,
    applied_by text NOT NULL,
    approved_by text NOT NULL,
    role text NOT NULL DEFAULT session_user,
    outcome text NOT NULL DEFAULT 'running'
        CHECK (outcome IN ('running', 'succeeded', 'failed', 'interrupted', 'differs')),
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    failure text NOT NULL DEFAULT '',
    revisions jsonb NOT NULL DEFAULT '[]',
    stages jsonb NOT NULL DEFAULT '[]')""",
    "COMMENT ON TABLE colonnade.migration_runs IS 'Runs of colonnade migrate, no part of the application.'",
)
_INSERT = """
INSERT INTO colonnade.migration_runs
    (history, direction, start, target, plan, rehearsal, before, environment, applied_by, approved_by)
VALUES (%(history)s, %(direction)s, %(start)s, %(target)s, %(plan)s, %(rehearsal)s, %(before)s, %(environment)s,
        %(applied_by)s, %(approved_by)s)
RETURNING id
"""
_PROGRESS = (
    "UPDATE colonnade.migration_runs SET stages = stages || %s::jsonb, revisions = revisions || %s::jsonb WHERE id = %s"
)
_FINISH = (
    "UPDATE colonnade.migration_runs SET outcome = %s, after = %s, failure = %s, finished_at = clock_timestamp()"
    " WHERE id = %s AND outcome = 'running'"
)
_INTERRUPT = "UPDATE colonnade.migration_runs SET outcome = 'interrupted' WHERE outcome = 'running' RETURNING id"
_MAY_WRITE = (
    "SELECT has_table_privilege('colonnade.migration_runs', 'INSERT, UPDATE')"
    " AND NOT current_setting('transaction_read_only')::bool"
)
_READ = """
SELECT r.*, CASE WHEN r.id > max(r.id) OVER () - %s THEN r.stages ELSE '[]' END AS stages
FROM colonnade.migration_runs r ORDER BY r.id
"""
_STAGES_OF = 20
_RUN = TypeAdapter(Run)
_READ_ONLY = "25006"
_REFUSED = "42501"


class RunTable:
    """The runs of a database."""

    def __init__(self, session: Session) -> None:
        """Use the session, which is outside of any transaction."""
        self._session = session

    def runs(self) -> tuple[Run, ...]:
        """Return all runs, the oldest first, the last ones with their stages; none where nothing was ever recorded."""
        if not self._session.value(_EXISTS):
            return ()
        return tuple(_RUN.validate_python(row) for row in self._session.rows(_READ, (_STAGES_OF,)))

    def prepare(self) -> None:
        """Make the table if there is none; raises DatabaseError for a role that may not."""
        if self._session.value(_EXISTS) and self._may_write():
            return
        try:
            self._session.execute_all(_CREATE)
        except StatementError as problem:
            if problem.sqlstate not in (_READ_ONLY, _REFUSED):
                raise
            raise DatabaseError(
                "the runs of migrations cannot be recorded in this database",
                detail=f"{problem.message[:1].upper()}{problem.message[1:]}.",
                hint="Connect to the primary server, as a role that may create the schema colonnade,"
                " or may write colonnade.migration_runs.",
                sqlstate=problem.sqlstate,
            ) from problem

    def mark_interrupted(self) -> tuple[int, ...]:
        """Say of the runs that never ended that they were interrupted: whoever holds the lock knows that none runs."""
        if not self._session.value(_EXISTS):
            return ()
        return tuple(number for (number,) in self._session.execute(_INTERRUPT))

    def begin(self, run: NewRun) -> int:
        """Record that a run begins, and return its number."""
        return int(self._session.value(_INSERT, asdict(run)))

    def add(self, number: int, stages: Iterable[RanStage], revisions: Iterable[RanRevision]) -> None:
        """Record what a run has done so far, beside what is recorded."""
        self._session.execute(_PROGRESS, (_json(stages), _json(revisions), number))

    def passing(self, number: int, revisions: Iterable[RanRevision]) -> str:
        """Return the statement that records that a run has come past revisions, for the transaction that does."""
        return self._session.inlined(_PROGRESS, (_json(()), _json(revisions), number))

    def finish(self, number: int, outcome: Outcome, *, after: str = "", failure: str = "") -> None:
        """Record how a run has ended."""
        self._session.execute(_FINISH, (outcome, after, failure, number))

    def _may_write(self) -> bool:
        return bool(self._session.value(_MAY_WRITE))


def _json(values: Iterable[Any]) -> str:
    return json.dumps([asdict(each) for each in values])
