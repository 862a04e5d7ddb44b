"""The productivity report: what the spec names, computed by the database in two statements."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import ColumnElement, extract, func, select
from sqlmodel import col

from generated.models.tag import Tag
from generated.models.task import Task, TaskStatus
from generated.models.task_tag import TaskTag
from service.dependencies import MineToRead

router = APIRouter(prefix="/reports", tags=["reports"])


class TagFigures(BaseModel):
    """How many tasks with a tag, or with none, have a status."""

    tag: str | None
    status: TaskStatus
    tasks: int
    completed: int


class Productivity(BaseModel):
    """What a user got done; a task counts once here, and under each of its tags."""

    tasks: int
    completed: int
    overdue: int
    median_hours_to_complete: float | None
    by_tag: list[TagFigures]


@router.get("/productivity", operation_id="productivity")
async def productivity(session: MineToRead, since: Annotated[AwareDatetime | None, Query()] = None) -> Productivity:
    """Report on the caller's tasks, or on those that were created since."""
    connection = await session.connection()
    chosen = [] if since is None else [col(Task.created_at) >= since]
    totals = (await connection.execute(select(*_totals()).where(*chosen))).mappings().one()
    name, status, completed = col(Tag.name), col(Task.status), col(Task.completed_at)
    figures: list[ColumnElement[Any]] = [
        name.label("tag"),
        status.label("status"),
        func.count().label("tasks"),
        func.count(completed).label("completed"),
    ]
    by_tag = (
        select(*figures)
        .select_from(Task)
        .join(TaskTag, col(TaskTag.task_id) == col(Task.id), isouter=True)
        .join(Tag, col(Tag.id) == col(TaskTag.tag_id), isouter=True)
        .where(*chosen)
        .group_by(name, status)
        .order_by(name.nulls_last(), status)
    )
    rows = (await connection.execute(by_tag)).mappings()
    return Productivity(**totals, by_tag=[TagFigures(**row) for row in rows])


def _totals() -> list[ColumnElement[Any]]:
    unfinished = col(Task.status).not_in((TaskStatus.DONE, TaskStatus.CANCELLED))
    completed = col(Task.completed_at)
    hours = extract("epoch", completed - col(Task.created_at)) / dt.timedelta(hours=1).total_seconds()
    return [
        func.count().label("tasks"),
        func.count(completed).label("completed"),
        func.count().filter(unfinished, col(Task.due_at) < func.now()).label("overdue"),
        func.percentile_cont(0.5).within_group(hours).label("median_hours_to_complete"),
    ]
