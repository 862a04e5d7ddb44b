"""The table and its classes: reservations."""

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING

import pydantic
import sqlalchemy as sa
from sqlmodel import Field, Relationship

from .base import Model, TextEnum, not_null

if TYPE_CHECKING:
    from .book import Book
    from .branch import Branch
    from .member import Member


class ReservationStatus(StrEnum):
    """The values of status."""

    WAITING = "waiting"
    READY = "ready"
    COLLECTED = "collected"
    CANCELLED = "cancelled"


class ReservationBase(Model):
    """What requests and responses say of a reservation."""

    status: ReservationStatus | None = None
    expires_on: dt.date | None = None
    book_id: int
    member_id: int
    branch_id: int


class Reservation(ReservationBase, table=True):
    """A row of reservations."""

    __tablename__ = "reservations"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_reservations"),
        sa.CheckConstraint(
            "status IN ('waiting', 'ready', 'collected', 'cancelled')",
            name="ck_reservations_status_values",
        ),
        sa.ForeignKeyConstraint(
            ["book_id"],
            ["books.id"],
            name="fk_reservations_book_id_books",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"],
            ["branches.id"],
            name="fk_reservations_branch_id_branches",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
            name="fk_reservations_member_id_members",
            ondelete="RESTRICT",
        ),
        sa.Index("ix_reservations_book_id", "book_id"),
        sa.Index("ix_reservations_branch_id", "branch_id"),
        sa.Index(
            "ix_reservations_member_id_requested_at",
            "member_id",
            "requested_at",
            "id",
        ),
        sa.Index("ix_reservations_requested_at", "requested_at", "id"),
        sa.Index("ix_reservations_status_requested_at", "status", "requested_at", "id"),
    )

    id: int | None = Field(
        default=None,
        sa_column=sa.Column(sa.BigInteger, sa.Identity(always=True)),
    )
    requested_at: dt.datetime = Field(
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
    book_id: int = Field(sa_column=sa.Column(sa.BigInteger, nullable=False))
    member_id: int = Field(sa_column=sa.Column(sa.BigInteger, nullable=False))
    branch_id: int = Field(sa_column=sa.Column(sa.BigInteger, nullable=False))
    expires_on: dt.date | None = Field(default=None, sa_column=sa.Column(sa.Date))
    status: ReservationStatus | None = Field(
        default=None,
        sa_column=sa.Column(TextEnum(ReservationStatus)),
    )

    book: "Book" = Relationship(back_populates="reservations")
    branch: "Branch" = Relationship(back_populates="reservations")
    member: "Member" = Relationship(back_populates="reservations")


class ReservationCreate(ReservationBase):
    """What a request says to create a reservation."""


class ReservationUpdate(Model):
    """What a request may change of a reservation; what it leaves out stays."""

    status: ReservationStatus | None = None
    expires_on: dt.date | None = None
    branch_id: int | None = None

    _not_null = pydantic.field_validator("branch_id")(not_null)


class ReservationPublic(ReservationBase):
    """What a response shows of a reservation."""

    id: int
    requested_at: dt.datetime
    created_at: dt.datetime
    updated_at: dt.datetime
