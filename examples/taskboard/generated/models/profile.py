"""The table and its classes: profiles."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import pydantic
import sqlalchemy as sa
from sqlmodel import Field, Relationship

from .base import Model, not_null

if TYPE_CHECKING:
    from .user import User

ProfileTimeZone = Annotated[
    str,
    pydantic.StringConstraints(min_length=1, max_length=64),
]
ProfileBio = Annotated[str, pydantic.StringConstraints(max_length=2000)]
ProfileAvatarUrl = Annotated[
    str,
    pydantic.StringConstraints(max_length=2048, pattern="^https?://"),
]


class ProfileBase(Model):
    """What requests and responses say of a profile."""

    user_id: UUID
    bio: ProfileBio | None = None
    time_zone: ProfileTimeZone = "UTC"
    avatar_url: ProfileAvatarUrl | None = None


class Profile(ProfileBase, table=True):
    """What a person tells about themselves."""

    __tablename__ = "profiles"
    __table_args__ = (
        sa.PrimaryKeyConstraint("user_id", name="pk_profiles"),
        sa.CheckConstraint(
            "char_length(avatar_url) <= 2048",
            name="ck_profiles_avatar_url_length",
        ),
        sa.CheckConstraint(
            "avatar_url ~ '^https?://'",
            name="ck_profiles_avatar_url_pattern",
        ),
        sa.CheckConstraint("char_length(bio) <= 2000", name="ck_profiles_bio_length"),
        sa.CheckConstraint(
            "char_length(time_zone) BETWEEN 1 AND 64",
            name="ck_profiles_time_zone_length",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name="fk_profiles_user_id_users",
            ondelete="CASCADE",
        ),
        {
            "comment": "What a person tells about themselves.",
            "info": {"row_security": "forced"},
        },
    )

    user_id: UUID = Field(sa_column=sa.Column(sa.Uuid))
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
    time_zone: ProfileTimeZone = Field(
        default="UTC",
        sa_column=sa.Column(sa.Text, nullable=False, server_default=sa.text("'UTC'")),
    )
    bio: ProfileBio | None = Field(default=None, sa_column=sa.Column(sa.Text))
    avatar_url: ProfileAvatarUrl | None = Field(
        default=None,
        sa_column=sa.Column(sa.Text),
    )

    user: "User" = Relationship(back_populates="profile")


class ProfileCreate(ProfileBase):
    """What a request says to create a profile."""


class ProfileUpdate(Model):
    """What a request may change of a profile; what it leaves out stays."""

    bio: ProfileBio | None = None
    time_zone: ProfileTimeZone | None = None
    avatar_url: ProfileAvatarUrl | None = None

    _not_null = pydantic.field_validator("time_zone")(not_null)


class ProfilePublic(ProfileBase):
    """What a response shows of a profile."""
