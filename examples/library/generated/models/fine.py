"""The table and its classes: fines."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import pydantic
import sqlalchemy as sa
from sqlmodel import Field, Relationship

from .base import Model, TextEnum, not_null

if TYPE_CHECKING:
    from .loan import Loan


class FineReason(StrEnum):
    """The values of reason."""

    LATE = "late"
    DAMAGED = "damaged"
    LOST = "lost"


FineAmount = Annotated[
    Decimal,
    pydantic.Field(ge=Decimal("0.01"), le=10000, max_digits=19, decimal_places=2),
]


class FineBase(Model):
    """What requests and responses say of a fine."""

    amount: FineAmount
    reason: FineReason
    paid_at: dt.datetime | None = None


class Fine(FineBase, table=True):
    """A row of fines."""

    __tablename__ = "fines"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_fines"),
        sa.CheckConstraint(
            "amount BETWEEN 0.01 AND 10000",
            name="ck_fines_amount_range",
        ),
        sa.CheckConstraint(
            "reason IN ('late', 'damaged', 'lost')",
            name="ck_fines_reason_values",
        ),
        sa.ForeignKeyConstraint(
            ["loan_id"],
            ["loans.id"],
            name="fk_fines_loan_id_loans",
            ondelete="CASCADE",
        ),
        sa.Index(
            "ix_fines_loan_id_created_at",
            "loan_id",
            sa.text("created_at DESC"),
            sa.text("id DESC"),
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
    loan_id: int = Field(sa_column=sa.Column(sa.BigInteger, nullable=False))
    paid_at: dt.datetime | None = Field(
        default=None,
        sa_column=sa.Column(sa.DateTime(timezone=True)),
    )
    amount: FineAmount = Field(sa_column=sa.Column(sa.Numeric(19, 2), nullable=False))
    reason: FineReason = Field(
        sa_column=sa.Column(TextEnum(FineReason), nullable=False),
    )

    loan: "Loan" = Relationship(back_populates="fines")


class FineCreate(FineBase):
    """What a request says to create a fine."""


class FineUpdate(Model):
    """What a request may change of a fine; what it leaves out stays."""

    amount: FineAmount | None = None
    reason: FineReason | None = None
    paid_at: dt.datetime | None = None

    _not_null = pydantic.field_validator("amount", "reason")(not_null)


class FinePublic(FineBase):
    """What a response shows of a fine."""

    id: int
    created_at: dt.datetime
    updated_at: dt.datetime
    loan_id: int
