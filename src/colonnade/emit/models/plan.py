"""What the emitted package holds: one model a table, its fields, its relationships."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic.alias_generators import to_camel

from colonnade.emit.models.code import Keyword, Node
from colonnade.schema import Column, Table
from colonnade.spec import Attribute, Entity


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumPlan:
    """An enum class; `members` are names and stored values."""

    name: str
    members: tuple[tuple[str, str], ...]
    docstring: str

    def member(self, value: str) -> str | None:
        """Return the expression for a stored value, None when it is no member."""
        for name, stored in self.members:
            if stored == value:
                return f"{self.name}.{name}"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasPlan:
    """A named, constrained type (`TaskTitle = Annotated[str, …]`)."""

    name: str
    type: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPlan:
    """A column as a field.

    `annotation` is of a value that is there. `default` is what a writer who says nothing writes, as
    code; `default_factory` likewise. `filled` says that the server gives a value to a row without one,
    `fetched` that a trigger changes it on update. `rank` is its place in the spec. `create`, `update` and
    `public` say in which of the classes for requests and responses it appears; `create_requires` and
    `update_requires` that the contract lets no such request go without. `said` is the contract's own name.
    """

    column: Column
    attribute: str
    annotation: str
    sql_type: Node
    default: str = ""
    default_factory: str = ""
    filled: bool = False
    filled_by_trigger: bool = False
    fetched: bool = False
    spec: Attribute | None = None
    rank: int = 0
    create: bool = False
    update: bool = False
    public: bool = True
    create_requires: bool = False
    update_requires: bool = False
    said: str = ""

    @property
    def optional(self) -> bool:
        """Whether the value may be absent, be it until the server has filled it."""
        return not self.column.not_null or (self.filled and not (self.default or self.default_factory))

    @property
    def renamed(self) -> bool:
        """Whether Python cannot use the column's name."""
        return self.attribute != self.column.name

    @property
    def alike(self) -> bool:
        """Whether requests and responses say the same of the field's value."""
        optional = self.optional and not self.create_requires
        return self.create and self.public and not (self.column.not_null and optional)


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPlan:
    """A password as requests carry it: those that create, those that change, or both."""

    attribute: str
    annotation: str
    create: bool = True
    update: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationPlan:
    """One side of a relationship."""

    attribute: str
    target: str
    many: bool
    optional: bool
    arguments: tuple[Keyword, ...]
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPlan:
    """A table and the classes for it."""

    table: Table
    class_name: str
    module: str
    fields: tuple[FieldPlan, ...]
    entity: Entity | None = None
    relations: tuple[RelationPlan, ...] = ()
    enums: tuple[EnumPlan, ...] = ()
    aliases: tuple[AliasPlan, ...] = ()
    passwords: tuple[PasswordPlan, ...] = ()
    version: str = ""
    server_version: bool = False
    camel_case: bool = False

    def alias(self, field: FieldPlan) -> str:
        """Return what requests and responses call a field, "" where its attribute says so already."""
        wanted = field.said or (field.column.name if field.renamed else "")
        natural = to_camel(field.attribute) if self.camel_case else field.attribute
        return wanted if wanted != natural else ""

    def in_base(self, field: FieldPlan) -> bool:
        """Whether requests and responses share the field's declaration."""
        return field.alike and not self.alias(field)

    @property
    def by_rank(self) -> tuple[FieldPlan, ...]:
        """The fields in the order of the spec, for requests and responses; the table packs them otherwise."""
        return tuple(sorted(self.fields, key=lambda field: field.rank))

    def attribute_of(self, column: str) -> str:
        """Return the attribute that maps the column."""
        return next(each.attribute for each in self.fields if each.column.name == column)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagePlan:
    """The whole package."""

    models: tuple[ModelPlan, ...]
    enums: tuple[EnumPlan, ...] = ()
    aliases: tuple[AliasPlan, ...] = field(default=())

    def model(self, table: str, namespace: str) -> ModelPlan:
        """Return the model of a table; raises KeyError when there is none."""
        for model in self.models:
            if (model.table.namespace, model.table.name) == (namespace, table):
                return model
        raise KeyError(table)
