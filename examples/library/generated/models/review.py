"""The table and its classes: reviews."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import pydantic
import sqlalchemy as sa
from sqlmodel import Field, Relationship

from .base import Model, not_null

if TYPE_CHECKING:
    from .book import Book
    from .member import Member

ReviewRating = Annotated[int, pydantic.Field(ge=1, le=5)]
ReviewText = Annotated[str, pydantic.StringConstraints(max_length=4000)]


class ReviewBase(Model):
    """What requests and responses say of a review."""

    rating: ReviewRating
    text: ReviewText | None = None


class Review(ReviewBase, table=True):
    """A row of reviews."""

    __tablename__ = "reviews"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
        sa.UniqueConstraint(
            "book_id",
            "member_id",
            name="uq_reviews_book_id_member_id",
        ),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name="ck_reviews_rating_range"),
        sa.CheckConstraint("char_length(text) <= 4000", name="ck_reviews_text_length"),
        sa.ForeignKeyConstraint(
            ["book_id"],
            ["books.id"],
            name="fk_reviews_book_id_books",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
            name="fk_reviews_member_id_members",
            ondelete="RESTRICT",
        ),
        sa.Index(
            "ix_reviews_book_id_created_at",
            "book_id",
            sa.text("created_at DESC"),
            sa.text("id DESC"),
        ),
        sa.Index(
            "ix_reviews_book_id_rating",
            "book_id",
            sa.text("rating DESC"),
            sa.text("id DESC"),
        ),
        sa.Index("ix_reviews_member_id", "member_id"),
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
    book_id: int = Field(sa_column=sa.Column(sa.BigInteger, nullable=False))
    member_id: int = Field(sa_column=sa.Column(sa.BigInteger, nullable=False))
    rating: ReviewRating = Field(sa_column=sa.Column(sa.SmallInteger, nullable=False))
    text: ReviewText | None = Field(default=None, sa_column=sa.Column(sa.Text))

    book: "Book" = Relationship(back_populates="reviews")
    member: "Member" = Relationship(back_populates="reviews")


class ReviewCreate(ReviewBase):
    """What a request says to create a review."""


class ReviewUpdate(Model):
    """What a request may change of a review; what it leaves out stays."""

    rating: ReviewRating | None = None
    text: ReviewText | None = None
    member_id: int | None = None

    _not_null = pydantic.field_validator("rating", "member_id")(not_null)


class ReviewPublic(ReviewBase):
    """What a response shows of a review."""

    id: int
    created_at: dt.datetime
    updated_at: dt.datetime
    book_id: int
    member_id: int
