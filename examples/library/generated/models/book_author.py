"""The table and its classes: book_authors."""

import sqlalchemy as sa
from sqlmodel import Field

from .base import Model


class BookAuthorBase(Model):
    """What requests and responses say of a book author."""

    book_id: int
    author_id: int


class BookAuthor(BookAuthorBase, table=True):
    """A row of book_authors."""

    __tablename__ = "book_authors"
    __table_args__ = (
        sa.PrimaryKeyConstraint("book_id", "author_id", name="pk_book_authors"),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["authors.id"],
            name="fk_book_authors_author_id_authors",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["book_id"],
            ["books.id"],
            name="fk_book_authors_book_id_books",
            ondelete="CASCADE",
        ),
        sa.Index("ix_book_authors_author_id_book_id", "author_id", "book_id"),
    )

    book_id: int = Field(sa_column=sa.Column(sa.BigInteger))
    author_id: int = Field(sa_column=sa.Column(sa.BigInteger))


class BookAuthorCreate(BookAuthorBase):
    """What a request says to create a book author."""


class BookAuthorPublic(BookAuthorBase):
    """What a response shows of a book author."""
