"""What all models share."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar, TypeVar

import pydantic
import sqlalchemy as sa
from sqlalchemy.orm import declared_attr
from sqlmodel import SQLModel

# Names for what is added without one. A CHECK has no columns to be named after: name
# it where it stands.
SQLModel.metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}

EnumT = TypeVar("EnumT", bound=StrEnum)

Name = Annotated[str, pydantic.StringConstraints(min_length=1, max_length=200)]


class Model(SQLModel):
    """The base of every class."""

    __tablename__: ClassVar[str]  # pyright: ignore[reportIncompatibleVariableOverride]

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        """Let what the server fills in come back with the statement that wrote the row.

        An `AsyncSession` could not fetch it later.
        """
        return {"eager_defaults": True}

    @classmethod
    def __table_cls__(
        cls, name: str, metadata: sa.MetaData, *parts: Any, **options: Any
    ) -> sa.Table:
        """Return the table with its columns in the order in which its class lists them.

        SQLAlchemy would put those first that the class shares with its base.
        """
        listed = [cls.__dict__.get(attribute) for attribute in cls.__annotations__]
        places = {id(column): place for place, column in enumerate(listed)}
        columns = [part for part in parts if isinstance(part, sa.Column)]
        columns.sort(key=lambda column: places.get(id(column), len(places)))
        others = [part for part in parts if not isinstance(part, sa.Column)]
        return sa.Table(name, metadata, *columns, *others, **options)


class TextEnum(sa.TypeDecorator[EnumT]):
    """An enum stored as text; a CHECK of the table holds its values."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, members: type[EnumT]) -> None:
        """Map a column to the members of an enum."""
        super().__init__()
        self.members = members

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        """Return what is stored for a member."""
        return None if value is None else str(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> EnumT | None:
        """Return the member for what is stored."""
        return None if value is None else self.members(value)


def not_null(value: Any) -> Any:
    """Refuse a null for what a change may leave out: its column has none."""
    if value is None:
        raise ValueError("leave it out to let it stay; it cannot be null")
    return value


def owned_tables() -> list[sa.Table]:
    """Return the tables that are ours to create; other products create the rest."""
    tables = SQLModel.metadata.tables.values()
    return [table for table in tables if not table.info.get("external")]
