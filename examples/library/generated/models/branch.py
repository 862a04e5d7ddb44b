"""The table and its classes: branches."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import pydantic
import sqlalchemy as sa
from sqlmodel import Field, Relationship

from .base import Model, not_null

if TYPE_CHECKING:
    from .copy import Copy
    from .member import Member
    from .reservation import Reservation

BranchCode = Annotated[str, pydantic.StringConstraints(pattern="^[A-Z]{3}$")]
BranchName = Annotated[str, pydantic.StringConstraints(min_length=1, max_length=120)]
BranchAddress = Annotated[str, pydantic.StringConstraints(min_length=1, max_length=400)]


class BranchBase(Model):
    """What requests and responses say of a branch."""

    code: BranchCode = Field(description="Short code of the branch")
    name: BranchName
    address: BranchAddress
    opens_at: dt.time | None = None
    closes_at: dt.time | None = None


class Branch(BranchBase, table=True):
    """A row of branches."""

    __tablename__ = "branches"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_branches"),
        sa.UniqueConstraint("code", name="uq_branches_code"),
        sa.CheckConstraint(
            "char_length(address) BETWEEN 1 AND 400",
            name="ck_branches_address_length",
        ),
        sa.CheckConstraint("code ~ '^[A-Z]{3}$'", name="ck_branches_code_pattern"),
        sa.CheckConstraint(
            "char_length(name) BETWEEN 1 AND 120",
            name="ck_branches_name_length",
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
    opens_at: dt.time | None = Field(default=None, sa_column=sa.Column(sa.Time()))
    closes_at: dt.time | None = Field(default=None, sa_column=sa.Column(sa.Time()))
    code: BranchCode = Field(
        sa_column=sa.Column(
            sa.Text,
            nullable=False,
            comment="Short code of the branch",
        ),
    )
    name: BranchName = Field(sa_column=sa.Column(sa.Text, nullable=False))
    address: BranchAddress = Field(sa_column=sa.Column(sa.Text, nullable=False))

    copies: list["Copy"] = Relationship(back_populates="branch", passive_deletes="all")
    members: list["Member"] = Relationship(
        back_populates="branch",
        passive_deletes="all",
    )
    reservations: list["Reservation"] = Relationship(
        back_populates="branch",
        passive_deletes="all",
    )


class BranchCreate(BranchBase):
    """What a request says to create a branch."""


class BranchUpdate(Model):
    """What a request may change of a branch; what it leaves out stays."""

    name: BranchName | None = None
    address: BranchAddress | None = None
    opens_at: dt.time | None = None
    closes_at: dt.time | None = None

    _not_null = pydantic.field_validator("name", "address")(not_null)


class BranchPublic(BranchBase):
    """What a response shows of a branch."""

    id: int
    created_at: dt.datetime
    updated_at: dt.datetime
