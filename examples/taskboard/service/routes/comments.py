"""Remarks on tasks."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import TypeAdapter
from sqlalchemy import tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from generated.models.comment import Comment, CommentCreate, CommentPublic
from generated.models.task import Task
from service import paging
from service.dependencies import Mine, MineToRead, Signed
from service.routes.tasks import unknown_task
from service.schemas import Page

router = APIRouter(prefix="/tasks/{task_id}/comments", tags=["comments"])
_PLACE: TypeAdapter[tuple[dt.datetime, UUID]] = TypeAdapter(tuple[dt.datetime, UUID])


@router.get("", operation_id="listComments")
async def list_comments(
    task_id: UUID,
    session: MineToRead,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Page[CommentPublic]:
    """Return a page of the comments on a task, the oldest first."""
    await _require_task(session, task_id)
    created, key = col(Comment.created_at), col(Comment.id)
    statement = select(Comment).where(Comment.task_id == task_id).order_by(created, key).limit(limit + 1)
    if cursor:
        statement = statement.where(tuple_(created, key) > paging.read(_PLACE, cursor))
    found = [CommentPublic.model_validate(each) for each in await session.exec(statement)]
    shown = found[:limit]
    more = len(found) > limit
    return Page[CommentPublic](
        items=shown, next_cursor=paging.written(_PLACE, (shown[-1].created_at, shown[-1].id)) if more else None
    )


@router.post("", status_code=201, operation_id="createComment")
async def create_comment(task_id: UUID, given: CommentCreate, caller: Signed, session: Mine) -> CommentPublic:
    """Write a comment on a task."""
    await _require_task(session, task_id)
    comment = Comment(**given.model_dump(), task_id=task_id, user_id=caller.user_id)
    session.add(comment)
    await session.flush()
    return CommentPublic.model_validate(comment)


async def _require_task(session: AsyncSession, task_id: UUID) -> None:
    if (await session.exec(select(Task.id).where(Task.id == task_id))).first() is None:
        raise unknown_task()
