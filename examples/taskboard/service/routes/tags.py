"""Tags, and which task has which."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body
from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel import select as select_models

from generated.models.tag import Tag, TagCreate, TagPublic
from generated.models.task import Task
from generated.models.task_tag import TaskTag, TaskTagAttachedBy
from service.dependencies import Mine, MineToRead, Signed
from service.problems import ProblemError
from service.routes.tasks import unknown_task

router = APIRouter(tags=["tags"])


@router.get("/tags", operation_id="listTags")
async def list_tags(session: MineToRead) -> list[TagPublic]:
    """Return every tag of the caller by name."""
    found = await session.exec(select_models(Tag).order_by(func.lower(col(Tag.name))))
    return [TagPublic.model_validate(tag) for tag in found]


@router.post("/tags", status_code=201, operation_id="createTag")
async def create_tag(given: TagCreate, caller: Signed, session: Mine) -> TagPublic:
    """Create a tag; 409 where the caller has one of this name."""
    tag = Tag(**given.model_dump(), user_id=caller.user_id)
    session.add(tag)
    await session.flush()
    return TagPublic.model_validate(tag)


@router.delete("/tags/{tag_id}", status_code=204, operation_id="deleteTag")
async def delete_tag(tag_id: UUID, session: Mine) -> None:
    """Delete a tag; the tasks stay."""
    deleted = await session.exec(delete(Tag).where(col(Tag.id) == tag_id).returning(col(Tag.id)))
    if deleted.first() is None:
        raise _unknown_tag()


@router.put("/tasks/{task_id}/tags/{tag_id}", status_code=204, operation_id="attachTag")
async def attach_tag(
    task_id: UUID,
    tag_id: UUID,
    session: Mine,
    attached_by: Annotated[TaskTagAttachedBy, Body(embed=True)] = TaskTagAttachedBy.HUMAN,
) -> None:
    """Give a task a tag, once however often it is asked; who has attached it may be said."""
    there = select(exists().where(col(Task.id) == task_id), exists().where(col(Tag.id) == tag_id))
    has_task, has_tag = (await session.exec(there)).one()  # type: ignore[call-overload] # of SQLAlchemy's select
    if not has_task:
        raise unknown_task()
    if not has_tag:
        raise _unknown_tag()
    pair = insert(TaskTag).values(task_id=task_id, tag_id=tag_id, attached_by=attached_by)
    await session.exec(pair.on_conflict_do_nothing())


@router.delete("/tasks/{task_id}/tags/{tag_id}", status_code=204, operation_id="detachTag")
async def detach_tag(task_id: UUID, tag_id: UUID, session: Mine) -> None:
    """Take a tag from a task."""
    pair = (col(TaskTag.task_id) == task_id, col(TaskTag.tag_id) == tag_id)
    deleted = await session.exec(delete(TaskTag).where(*pair).returning(col(TaskTag.tag_id)))
    if deleted.first() is None:
        raise ProblemError(404, "unknown-tag", "The task has no such tag.")


def _unknown_tag() -> ProblemError:
    return ProblemError(404, "unknown-tag", "There is no such tag.")
