"""The table and its classes: comments."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import pydantic
import sqlalchemy as sa
from sqlmodel import Field, Relationship

from .base import Model, not_null

if TYPE_CHECKING:
    from .task import Task
    from .user import User

CommentBody = Annotated[
    str,
    pydantic.StringConstraints(min_length=1, max_length=4000, strip_whitespace=True),
]


class CommentBase(Model):
    """What requests and responses say of a comment."""

    body: CommentBody


class Comment(CommentBase, table=True):
    """A remark on a task."""

    __tablename__ = "comments"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_comments"),
        sa.CheckConstraint(
            "char_length(body) BETWEEN 1 AND 4000",
            name="ck_comments_body_length",
        ),
        sa.CheckConstraint("body = btrim(body)", name="ck_comments_body_trimmed"),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["tasks.id"],
            name="fk_comments_task_id_tasks",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name="fk_comments_user_id_users",
            ondelete="CASCADE",
        ),
        sa.Index(
            "ix_comments_task_id_user_id_created_at",
            "task_id",
            "user_id",
            "created_at",
            "id",
        ),
        sa.Index("ix_comments_user_id", "user_id"),
        {"comment": "A remark on a task.", "info": {"row_security": "forced"}},
    )

    id: UUID | None = Field(
        default=None,
        sa_column=sa.Column(sa.Uuid, server_default=sa.text("gen_random_uuid()")),
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
    user_id: UUID = Field(sa_column=sa.Column(sa.Uuid, nullable=False))
    task_id: UUID = Field(sa_column=sa.Column(sa.Uuid, nullable=False))
    body: CommentBody = Field(sa_column=sa.Column(sa.Text, nullable=False))

    task: "Task" = Relationship(back_populates="comments")
    user: "User" = Relationship(back_populates="comments")


class CommentCreate(CommentBase):
    """What a request says to create a comment."""


class CommentUpdate(Model):
    """What a request may change of a comment; what it leaves out stays."""

    body: CommentBody | None = None

    _not_null = pydantic.field_validator("body")(not_null)


class CommentPublic(CommentBase):
    """What a response shows of a comment."""

    id: UUID
    created_at: dt.datetime
    user_id: UUID
    task_id: UUID
