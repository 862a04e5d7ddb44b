"""The modules that every package has: `base.py`, `enums.py`, `__init__.py`."""

from __future__ import annotations

from colonnade.emit.models.code import Text, items, printed
from colonnade.emit.models.entity import enum_lines
from colonnade.emit.models.imports import import_lines, local_imports
from colonnade.emit.models.names import sort_key
from colonnade.emit.models.plan import PackagePlan
from colonnade.emit.models.text import block

_CONVENTION = """
# Names for what is added without one. A CHECK has no columns to be named after: name
# it where it stands.
SQLModel.metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}
"""
_CAMEL_CASE = """
# How the API spells names: what a program calls due_at, a request calls dueAt.
CAMEL_CASE = SQLModel.model_config.copy()
CAMEL_CASE["alias_generator"] = to_camel
CAMEL_CASE["populate_by_name"] = True
"""
_MODEL = '''
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
'''
_TEXT_ENUM = '''
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
'''
_CITEXT_ARRAY = '''
class CitextArray(sa.TypeDecorator[list[str]]):
    """A list of texts compared without case; drivers read it as plain texts."""

    impl = pg.ARRAY(pg.CITEXT)
    cache_ok = True

    def column_expression(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Return what is selected for the column."""
        return sa.cast(column, pg.ARRAY(sa.Text))
'''
_POSTGRES_TYPE = '''
class PostgresType(sa.types.UserDefinedType[Any]):
    """A type of the database by its name."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        """Use the type of this name."""
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        """Return the name."""
        return self.name
'''
_STORED_VALUES = '''
def stored_values(members: type[StrEnum]) -> list[str]:
    """Return what is stored for the members of an enum."""
    return [member.value for member in members]
'''
_NOT_NULL = '''
def not_null(value: Any) -> Any:
    """Refuse a null for what a change may leave out: its column has none."""
    if value is None:
        raise ValueError("leave it out to let it stay; it cannot be null")
    return value
'''
_OWNED = '''
def owned_tables() -> list[sa.Table]:
    """Return the tables that are ours to create; other products create the rest."""
    tables = SQLModel.metadata.tables.values()
    return [table for table in tables if not table.info.get("external")]
'''


def base_module(package: PackagePlan, modules: str) -> str:
    """Return the text of `base.py`; `modules` is the text of the others, which shows what they need."""
    body = _CONVENTION.strip("\n").split("\n")
    if "CAMEL_CASE" in modules:
        body += ["", *_CAMEL_CASE.strip("\n").split("\n")]
    parts = [_MODEL]
    if "TextEnum(" in modules:
        body += ["", 'EnumT = TypeVar("EnumT", bound=StrEnum)']
        parts.append(_TEXT_ENUM)
    for alias in package.aliases:
        body += ["", *printed(alias.type, before=f"{alias.name} = ")]
    parts += [_CITEXT_ARRAY] if "CitextArray" in modules else []
    parts += [_POSTGRES_TYPE] if "PostgresType(" in modules else []
    parts += [_STORED_VALUES] if "stored_values" in modules else []
    parts += [_NOT_NULL] if "(not_null)" in modules else []
    for part in (*parts, _OWNED):
        body += ["", "", *part.strip("\n").split("\n")]
    return "\n".join(['"""What all models share."""', "", *import_lines(body, local={}), "", *body]) + "\n"


def enums_module(package: PackagePlan) -> str:
    """Return the text of `enums.py`, which mirrors the enum types of the database."""
    body: list[str] = []
    for enum in package.enums:
        body += [*([] if not body else ["", ""]), *enum_lines(enum)]
    heading = ['"""The enum types of the database; members in the order in which they sort."""', ""]
    return "\n".join([*heading, *import_lines(body, local={}), "", "", *body]) + "\n"


def package_module(package: PackagePlan, *, name: str) -> str:
    """Return the text of `__init__.py`: every table class, and `owned_tables`."""
    classes = {model.class_name: model.module for model in package.models} | {"owned_tables": "base"}
    names = sorted(classes, key=sort_key)
    lines = [*block(_package_docstring(package, name), indent=0), ""]
    lines.append("from . import database_objects as database_objects")
    lines += local_imports(classes)
    return "\n".join([*lines, "", *printed(items([Text(each) for each in names], "[]"), before="__all__ = ")]) + "\n"


def _package_docstring(package: PackagePlan, name: str) -> str:
    """Return what a reader of the package must know, with one of its own relationships as the example."""
    about = f"The models of {name.rstrip('.')}."
    example = next(
        (f"{each.class_name}.{each.relations[0].attribute}" for each in package.models if each.relations), ""
    )
    if not example:
        return about
    return (
        f"{about} Relationships load when they are first touched, which an `AsyncSession` cannot do: name there what"
        f" to load, as in `select({example.partition('.')[0]}).options(selectinload({example}))`."
    )
