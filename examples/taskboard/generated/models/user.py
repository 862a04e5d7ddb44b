"""The table and its classes: users."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Optional
from uuid import UUID

import pydantic
import sqlalchemy as sa
from sqlmodel import Field, Relationship

from .base import Model, not_null

if TYPE_CHECKING:
    from .comment import Comment
    from .profile import Profile
    from .session import Session
    from .tag import Tag
    from .task import Task

UserEmail = Annotated[
    str,
    pydantic.StringConstraints(max_length=254, pattern="^[^@\\s]+@[^@\\s]+$"),
]
UserDisplayName = Annotated[
    str,
    pydantic.StringConstraints(min_length=1, max_length=80, strip_whitespace=True),
]
UserPassword = Annotated[
    str,
    pydantic.StringConstraints(min_length=12, max_length=1024),
]


class UserBase(Model):
    """What requests and responses say of a user."""

    email: UserEmail
    display_name: UserDisplayName


class User(UserBase, table=True):
    """A person who signs in; owns everything else."""

    __tablename__ = "users"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.CheckConstraint(
            "char_length(display_name) BETWEEN 1 AND 80",
            name="ck_users_display_name_length",
        ),
        sa.CheckConstraint(
            "display_name = btrim(display_name)",
            name="ck_users_display_name_trimmed",
        ),
        sa.CheckConstraint(
            "email ~ '^[^@\\s]+@[^@\\s]+$'",
            name="ck_users_email_email",
        ),
        sa.CheckConstraint("char_length(email) <= 254", name="ck_users_email_length"),
        sa.Index("uq_users_email", sa.text("lower(email)"), unique=True),
        {
            "comment": "A person who signs in; owns everything else.",
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
    is_active: bool = Field(
        default=True,
        sa_column=sa.Column(sa.Boolean, nullable=False, server_default=sa.text("true")),
    )
    email: UserEmail = Field(sa_column=sa.Column(sa.Text, nullable=False))
    password_hash: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    display_name: UserDisplayName = Field(sa_column=sa.Column(sa.Text, nullable=False))

    comments: list["Comment"] = Relationship(
        back_populates="user",
        cascade_delete=True,
        passive_deletes=True,
    )
    profile: Optional["Profile"] = Relationship(
        back_populates="user",
        cascade_delete=True,
        passive_deletes=True,
    )
    sessions: list["Session"] = Relationship(
        back_populates="user",
        cascade_delete=True,
        passive_deletes=True,
    )
    tags: list["Tag"] = Relationship(
        back_populates="user",
        cascade_delete=True,
        passive_deletes=True,
    )
    assigned_tasks: list["Task"] = Relationship(
        back_populates="assignee",
        passive_deletes="all",
        sa_relationship_kwargs={"foreign_keys": "Task.assignee_id"},
    )
    tasks: list["Task"] = Relationship(
        back_populates="user",
        cascade_delete=True,
        passive_deletes=True,
        sa_relationship_kwargs={"foreign_keys": "Task.user_id"},
    )


class UserCreate(UserBase):
    """What a request says to create a user."""

    password: UserPassword


class UserUpdate(Model):
    """What a request may change of a user; what it leaves out stays."""

    email: UserEmail | None = None
    display_name: UserDisplayName | None = None
    is_active: bool | None = None
    password: UserPassword | None = None

    _not_null = pydantic.field_validator(
        "email",
        "display_name",
        "is_active",
        "password",
    )(not_null)


class UserPublic(UserBase):
    """What a response shows of a user."""

    is_active: bool
    id: UUID
    created_at: dt.datetime
