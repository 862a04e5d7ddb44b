"""The table and its classes: loans."""

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import pydantic
import sqlalchemy as sa
from sqlmodel import Field, Relationship

from .base import Model, TextEnum, not_null

if TYPE_CHECKING:
    from .copy import Copy
    from .fine import Fine
    from .member import Member


class LoanStatus(StrEnum):
    """The values of status."""

    OUT = "out"
    RETURNED = "returned"
    LOST = "lost"


LoanRenewals = Annotated[int, pydantic.Field(ge=0, le=5)]


class LoanBase(Model):
    """What requests and responses say of a loan."""

    due_on: dt.date
    status: LoanStatus | None = None
    returned_at: dt.datetime | None = None
    renewals: LoanRenewals = 0
    copy_id: int
    member_id: int


class Loan(LoanBase, table=True):
    """A row of loans."""

    __tablename__ = "loans"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_loans"),
        sa.CheckConstraint("renewals BETWEEN 0 AND 5", name="ck_loans_renewals_range"),
        sa.CheckConstraint(
            "status IN ('out', 'returned', 'lost')",
            name="ck_loans_status_values",
        ),
        sa.ForeignKeyConstraint(
            ["copy_id"],
            ["copies.id"],
            name="fk_loans_copy_id_copies",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
            name="fk_loans_member_id_members",
            ondelete="RESTRICT",
        ),
        sa.Index(
            "ix_loans_copy_id_lent_at",
            "copy_id",
            sa.text("lent_at DESC"),
            sa.text("id DESC"),
        ),
        sa.Index("ix_loans_due_on", "due_on", "id"),
        sa.Index("ix_loans_lent_at", sa.text("lent_at DESC"), sa.text("id DESC")),
        sa.Index(
            "ix_loans_member_id_lent_at",
            "member_id",
            sa.text("lent_at DESC"),
            sa.text("id DESC"),
        ),
        sa.Index(
            "ix_loans_status_lent_at",
            "status",
            sa.text("lent_at DESC"),
            sa.text("id DESC"),
        ),
    )

    id: int | None = Field(
        default=None,
        sa_column=sa.Column(sa.BigInteger, sa.Identity(always=True)),
    )
    lent_at: dt.datetime = Field(
        sa_column=sa.Column(sa.DateTime(timezone=True), nullable=False),
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
    copy_id: int = Field(sa_column=sa.Column(sa.BigInteger, nullable=False))
    member_id: int = Field(sa_column=sa.Column(sa.BigInteger, nullable=False))
    returned_at: dt.datetime | None = Field(
        default=None,
        sa_column=sa.Column(sa.DateTime(timezone=True)),
    )
    due_on: dt.date = Field(sa_column=sa.Column(sa.Date, nullable=False))
    renewals: LoanRenewals = Field(
        default=0,
        sa_column=sa.Column(
            sa.SmallInteger,
            nullable=False,
            server_default=sa.text("0"),
        ),
    )
    status: LoanStatus | None = Field(
        default=None,
        sa_column=sa.Column(TextEnum(LoanStatus)),
    )

    copy_: "Copy" = Relationship(back_populates="loans")
    member: "Member" = Relationship(back_populates="loans")
    fines: list["Fine"] = Relationship(
        back_populates="loan",
        cascade_delete=True,
        passive_deletes=True,
    )


class LoanCreate(LoanBase):
    """What a request says to create a loan."""


class LoanUpdate(Model):
    """What a request may change of a loan; what it leaves out stays."""

    due_on: dt.date | None = None
    status: LoanStatus | None = None
    returned_at: dt.datetime | None = None
    renewals: LoanRenewals | None = None

    _not_null = pydantic.field_validator("due_on", "renewals")(not_null)


class LoanPublic(LoanBase):
    """What a response shows of a loan."""

    id: int
    lent_at: dt.datetime
    created_at: dt.datetime
    updated_at: dt.datetime
