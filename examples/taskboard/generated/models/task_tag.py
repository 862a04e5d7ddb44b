"""The table and its classes: task_tags."""

from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

import pydantic
import sqlalchemy as sa
from sqlmodel import Field, Relationship

from .base import Model, TextEnum, not_null

if TYPE_CHECKING:
    from .tag import Tag
    from .task import Task


class TaskTagAttachedBy(StrEnum):
    """The values of attached by."""

    AI = "ai"
    HUMAN = "human"


class TaskTagBase(Model):
    """What requests and responses say of a task tag."""

    task_id: UUID
    tag_id: UUID
    attached_by: TaskTagAttachedBy = TaskTagAttachedBy.HUMAN


class TaskTag(TaskTagBase, table=True):
    """A row of task_tags."""

    __tablename__ = "task_tags"
    __table_args__ = (
        sa.PrimaryKeyConstraint("task_id", "tag_id", name="pk_task_tags"),
        sa.CheckConstraint(
            "attached_by IN ('ai', 'human')",
            name="ck_task_tags_attached_by_values",
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"],
            ["tags.id"],
            name="fk_task_tags_tag_id_tags",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["tasks.id"],
            name="fk_task_tags_task_id_tasks",
            ondelete="CASCADE",
        ),
        sa.Index("ix_task_tags_tag_id_task_id", "tag_id", "task_id"),
        {"info": {"row_security": "forced"}},
    )

    task_id: UUID = Field(sa_column=sa.Column(sa.Uuid))
    tag_id: UUID = Field(sa_column=sa.Column(sa.Uuid))
    attached_by: TaskTagAttachedBy = Field(
        default=TaskTagAttachedBy.HUMAN,
        sa_column=sa.Column(
            TextEnum(TaskTagAttachedBy),
            nullable=False,
            server_default=sa.text("'human'"),
        ),
    )

    tag: "Tag" = Relationship(back_populates="task_tags")
    task: "Task" = Relationship(back_populates="task_tags")


class TaskTagCreate(TaskTagBase):
    """What a request says to create a task tag."""


class TaskTagUpdate(Model):
    """What a request may change of a task tag; what it leaves out stays."""

    attached_by: TaskTagAttachedBy | None = None

    _not_null = pydantic.field_validator("attached_by")(not_null)


class TaskTagPublic(TaskTagBase):
    """What a response shows of a task tag."""
