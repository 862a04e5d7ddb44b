"""The table and its classes: subjects."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import pydantic
import sqlalchemy as sa
from sqlmodel import Field, Relationship

from .base import Model, not_null
from .book_subject import BookSubject

if TYPE_CHECKING:
    from .book import Book

SubjectName = Annotated[str, pydantic.StringConstraints(min_length=1, max_length=80)]


class SubjectBase(Model):
    """What requests and responses say of a subject."""

    name: SubjectName


class Subject(SubjectBase, table=True):
    """A row of subjects."""

    __tablename__ = "subjects"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_subjects"),
        sa.CheckConstraint(
            "char_length(name) BETWEEN 1 AND 80",
            name="ck_subjects_name_length",
        ),
        sa.Index(
            "ix_subjects_created_at",
            sa.text("created_at DESC"),
            sa.text("id DESC"),
        ),
        sa.Index("uq_subjects_name", sa.text("lower(name)"), unique=True),
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
    name: SubjectName = Field(sa_column=sa.Column(sa.Text, nullable=False))

    books: list["Book"] = Relationship(
        back_populates="subjects",
        link_model=BookSubject,
        passive_deletes=True,
    )


class SubjectCreate(SubjectBase):
    """What a request says to create a subject."""


class SubjectUpdate(Model):
    """What a request may change of a subject; what it leaves out stays."""

    name: SubjectName | None = None

    _not_null = pydantic.field_validator("name")(not_null)


class SubjectPublic(SubjectBase):
    """What a response shows of a subject."""

    id: int
    created_at: dt.datetime
    updated_at: dt.datetime
