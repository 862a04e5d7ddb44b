"""The table and its classes: book_subjects."""

import sqlalchemy as sa
from sqlmodel import Field

from .base import Model


class BookSubjectBase(Model):
    """What requests and responses say of a book subject."""

    book_id: int
    subject_id: int


class BookSubject(BookSubjectBase, table=True):
    """A row of book_subjects."""

    __tablename__ = "book_subjects"
    __table_args__ = (
        sa.PrimaryKeyConstraint("book_id", "subject_id", name="pk_book_subjects"),
        sa.ForeignKeyConstraint(
            ["book_id"],
            ["books.id"],
            name="fk_book_subjects_book_id_books",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["subjects.id"],
            name="fk_book_subjects_subject_id_subjects",
            ondelete="CASCADE",
        ),
        sa.Index("ix_book_subjects_subject_id_book_id", "subject_id", "book_id"),
    )

    book_id: int = Field(sa_column=sa.Column(sa.BigInteger))
    subject_id: int = Field(sa_column=sa.Column(sa.BigInteger))


class BookSubjectCreate(BookSubjectBase):
    """What a request says to create a book subject."""


class BookSubjectPublic(BookSubjectBase):
    """What a response shows of a book subject."""
