"""The table and its classes: books."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Optional

import pydantic
import sqlalchemy as sa
from sqlmodel import Field, Relationship

from .base import Model, not_null
from .book_author import BookAuthor
from .book_subject import BookSubject

if TYPE_CHECKING:
    from .author import Author
    from .copy import Copy
    from .publisher import Publisher
    from .reservation import Reservation
    from .review import Review
    from .subject import Subject

BookPages = Annotated[int, pydantic.Field(ge=1, le=20000)]
BookIsbn = Annotated[str, pydantic.StringConstraints(pattern="^97[89][0-9]{10}$")]
BookTitle = Annotated[str, pydantic.StringConstraints(min_length=1, max_length=500)]
BookLanguage = Annotated[str, pydantic.StringConstraints(pattern="^[a-z]{2}$")]


class BookBase(Model):
    """What requests and responses say of a book."""

    isbn: BookIsbn
    title: BookTitle
    language: BookLanguage
    published_on: dt.date | None = None
    pages: BookPages | None = None
    publisher_id: int | None = None


class Book(BookBase, table=True):
    """A row of books."""

    __tablename__ = "books"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_books"),
        sa.UniqueConstraint("isbn", name="uq_books_isbn"),
        sa.CheckConstraint("isbn ~ '^97[89][0-9]{10}$'", name="ck_books_isbn_pattern"),
        sa.CheckConstraint("language ~ '^[a-z]{2}$'", name="ck_books_language_pattern"),
        sa.CheckConstraint("pages BETWEEN 1 AND 20000", name="ck_books_pages_range"),
        sa.CheckConstraint(
            "char_length(title) BETWEEN 1 AND 500",
            name="ck_books_title_length",
        ),
        sa.ForeignKeyConstraint(
            ["publisher_id"],
            ["publishers.id"],
            name="fk_books_publisher_id_publishers",
            ondelete="SET NULL",
        ),
        sa.Index("ix_books_created_at", sa.text("created_at DESC"), sa.text("id DESC")),
        sa.Index("ix_books_language_title", "language", "title", "id"),
        sa.Index(
            "ix_books_published_on",
            sa.text("published_on DESC"),
            sa.text("id DESC"),
        ),
        sa.Index("ix_books_publisher_id_title", "publisher_id", "title", "id"),
        sa.Index("ix_books_title", "title", "id"),
        sa.Index(
            "ix_books_title_trgm",
            "title",
            postgresql_using="gin",
            postgresql_ops={"title": "gin_trgm_ops"},
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
    publisher_id: int | None = Field(default=None, sa_column=sa.Column(sa.BigInteger))
    published_on: dt.date | None = Field(default=None, sa_column=sa.Column(sa.Date))
    pages: BookPages | None = Field(default=None, sa_column=sa.Column(sa.SmallInteger))
    isbn: BookIsbn = Field(sa_column=sa.Column(sa.Text, nullable=False))
    title: BookTitle = Field(sa_column=sa.Column(sa.Text, nullable=False))
    language: BookLanguage = Field(sa_column=sa.Column(sa.Text, nullable=False))

    publisher: Optional["Publisher"] = Relationship(back_populates="books")
    copies: list["Copy"] = Relationship(
        back_populates="book",
        cascade_delete=True,
        passive_deletes=True,
    )
    reservations: list["Reservation"] = Relationship(
        back_populates="book",
        passive_deletes="all",
    )
    reviews: list["Review"] = Relationship(
        back_populates="book",
        cascade_delete=True,
        passive_deletes=True,
    )
    authors: list["Author"] = Relationship(
        back_populates="books",
        link_model=BookAuthor,
        passive_deletes=True,
    )
    subjects: list["Subject"] = Relationship(
        back_populates="books",
        link_model=BookSubject,
        passive_deletes=True,
    )


class BookCreate(BookBase):
    """What a request says to create a book."""


class BookUpdate(Model):
    """What a request may change of a book; what it leaves out stays."""

    title: BookTitle | None = None
    language: BookLanguage | None = None
    published_on: dt.date | None = None
    pages: BookPages | None = None
    publisher_id: int | None = None

    _not_null = pydantic.field_validator("title", "language")(not_null)


class BookPublic(BookBase):
    """What a response shows of a book."""

    id: int
    created_at: dt.datetime
    updated_at: dt.datetime
