"""The table and its classes: authors."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import pydantic
import sqlalchemy as sa
from sqlmodel import Field, Relationship

from .base import Model, Name, not_null
from .book_author import BookAuthor

if TYPE_CHECKING:
    from .book import Book

AuthorBornIn = Annotated[int, pydantic.Field(ge=-3000, le=2100)]


class AuthorBase(Model):
    """What requests and responses say of an author."""

    name: Name
    born_in: AuthorBornIn | None = None


class Author(AuthorBase, table=True):
    """A row of authors."""

    __tablename__ = "authors"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_authors"),
        sa.CheckConstraint(
            "born_in BETWEEN -3000 AND 2100",
            name="ck_authors_born_in_range",
        ),
        sa.CheckConstraint(
            "char_length(name) BETWEEN 1 AND 200",
            name="ck_authors_name_length",
        ),
        sa.Index(
            "ix_authors_created_at",
            sa.text("created_at DESC"),
            sa.text("id DESC"),
        ),
        sa.Index(
            "ix_authors_name_trgm",
            "name",
            postgresql_using="gin",
            postgresql_ops={"name": "gin_trgm_ops"},
        ),
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
    born_in: AuthorBornIn | None = Field(
        default=None,
        sa_column=sa.Column(sa.SmallInteger),
    )
    name: Name = Field(sa_column=sa.Column(sa.Text, nullable=False))

    books: list["Book"] = Relationship(
        back_populates="authors",
        link_model=BookAuthor,
        passive_deletes=True,
    )


class AuthorCreate(AuthorBase):
    """What a request says to create an author."""


class AuthorUpdate(Model):
    """What a request may change of an author; what it leaves out stays."""

    name: Name | None = None
    born_in: AuthorBornIn | None = None

    _not_null = pydantic.field_validator("name")(not_null)


class AuthorPublic(AuthorBase):
    """What a response shows of an author."""

    id: int
    created_at: dt.datetime
    updated_at: dt.datetime
