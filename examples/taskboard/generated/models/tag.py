"""The table and its classes: tags."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import pydantic
import sqlalchemy as sa
from sqlmodel import Field, Relationship

from .base import Model, not_null
from .task_tag import TaskTag

if TYPE_CHECKING:
    from .task import Task
    from .user import User

TagName = Annotated[
    str,
    pydantic.StringConstraints(min_length=1, max_length=50, strip_whitespace=True),
]
TagColor = Annotated[
    str,
    pydantic.StringConstraints(min_length=7, max_length=7, pattern="^#[0-9A-Fa-f]{6}$"),
]


class TagBase(Model):
    """What requests and responses say of a tag."""

    name: TagName
    color: TagColor = "#3B82F6"


class Tag(TagBase, table=True):
    """A word of one user's own to sort tasks by."""

    __tablename__ = "tags"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_tags"),
        sa.CheckConstraint("color ~ '^#[0-9A-Fa-f]{6}$'", name="ck_tags_color_pattern"),
        sa.CheckConstraint(
            "char_length(name) BETWEEN 1 AND 50",
            name="ck_tags_name_length",
        ),
        sa.CheckConstraint("name = btrim(name)", name="ck_tags_name_trimmed"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name="fk_tags_user_id_users",
            ondelete="CASCADE",
        ),
        sa.Index(
            "uq_tags_user_id_name",
            "user_id",
            sa.text("lower(name)"),
            unique=True,
        ),
        {
            "comment": "A word of one user's own to sort tasks by.",
            "info": {"row_security": "forced"},
        },
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
    name: TagName = Field(sa_column=sa.Column(sa.Text, nullable=False))
    color: TagColor = Field(
        default="#3B82F6",
        sa_column=sa.Column(
            sa.Text,
            nullable=False,
            server_default=sa.text("'#3B82F6'"),
        ),
    )

    user: "User" = Relationship(back_populates="tags")
    task_tags: list["TaskTag"] = Relationship(
        back_populates="tag",
        cascade_delete=True,
        passive_deletes=True,
    )
    tasks: list["Task"] = Relationship(
        back_populates="tags",
        link_model=TaskTag,
        sa_relationship_kwargs={"viewonly": True},
    )


class TagCreate(TagBase):
    """What a request says to create a tag."""


class TagUpdate(Model):
    """What a request may change of a tag; what it leaves out stays."""

    name: TagName | None = None
    color: TagColor | None = None

    _not_null = pydantic.field_validator("name", "color")(not_null)


class TagPublic(TagBase):
    """What a response shows of a tag."""

    id: UUID
