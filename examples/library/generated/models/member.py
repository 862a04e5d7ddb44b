"""The table and its classes: members."""

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import pydantic
import sqlalchemy as sa
from sqlmodel import Field, Relationship

from .base import Model, TextEnum, not_null

if TYPE_CHECKING:
    from .branch import Branch
    from .loan import Loan
    from .reservation import Reservation
    from .review import Review


class MemberStanding(StrEnum):
    """The values of standing."""

    GOOD = "good"
    SUSPENDED = "suspended"
    CLOSED = "closed"


MemberCardNumber = Annotated[str, pydantic.StringConstraints(pattern="^[0-9]{10}$")]
MemberName = Annotated[str, pydantic.StringConstraints(min_length=1, max_length=160)]
MemberEmail = Annotated[
    str,
    pydantic.StringConstraints(max_length=254, pattern="^[^@\\s]+@[^@\\s]+$"),
]


class MemberBase(Model):
    """What requests and responses say of a member."""

    card_number: MemberCardNumber
    name: MemberName
    email: MemberEmail
    born_on: dt.date | None = None
    standing: MemberStanding
    branch_id: int


class Member(MemberBase, table=True):
    """A row of members."""

    __tablename__ = "members"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_members"),
        sa.UniqueConstraint("card_number", name="uq_members_card_number"),
        sa.CheckConstraint(
            "card_number ~ '^[0-9]{10}$'",
            name="ck_members_card_number_pattern",
        ),
        sa.CheckConstraint(
            "email ~ '^[^@\\s]+@[^@\\s]+$'",
            name="ck_members_email_email",
        ),
        sa.CheckConstraint("char_length(email) <= 254", name="ck_members_email_length"),
        sa.CheckConstraint(
            "char_length(name) BETWEEN 1 AND 160",
            name="ck_members_name_length",
        ),
        sa.CheckConstraint(
            "standing IN ('good', 'suspended', 'closed')",
            name="ck_members_standing_values",
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"],
            ["branches.id"],
            name="fk_members_branch_id_branches",
            ondelete="RESTRICT",
        ),
        sa.Index(
            "ix_members_branch_id_created_at",
            "branch_id",
            sa.text("created_at DESC"),
            sa.text("id DESC"),
        ),
        sa.Index(
            "ix_members_created_at",
            sa.text("created_at DESC"),
            sa.text("id DESC"),
        ),
        sa.Index(
            "ix_members_name_trgm",
            "name",
            postgresql_using="gin",
            postgresql_ops={"name": "gin_trgm_ops"},
        ),
        sa.Index(
            "ix_members_standing_created_at",
            "standing",
            sa.text("created_at DESC"),
            sa.text("id DESC"),
        ),
        sa.Index("uq_members_email", sa.text("lower(email)"), unique=True),
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
    born_on: dt.date | None = Field(default=None, sa_column=sa.Column(sa.Date))
    card_number: MemberCardNumber = Field(sa_column=sa.Column(sa.Text, nullable=False))
    name: MemberName = Field(sa_column=sa.Column(sa.Text, nullable=False))
    email: MemberEmail = Field(sa_column=sa.Column(sa.Text, nullable=False))
    standing: MemberStanding = Field(
        sa_column=sa.Column(TextEnum(MemberStanding), nullable=False),
    )

    branch: "Branch" = Relationship(back_populates="members")
    loans: list["Loan"] = Relationship(back_populates="member", passive_deletes="all")
    reservations: list["Reservation"] = Relationship(
        back_populates="member",
        passive_deletes="all",
    )
    reviews: list["Review"] = Relationship(
        back_populates="member",
        passive_deletes="all",
    )


class MemberCreate(MemberBase):
    """What a request says to create a member."""


class MemberUpdate(Model):
    """What a request may change of a member; what it leaves out stays."""

    name: MemberName | None = None
    email: MemberEmail | None = None
    born_on: dt.date | None = None
    standing: MemberStanding | None = None
    branch_id: int | None = None

    _not_null = pydantic.field_validator(
        "name",
        "email",
        "standing",
        "branch_id",
    )(not_null)


class MemberPublic(MemberBase):
    """What a response shows of a member."""

    id: int
    created_at: dt.datetime
    updated_at: dt.datetime
