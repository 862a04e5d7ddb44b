"""The table and its classes: sessions."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import pydantic
import sqlalchemy as sa
from sqlmodel import Field, Relationship

from .base import Model, not_null

if TYPE_CHECKING:
    from .user import User

SessionTokenHash = Annotated[
    str,
    pydantic.StringConstraints(min_length=64, max_length=64),
]
SessionUserAgent = Annotated[str, pydantic.StringConstraints(max_length=400)]


class SessionBase(Model):
    """What requests and responses say of a session."""

    token_hash: SessionTokenHash = Field(
        description=(
            "SHA-256 of the token in hexadecimal; the token itself is stored nowhere"
        ),
    )
    user_agent: SessionUserAgent | None = None
    expires_at: dt.datetime


class Session(SessionBase, table=True):
    """A sign-in on one device, swept away once it has expired."""

    __tablename__ = "sessions"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("token_hash", name="uq_sessions_token_hash"),
        sa.CheckConstraint(
            "expires_at > created_at",
            name="ck_sessions_expires_at_created_at",
        ),
        sa.CheckConstraint(
            "char_length(token_hash) = 64",
            name="ck_sessions_token_hash_length",
        ),
        sa.CheckConstraint(
            "char_length(user_agent) <= 400",
            name="ck_sessions_user_agent_length",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name="fk_sessions_user_id_users",
            ondelete="CASCADE",
        ),
        sa.Index("ix_sessions_expires_at", "expires_at", "id"),
        sa.Index("ix_sessions_user_id", "user_id"),
        {
            "comment": "A sign-in on one device, swept away once it has expired.",
            "info": {"row_security": "forced"},
        },
    )

    id: UUID | None = Field(
        default=None,
        sa_column=sa.Column(sa.Uuid, server_default=sa.text("gen_random_uuid()")),
    )
    expires_at: dt.datetime = Field(
        sa_column=sa.Column(sa.DateTime(timezone=True), nullable=False),
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
    token_hash: SessionTokenHash = Field(
        sa_column=sa.Column(
            sa.Text,
            nullable=False,
            comment=(
                "SHA-256 of the token in hexadecimal; the token itself is stored "
                "nowhere"
            ),
        ),
    )
    user_agent: SessionUserAgent | None = Field(
        default=None,
        sa_column=sa.Column(sa.Text),
    )

    user: "User" = Relationship(back_populates="sessions")


class SessionCreate(SessionBase):
    """What a request says to create a session."""


class SessionUpdate(Model):
    """What a request may change of a session; what it leaves out stays."""

    token_hash: SessionTokenHash | None = None
    user_agent: SessionUserAgent | None = None
    expires_at: dt.datetime | None = None

    _not_null = pydantic.field_validator("token_hash", "expires_at")(not_null)


class SessionPublic(SessionBase):
    """What a response shows of a session."""

    id: UUID
    created_at: dt.datetime
    updated_at: dt.datetime
    user_id: UUID
