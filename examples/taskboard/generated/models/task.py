"""The table and its classes: tasks."""

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Optional
from uuid import UUID

import pydantic
import sqlalchemy as sa
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, Relationship

from .base import Model, TextEnum, not_null, stored_values
from .enums import TaskPriority
from .task_tag import TaskTag

if TYPE_CHECKING:
    from .comment import Comment
    from .tag import Tag
    from .user import User


class TaskStatus(StrEnum):
    """The values of status."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    CANCELLED = "cancelled"


TaskTitle = Annotated[
    str,
    pydantic.StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
]
TaskDescription = Annotated[str, pydantic.StringConstraints(max_length=10000)]


class TaskBase(Model):
    """What requests and responses say of a task."""

    title: TaskTitle
    description: TaskDescription | None = None
    status: TaskStatus = TaskStatus.PENDING
    priority: TaskPriority = TaskPriority.MEDIUM
    due_at: dt.datetime | None = Field(
        default=None,
        description="When it should be done",
    )
    assignee_id: UUID | None = None
    parent_id: UUID | None = None


class Task(TaskBase, table=True):
    """Something to do, alone or as a part of another task."""

    __tablename__ = "tasks"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
        sa.CheckConstraint(
            "char_length(description) <= 10000",
            name="ck_tasks_description_length",
        ),
        sa.CheckConstraint(
            "(status = 'done') = (completed_at is not null)",
            name="ck_tasks_status_completed_at",
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'in_progress', 'done', 'cancelled')",
            name="ck_tasks_status_values",
        ),
        sa.CheckConstraint(
            "char_length(title) BETWEEN 1 AND 200",
            name="ck_tasks_title_length",
        ),
        sa.CheckConstraint("title = btrim(title)", name="ck_tasks_title_trimmed"),
        sa.ForeignKeyConstraint(
            ["assignee_id"],
            ["users.id"],
            name="fk_tasks_assignee_id_users",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["tasks.id"],
            name="fk_tasks_parent_id_tasks",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name="fk_tasks_user_id_users",
            ondelete="CASCADE",
        ),
        sa.Index(
            "ix_tasks_assignee_id_user_id_created_at",
            "assignee_id",
            "user_id",
            sa.text("created_at DESC"),
            sa.text("id DESC"),
        ),
        sa.Index(
            "ix_tasks_due_at",
            "due_at",
            "id",
            postgresql_where=sa.text("status <> 'done' AND status <> 'cancelled'"),
        ),
        sa.Index(
            "ix_tasks_parent_id_user_id_created_at",
            "parent_id",
            "user_id",
            sa.text("created_at DESC"),
            sa.text("id DESC"),
        ),
        sa.Index(
            "ix_tasks_user_id_created_at",
            "user_id",
            sa.text("created_at DESC"),
            sa.text("id DESC"),
        ),
        sa.Index("ix_tasks_user_id_due_at", "user_id", "due_at", "id"),
        sa.Index(
            "ix_tasks_user_id_priority_created_at",
            "user_id",
            sa.text("priority DESC"),
            sa.text("created_at DESC"),
            sa.text("id DESC"),
        ),
        sa.Index(
            "ix_tasks_user_id_status_created_at",
            "user_id",
            "status",
            sa.text("created_at DESC"),
            sa.text("id DESC"),
        ),
        {
            "comment": "Something to do, alone or as a part of another task.",
            "info": {"row_security": "forced"},
        },
    )

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        """Refuse a change of a row that somebody else has changed in the meantime."""
        return {
            "eager_defaults": True,
            "version_id_col": cls.version,
            "version_id_generator": False,
        }

    id: UUID | None = Field(
        default=None,
        sa_column=sa.Column(sa.Uuid, server_default=sa.text("gen_random_uuid()")),
    )
    version: int | None = Field(
        default=None,
        sa_column=sa.Column(
            sa.BigInteger,
            nullable=False,
            server_default=sa.text("1"),
            server_onupdate=sa.FetchedValue(),
        ),
    )
    created_at: dt.datetime | None = Field(
        default=None,
        sa_column=sa.Column(
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("now()"),
        ),
    )
    updated_at: dt.datetime | None = Field(
        default=None,
        sa_column=sa.Column(
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("now()"),
            server_onupdate=sa.FetchedValue(),
        ),
    )
    due_at: dt.datetime | None = Field(
        default=None,
        sa_column=sa.Column(
            sa.DateTime(timezone=True),
            comment="When it should be done",
        ),
    )
    completed_at: dt.datetime | None = Field(
        default=None,
        sa_column=sa.Column(
            sa.DateTime(timezone=True),
            comment="When it was done; empty until then",
        ),
    )
    priority: TaskPriority = Field(
        default=TaskPriority.MEDIUM,
        sa_column=sa.Column(
            sa.Enum(
                TaskPriority,
                name="task_priority",
                metadata=Model.metadata,
                values_callable=stored_values,
            ),
            nullable=False,
            server_default=sa.text("'medium'::task_priority"),
        ),
    )
    user_id: UUID = Field(sa_column=sa.Column(sa.Uuid, nullable=False))
    assignee_id: UUID | None = Field(default=None, sa_column=sa.Column(sa.Uuid))
    parent_id: UUID | None = Field(default=None, sa_column=sa.Column(sa.Uuid))
    title: TaskTitle = Field(sa_column=sa.Column(sa.Text, nullable=False))
    status: TaskStatus = Field(
        default=TaskStatus.PENDING,
        sa_column=sa.Column(
            TextEnum(TaskStatus),
            nullable=False,
            server_default=sa.text("'pending'"),
        ),
    )
    description: TaskDescription | None = Field(
        default=None,
        sa_column=sa.Column(sa.Text),
    )

    assignee: Optional["User"] = Relationship(
        back_populates="assigned_tasks",
        sa_relationship_kwargs={"foreign_keys": "Task.assignee_id"},
    )
    parent: Optional["Task"] = Relationship(
        back_populates="subtasks",
        sa_relationship_kwargs={"remote_side": "Task.id"},
    )
    user: "User" = Relationship(
        back_populates="tasks",
        sa_relationship_kwargs={"foreign_keys": "Task.user_id"},
    )
    comments: list["Comment"] = Relationship(
        back_populates="task",
        cascade_delete=True,
        passive_deletes=True,
    )
    task_tags: list["TaskTag"] = Relationship(
        back_populates="task",
        cascade_delete=True,
        passive_deletes=True,
    )
    subtasks: list["Task"] = Relationship(
        back_populates="parent",
        passive_deletes="all",
    )
    tags: list["Tag"] = Relationship(
        back_populates="tasks",
        link_model=TaskTag,
        sa_relationship_kwargs={"viewonly": True},
    )


class TaskCreate(TaskBase):
    """What a request says to create a task."""


class TaskUpdate(Model):
    """What a request may change of a task; what it leaves out stays."""

    title: TaskTitle | None = None
    description: TaskDescription | None = None
    status: TaskStatus | None = None
    priority: TaskPriority | None = None
    due_at: dt.datetime | None = None
    version: int | None = None
    assignee_id: UUID | None = None
    parent_id: UUID | None = None

    _not_null = pydantic.field_validator(
        "title",
        "status",
        "priority",
        "version",
    )(not_null)


class TaskPublic(TaskBase):
    """What a response shows of a task."""

    completed_at: dt.datetime | None = Field(
        default=None,
        description="When it was done; empty until then",
    )
    version: int
    id: UUID
    created_at: dt.datetime
    updated_at: dt.datetime
    user_id: UUID
