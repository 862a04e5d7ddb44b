"""Lists of tasks: filters, orders, and pages that begin where the last one ended.

A page is found by comparing with the last row of the one before, never by counting rows: each order has its index, and
the hundredth page costs as much as the first. Whose tasks they are is for the policies to say.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Literal
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, func, tuple_
from sqlalchemy.orm import selectinload
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from generated.models.enums import TaskPriority
from generated.models.tag import Tag
from generated.models.task import Task
from service import paging
from service.schemas import Page, TaskOrder, TaskQuery, TaskRead

# Each cursor says which order it is of, so that it cannot be carried over to another one.
_NEWEST: TypeAdapter[tuple[Literal["-created_at"], dt.datetime, UUID]] = TypeAdapter(
    tuple[Literal["-created_at"], dt.datetime, UUID]
)
_DUE: TypeAdapter[tuple[Literal["due_at"], dt.datetime | None, UUID]] = TypeAdapter(
    tuple[Literal["due_at"], dt.datetime | None, UUID]
)
_URGENT: TypeAdapter[tuple[Literal["-priority"], TaskPriority, dt.datetime, UUID]] = TypeAdapter(
    tuple[Literal["-priority"], TaskPriority, dt.datetime, UUID]
)
Tasks = SelectOfScalar[Task]
WITH_TAGS = selectinload(Task.tags)  # type: ignore[arg-type] # a relationship, which SQLModel types as its value
"""Loads the tags of all tasks that were found in one more statement."""


async def read_page(session: AsyncSession, query: TaskQuery) -> Page[TaskRead]:
    """Return a page of tasks with their tags, and the cursor of the next one."""
    wanted = query.limit + 1  # one more than is shown says whether there is a next page
    found: list[Task] = []
    for statement in _statements(query):
        found += (await session.exec(statement.limit(wanted - len(found)))).all()
        if len(found) == wanted:
            break
    shown = [TaskRead.model_validate(task) for task in found[: query.limit]]
    return Page[TaskRead](items=shown, next_cursor=_cursor(query.sort, shown[-1]) if len(found) == wanted else None)


def _statements(query: TaskQuery) -> Iterator[Tasks]:
    """Yield what gives the page together; the second one is only for a page that the first did not fill."""
    chosen = select(Task).where(*_filters(query)).options(WITH_TAGS)
    created, key = col(Task.created_at), col(Task.id)
    if query.sort is TaskOrder.DUE:
        yield from _by_due_date(chosen, query.cursor)
    elif query.sort is TaskOrder.URGENT:
        if query.cursor:
            _, priority, moment, last = paging.read(_URGENT, query.cursor)
            chosen = chosen.where(tuple_(col(Task.priority), created, key) < (priority, moment, last))
        yield chosen.order_by(col(Task.priority).desc(), created.desc(), key.desc())
    else:
        if query.cursor:
            _, moment, last = paging.read(_NEWEST, query.cursor)
            chosen = chosen.where(tuple_(created, key) < (moment, last))
        yield chosen.order_by(created.desc(), key.desc())


def _by_due_date(chosen: Tasks, cursor: str | None) -> Iterator[Tasks]:
    """Yield those with a date, then those without: one condition over both could not begin in the index."""
    due, key = col(Task.due_at), col(Task.id)
    ordered = chosen.order_by(due, key)
    if cursor is None:
        yield ordered
        return
    _, moment, last = paging.read(_DUE, cursor)
    if moment is None:
        yield ordered.where(due.is_(None), key > last)
        return
    yield ordered.where(tuple_(due, key) > (moment, last))
    yield ordered.where(due.is_(None))


def _filters(query: TaskQuery) -> Iterator[ColumnElement[bool]]:
    """Yield a condition for each filter that is given."""
    exact: dict[Any, Any] = {
        Task.status: query.status,
        Task.priority: query.priority,
        Task.assignee_id: query.assignee_id,
        Task.parent_id: query.parent_id,
    }
    yield from (column == value for column, value in exact.items() if value is not None)
    if query.tag is not None:
        named = func.lower(col(Tag.name)) == func.lower(query.tag)
        yield col(Task.tags).any(named)
    if query.due_from is not None:
        yield col(Task.due_at) >= query.due_from
    if query.due_to is not None:
        yield col(Task.due_at) < query.due_to
    if query.search is not None:
        yield col(Task.title).icontains(query.search, autoescape=True)


def _cursor(order: TaskOrder, last: TaskRead) -> str:
    """Return the cursor of what comes after a task."""
    if order is TaskOrder.DUE:
        return paging.written(_DUE, ("due_at", last.due_at, last.id))
    if order is TaskOrder.URGENT:
        return paging.written(_URGENT, ("-priority", last.priority, last.created_at, last.id))
    return paging.written(_NEWEST, ("-created_at", last.created_at, last.id))
