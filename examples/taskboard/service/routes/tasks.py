"""Tasks: created, listed, read, changed and deleted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import delete, insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from generated.models.tag import Tag
from generated.models.task import Task, TaskStatus
from generated.models.task_tag import TaskTag
from service.dependencies import Mine, MineToRead, Signed
from service.problems import ProblemError, version_conflict
from service.schemas import NewTask, Page, TaskChange, TaskQuery, TaskRead
from service.task_list import WITH_TAGS, read_page

router = APIRouter(prefix="/tasks", tags=["tasks"])


@router.get("", operation_id="listTasks")
async def list_tasks(query: Annotated[TaskQuery, Query()], session: MineToRead) -> Page[TaskRead]:
    """Return a page of the caller's tasks with their tags: two statements, however many tasks."""
    return await read_page(session, query)


@router.post("", status_code=201, operation_id="createTask")
async def create_task(given: NewTask, caller: Signed, session: Mine) -> TaskRead:
    """Create a task, with tags of the caller."""
    tags = await _tags(session, given.tag_ids)
    task = Task(**given.model_dump(exclude={"tag_ids"}), user_id=caller.user_id, completed_at=_completion(given.status))
    session.add(task)
    await session.flush()
    if tags:
        await session.exec(insert(TaskTag), params=[{"task_id": task.id, "tag_id": tag.id} for tag in tags])
    return TaskRead.model_validate(task, update={"tags": tags})


@router.get("/{task_id}", operation_id="readTask")
async def read_task(task_id: UUID, session: MineToRead) -> TaskRead:
    """Return a task."""
    return TaskRead.model_validate(await _task(session, task_id))


@router.patch("/{task_id}", operation_id="updateTask")
async def update_task(task_id: UUID, given: TaskChange, session: Mine) -> TaskRead:
    """Change what is said of a task; 409 when it is no longer the version that the caller has read.

    Who says no version still changes the row only as it was read here: two requests never mix.
    """
    task = await _task(session, task_id)
    if given.version is not None and given.version != task.version:
        raise version_conflict()
    task.sqlmodel_update(given.model_dump(exclude_unset=True, exclude={"version"}))
    if (task.status is TaskStatus.DONE) != (task.completed_at is not None):
        task.completed_at = _completion(task.status)
    await session.flush()
    return TaskRead.model_validate(task)


@router.delete("/{task_id}", status_code=204, operation_id="deleteTask")
async def delete_task(task_id: UUID, session: Mine) -> None:
    """Delete a task with its comments; its subtasks stay."""
    deleted = await session.exec(delete(Task).where(col(Task.id) == task_id).returning(col(Task.id)))
    if deleted.first() is None:
        raise unknown_task()


def unknown_task() -> ProblemError:
    """Return what is answered for a task that is not there, or not the caller's: the same."""
    return ProblemError(404, "unknown-task", "There is no such task.")


async def _task(session: AsyncSession, task_id: UUID) -> Task:
    """Return a task with its tags."""
    found = await session.get(Task, task_id, options=[WITH_TAGS])
    if found is None:
        raise unknown_task()
    return found


async def _tags(session: AsyncSession, wanted: Sequence[UUID]) -> Sequence[Tag]:
    """Return the tags by their keys; policies show only the caller's, so another's is as unknown as none."""
    if not wanted:
        return []
    found = (await session.exec(select(Tag).where(col(Tag.id).in_(wanted)).order_by(col(Tag.name)))).all()
    if len(found) < len(set(wanted)):
        raise ProblemError(422, "unknown-tag", "There is no such tag.")
    return found


def _completion(status: TaskStatus) -> dt.datetime | None:
    """Return when a task with this status was completed, if it is now that it gets it."""
    return dt.datetime.now(dt.UTC) if status is TaskStatus.DONE else None
