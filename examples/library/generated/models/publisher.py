"""The table and its classes: publishers."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import pydantic
import sqlalchemy as sa
from sqlmodel import Field, Relationship

from .base import Model, Name, not_null

if TYPE_CHECKING:
    from .book import Book

PublisherCountry = Annotated[str, pydantic.StringConstraints(pattern="^[A-Z]{2}$")]


class PublisherBase(Model):
    """What requests and responses say of a publisher."""

    name: Name
    country: PublisherCountry | None = None


class Publisher(PublisherBase, table=True):
    """A row of publishers."""

    __tablename__ = "publishers"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_publishers"),
        sa.CheckConstraint(
            "country ~ '^[A-Z]{2}$'",
            name="ck_publishers_country_pattern",
        ),
        sa.CheckConstraint(
            "char_length(name) BETWEEN 1 AND 200",
            name="ck_publishers_name_length",
        ),
        sa.Index(
            "ix_publishers_created_at",
            sa.text("created_at DESC"),
            sa.text("id DESC"),
        ),
        sa.Index("uq_publishers_name", sa.text("lower(name)"), unique=True),
    )

    id: int | None = Field(
        default=None,
        sa_column=sa.Column(sa.BigInteger, sa.Identity(always=True)),
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
    name: Name = Field(sa_column=sa.Column(sa.Text, nullable=False))
    country: PublisherCountry | None = Field(default=None, sa_column=sa.Column(sa.Text))

    books: list["Book"] = Relationship(back_populates="publisher", passive_deletes=True)


class PublisherCreate(PublisherBase):
    """What a request says to create a publisher."""


class PublisherUpdate(Model):
    """What a request may change of a publisher; what it leaves out stays."""

    name: Name | None = None
    country: PublisherCountry | None = None

    _not_null = pydantic.field_validator("name")(not_null)


class PublisherPublic(PublisherBase):
    """What a response shows of a publisher."""

    id: int
    created_at: dt.datetime
    updated_at: dt.datetime
