"""The same trials in an asynchronous session, which cannot load anything by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError, MissingGreenlet
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine
from sqlalchemy.orm import Mapper, selectinload
from sqlalchemy.orm.attributes import flag_modified

from colonnade.models.child.importing import Loaded
from colonnade.models.child.loading import leads_to
from colonnade.models.child.options import ENGINE_OPTIONS
from colonnade.models.child.outcome import DisagreementError, SetupError, described, sqlstate_of, untried
from colonnade.models.child.passage import Values
from colonnade.models.child.rows import changeable, prepare, read_columns, row_query
from colonnade.models.messages import LoadGroup, LoadTrial, Step, Trials


def exercise_async(loaded: Loaded, trials: Trials, values: Mapping[str, Values]) -> tuple[Step, ...]:
    """Run the trials of rows, with these values by trial, and of relationships."""
    return asyncio.run(_exercise(loaded, trials, values))


async def _exercise(loaded: Loaded, trials: Trials, values: Mapping[str, Values]) -> tuple[Step, ...]:
    engine = create_async_engine(trials.url, **ENGINE_OPTIONS)
    steps: list[Step] = []
    async with engine.connect() as connection:
        for row in (each for each in trials.rows if each.id in values):
            try:
                async with _world(connection, trials.prelude, row.setup) as session:
                    steps.append(await _step(row.id, _row(session, loaded.mapper(row.table), values[row.id])))
            except SetupError as problem:
                steps.append(untried(row.id, "async", problem))
        for group in trials.loads:
            steps += await _load_group(connection, loaded, group, trials.prelude)
    return tuple(steps)


@asynccontextmanager
async def _world(
    connection: AsyncConnection, prelude: Iterable[str], setup: Iterable[str]
) -> AsyncIterator[AsyncSession]:
    """Give a session in a transaction with the rows of the setup; nothing of it stays."""
    async with connection.begin() as transaction:
        await connection.run_sync(prepare, prelude, setup)
        async with AsyncSession(connection, join_transaction_mode="create_savepoint") as session:
            yield session
        await transaction.rollback()


async def _step(trial: str, action: Awaitable[str]) -> Step:
    """Wait for an action and return what came of it."""
    started = time.perf_counter()
    sqlstate = ""
    try:
        observed, ok = await action, True
    except DisagreementError as problem:
        observed, ok = str(problem), False
    except Exception as problem:  # noqa: BLE001 - whatever the models raise is what the step is about
        observed, ok, sqlstate = described(problem), False, sqlstate_of(problem)
    elapsed_ms = (time.perf_counter() - started) * 1000
    return Step(trial=trial, name="async", ok=ok, observed=observed, sqlstate=sqlstate, elapsed_ms=elapsed_ms)


async def _row(session: AsyncSession, mapper: Mapper[Any], given: Values) -> str:
    """Insert, read, change, read and delete a row, reading every column between."""
    values, changes = given
    instance = mapper.class_(**values)
    session.add(instance)
    await session.flush()
    _read(mapper, instance, "an insert")
    changed = await _change(session, mapper, instance, changes) or await _change(session, mapper, instance, {})
    if changed:
        _read(mapper, instance, "an update")
    deleted = await _delete(session, instance)
    done = ["inserted", "read", *(["changed", "read again"] if changed else []), *(["deleted"] if deleted else [])]
    return f"{', '.join(done)}, without a query of its own accord"


async def _change(session: AsyncSession, mapper: Mapper[Any], instance: Any, changes: dict[str, Any]) -> bool:
    """Change the row, or write the same again; tell whether the database has let it happen."""
    try:
        async with session.begin_nested():
            for name, value in changes.items():
                setattr(instance, name, value)
            again = "" if changes else changeable(mapper)
            if again:
                flag_modified(instance, again)
            return bool(changes or again)
    except DBAPIError:  # whether it refuses rightly is seen in the plain session
        await session.refresh(instance)
        return False


async def _delete(session: AsyncSession, instance: object) -> bool:
    """Delete the row; tell whether the database has let it happen."""
    try:
        async with session.begin_nested():
            await session.delete(instance)
    except DBAPIError:
        return False
    return True


def _read(mapper: Mapper[Any], instance: object, when: str) -> None:
    """Read every column; raises DisagreementError where that would need a query."""
    try:
        read_columns(mapper, instance)
    except MissingGreenlet:
        unread = sorted(set(mapper.attrs.keys()) & _expired(instance))
        raise DisagreementError(
            f"reading {', '.join(unread) or 'a column'} after {when} needs a query: fetch it with eager_defaults"
        ) from None


def _expired(instance: object) -> set[str]:
    """Return the attributes that hold no value at the moment."""
    return set(inspect(instance).expired_attributes)


async def _load_group(
    connection: AsyncConnection, loaded: Loaded, group: LoadGroup, prelude: Iterable[str]
) -> list[Step]:
    """Load the relationships of each owner on purpose, and touch them."""
    owners: dict[str, list[LoadTrial]] = {}
    for trial in group.loads:
        owners.setdefault(str(trial.owner), []).append(trial)
    steps: list[Step] = []
    try:
        async with _world(connection, prelude, group.setup) as session:
            for trials in owners.values():
                owner = await _owner(session, loaded, trials)
                steps += [await _step(trial.id, _touched(session, loaded, owner, trial)) for trial in trials]
    except SetupError as problem:
        return [untried(trial.id, "async", problem) for trial in group.loads]
    except Exception as problem:  # noqa: BLE001 - whatever the models raise is what the steps are about
        return [Step(trial=each.id, name="async", ok=False, observed=described(problem)) for each in group.loads]
    return steps


async def _owner(session: AsyncSession, loaded: Loaded, trials: list[LoadTrial]) -> Any:
    """Return the owner of relationships with all of them loaded."""
    reference = trials[0].owner
    mapper = loaded.mapper(reference.table)
    options = [selectinload(getattr(mapper.class_, trial.relationship)) for trial in trials]
    query = row_query(mapper, reference.key).options(*options)
    return (await session.scalars(query)).one()


async def _touched(session: AsyncSession, loaded: Loaded, owner: Any, trial: LoadTrial) -> str:
    """Touch a relationship, which is loaded."""
    found = getattr(owner, trial.relationship)
    target = (await session.scalars(row_query(loaded.mapper(trial.target.table), trial.target.key))).one()
    return leads_to(found, target)
