"""The table and its classes: copies."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import pydantic
import sqlalchemy as sa
from sqlmodel import Field, Relationship

from .base import Model, TextEnum, not_null

if TYPE_CHECKING:
    from .book import Book
    from .branch import Branch
    from .loan import Loan


class CopyCondition(StrEnum):
    """The values of condition."""

    NEW = "new"
    GOOD = "good"
    WORN = "worn"
    WITHDRAWN = "withdrawn"


CopyBarcode = Annotated[str, pydantic.StringConstraints(pattern="^[0-9]{14}$")]
CopyPrice = Annotated[
    Decimal,
    pydantic.Field(ge=0, le=100000, max_digits=19, decimal_places=2),
]


class CopyBase(Model):
    """What requests and responses say of a copy."""

    barcode: CopyBarcode
    condition: CopyCondition = CopyCondition.GOOD
    price: CopyPrice | None = None
    branch_id: int


class Copy(CopyBase, table=True):
    """A row of copies."""

    __tablename__ = "copies"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_copies"),
        sa.UniqueConstraint("barcode", name="uq_copies_barcode"),
        sa.CheckConstraint("barcode ~ '^[0-9]{14}$'", name="ck_copies_barcode_pattern"),
        sa.CheckConstraint(
            "condition IN ('new', 'good', 'worn', 'withdrawn')",
            name="ck_copies_condition_values",
        ),
        sa.CheckConstraint("price BETWEEN 0 AND 100000", name="ck_copies_price_range"),
        sa.ForeignKeyConstraint(
            ["book_id"],
            ["books.id"],
            name="fk_copies_book_id_books",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"],
            ["branches.id"],
            name="fk_copies_branch_id_branches",
            ondelete="RESTRICT",
        ),
        sa.Index(
            "ix_copies_book_id_created_at",
            "book_id",
            sa.text("created_at DESC"),
            sa.text("id DESC"),
        ),
        sa.Index("ix_copies_branch_id", "branch_id"),
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
    branch_id: int = Field(sa_column=sa.Column(sa.BigInteger, nullable=False))
    book_id: int = Field(sa_column=sa.Column(sa.BigInteger, nullable=False))
    barcode: CopyBarcode = Field(sa_column=sa.Column(sa.Text, nullable=False))
    condition: CopyCondition = Field(
        default=CopyCondition.GOOD,
        sa_column=sa.Column(
            TextEnum(CopyCondition),
            nullable=False,
            server_default=sa.text("'good'"),
        ),
    )
    price: CopyPrice | None = Field(
        default=None,
        sa_column=sa.Column(sa.Numeric(19, 2)),
    )

    book: "Book" = Relationship(back_populates="copies")
    branch: "Branch" = Relationship(back_populates="copies")
    loans: list["Loan"] = Relationship(back_populates="copy_", passive_deletes="all")


class CopyCreate(CopyBase):
    """What a request says to create a copy."""


class CopyUpdate(Model):
    """What a request may change of a copy; what it leaves out stays."""

    condition: CopyCondition | None = None
    price: CopyPrice | None = None
    branch_id: int | None = None

    _not_null = pydantic.field_validator("condition", "branch_id")(not_null)


class CopyPublic(CopyBase):
    """What a response shows of a copy."""

    id: int
    created_at: dt.datetime
    updated_at: dt.datetime
    book_id: int
