"""A row deleted in SQL and through a session: what remains must be the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapper, RelationshipDirection, Session

from colonnade.models.child.mapping import table_key
from colonnade.models.child.outcome import DisagreementError, Recorder, described, refusal, step_of
from colonnade.models.child.rows import row_query, run
from colonnade.models.messages import DeleteTrial, Step

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class _Left:
    """What remained, or why the deletion was refused."""

    rows: frozenset[tuple[str, str]] = frozenset()
    refused: str = ""


def delete_both_ways(
    connection: sa.Connection, mapper: Mapper[Any], trial: DeleteTrial, recorder: Recorder, *, deferring: bool
) -> Step:
    """Delete in SQL, then through sessions that have not loaded and have loaded what hangs on the row."""
    final = ("SET CONSTRAINTS ALL IMMEDIATE",) if deferring else ()

    def left(delete: Callable[[Session], None]) -> _Left:
        return _left(connection, trial, delete, final)

    def action() -> str:
        by_database = left(lambda _: run(connection, (trial.sql,)))
        for loads in (False, True) if _reaches(mapper, trial) else (False,):
            by_session = left(lambda session: _delete(session, mapper, trial, loads=loads))  # noqa: B023 - runs at once
            # Where several references hold the row, each way may meet another one first.
            both_refuse = bool(by_database.refused and by_session.refused)
            if by_session != by_database and not both_refuse:
                raise DisagreementError(_difference(by_database, by_session, loaded=loads))
        if by_database.refused:
            return f"both refuse it: {by_database.refused}"
        return f"both leave the same {len(by_database.rows)} rows in {len(trial.watched)} tables"

    return step_of(trial.id, "delete", action, recorder)


def _reaches(mapper: Mapper[Any], trial: DeleteTrial) -> bool:
    """Tell whether loading a relationship could make a session delete otherwise: rows that hang on this one.

    What it refers to itself is not touched by its deletion.
    """
    return any(
        table_key(each.mapper) in trial.watched and each.direction is not RelationshipDirection.MANYTOONE
        for each in mapper.relationships
    )


def _delete(session: Session, mapper: Mapper[Any], trial: DeleteTrial, *, loads: bool) -> None:
    """Delete through a session."""
    instance = session.scalars(row_query(mapper, trial.row.key)).one()
    if loads:
        for relationship in mapper.relationships:
            # Any other table is empty, and so is what would be loaded from it.
            if table_key(relationship.mapper) in trial.watched:
                getattr(instance, relationship.key)
    session.delete(instance)
    session.flush()


def _left(
    connection: sa.Connection, trial: DeleteTrial, delete: Callable[[Session], None], final: tuple[str, ...]
) -> _Left:
    """Return what a deletion leaves, and undo it."""
    with connection.begin_nested() as savepoint:
        try:
            with Session(connection, join_transaction_mode="conditional_savepoint") as session:
                delete(session)
                run(connection, final)
                found = _Left(rows=_rows(connection, trial.watched.values()))
        except DBAPIError as problem:
            found = _Left(refused=refusal(problem))
        except Exception as problem:  # noqa: BLE001 - what the mapper refuses is compared with what the database does
            found = _Left(refused=described(problem))
        savepoint.rollback()
    return found


def _rows(connection: sa.Connection, tables: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Return every row of the tables, as text."""
    query = " UNION ALL ".join(
        f"SELECT {place}, r::text FROM {table} AS r"  # noqa: S608 - quoted identifiers
        for place, table in enumerate(tables)
    )
    names = list(tables)
    result = connection.exec_driver_sql(query, execution_options={"no_parameters": True})
    return frozenset((names[place], row) for place, row in result)


def _difference(by_database: _Left, by_session: _Left, *, loaded: bool) -> str:
    """Return in words where a session does something else."""
    how = "with its relationships loaded" if loaded else "with nothing loaded"
    if by_database.refused or by_session.refused:
        database = f"refuses it ({by_database.refused})" if by_database.refused else "does it"
        session = f"refuses it ({by_session.refused})" if by_session.refused else "does it"
        return f"the database {database}; a session {how} {session}"
    more = sorted(by_session.rows - by_database.rows)
    less = sorted(by_database.rows - by_session.rows)
    parts = [f"only the session leaves {_shown(more)}"] if more else []
    parts += [f"only the database leaves {_shown(less)}"] if less else []
    return f"{how}: {'; '.join(parts)}"


def _shown(rows: list[tuple[str, str]]) -> str:
    listed = ", ".join(f"{table} {row}" for table, row in rows[:_SHOWN])
    return listed + (f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else "")
