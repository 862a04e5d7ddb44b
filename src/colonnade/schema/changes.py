"""What makes one schema into another: each change one value, with the objects before and after it."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.schema.constraints import Check, Constraint, ForeignKey
from colonnade.schema.indexes import Index
from colonnade.schema.members import Definition, Member, Relation
from colonnade.schema.programs import Function, Grant
from colonnade.schema.tables import Column, Table
from colonnade.schema.types import CompositeType, Domain, EnumType, Extension, NamedType, Namespace, Sequence, View

Granted = Namespace | NamedType | Sequence | Function | Table | View
"""What has an owner and privileges of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """An object that only the second schema has; `table` is the table or view that it belongs to.

    A table is created with its columns and with the constraints that its CREATE TABLE can hold; everything else
    that belongs to it is a change of its own. A comment comes with its object.
    """

    value: Definition | Member
    table: Relation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """An object that only the first schema has, or that must make way for another one of its name.

    What goes with it (the indexes of a table or view, the sequence that a column owns) is no change of its own.
    """

    value: Definition | Member
    table: Relation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """An object that keeps everything but its name; `value` is the object before, `name` the new one."""

    value: Table | View | Column | Constraint | Index | Sequence
    name: str
    table: Relation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetComment:
    """Another comment; `value` is the object after the change, None in it removes the comment."""

    value: Definition | Member
    table: Relation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterColumnType:
    """Another type or collation. `using` is how a value is converted, empty where Postgres knows by itself."""

    table: Table
    before: Column
    after: Column
    using: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetColumnDefault:
    """Another DEFAULT, None where there is none any more."""

    table: Table
    column: str
    default: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetNotNull:
    """A column that may no longer be NULL."""

    table: Table
    after: Column


@dataclass(frozen=True, slots=True, kw_only=True)
class DropNotNull:
    """A column that may be NULL from now on."""

    table: Table
    before: Column


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameNotNull:
    """Another name of a NOT NULL constraint."""

    table: Table
    before: Column
    after: Column


@dataclass(frozen=True, slots=True, kw_only=True)
class SetIdentity:
    """A column that becomes an identity column, stops being one, or is one of the other kind."""

    table: Table
    before: Column
    after: Column


@dataclass(frozen=True, slots=True, kw_only=True)
class SetIdentityOptions:
    """Other values that an identity column gives."""

    table: Table
    before: Column
    after: Column


@dataclass(frozen=True, slots=True, kw_only=True)
class SetGenerationExpression:
    """Another expression of a generated column, or none: then the values stay as they are."""

    table: Table
    after: Column


@dataclass(frozen=True, slots=True, kw_only=True)
class SetColumnSettings:
    """Another storage, compression, statistics target or options of a column."""

    table: Table
    before: Column
    after: Column


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateConstraint:
    """A constraint that from now on holds for the rows that were there before it, too."""

    table: Table
    constraint: Check | ForeignKey


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDeferrability:
    """A foreign key that is checked at another time."""

    table: Table
    after: ForeignKey


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRowSecurity:
    """Row-level security turned on or off, for all but the owner or also for the owner."""

    before: Table
    after: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStorageParameters:
    """Other storage parameters of a table or an index."""

    before: Table | Index
    after: Table | Index
    table: Relation


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOwner:
    """Another owner; `value` is the object after the change."""

    value: Granted


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantPrivileges:
    """Privileges that a role gets, or that it may grant to others from now on."""

    on: Granted
    grant: Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokePrivileges:
    """Privileges that a role loses; with `only_option` it keeps them, and may no longer grant them to others."""

    on: Granted
    grant: Grant
    only_option: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AddEnumValue:
    """A new value of an enum; it stands before `before`, at the end where that is empty."""

    enum: EnumType
    value: str
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameEnumValue:
    """A value of an enum that keeps its place and its rows under another name."""

    enum: EnumType
    value: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceType:
    """A type that cannot become the other one, like an enum that loses values: the columns are converted."""

    before: NamedType
    after: NamedType


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterDomain:
    """Another default, nullability or other checks of a domain over the same type."""

    before: Domain
    after: Domain


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterCompositeType:
    """Attributes that a composite type loses, that it gets at its end, or that have another comment."""

    before: CompositeType
    after: CompositeType


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterSequence:
    """Another type, start, increment or other numbers of a sequence."""

    before: Sequence
    after: Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSequence:
    """A sequence that the column which owns it lets go; `sequence` is the one before."""

    sequence: Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSequence:
    """A sequence that a column owns from now on."""

    sequence: Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceFunction:
    """Another body or other properties of a function with the same arguments and result."""

    before: Function
    after: Function


@dataclass(frozen=True, slots=True, kw_only=True)
class SetExtensionNamespace:
    """An extension whose objects stand elsewhere."""

    after: Extension


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """A table of another product that the second schema references and the first lacks, made unless it is there."""

    table: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRole:
    """A role that only the second schema's policies and privileges are for; made unless the server has it."""

    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaid:
    """Something that a schema cannot say and only one of the two databases has: `added` is the second's."""

    note: str
    added: bool


Change = (
    Create
    | Drop
    | Rename
    | SetComment
    | AlterColumnType
    | SetColumnDefault
    | SetNotNull
    | DropNotNull
    | RenameNotNull
    | SetIdentity
    | SetIdentityOptions
    | SetGenerationExpression
    | SetColumnSettings
    | ValidateConstraint
    | SetDeferrability
    | SetRowSecurity
    | SetStorageParameters
    | SetOwner
    | GrantPrivileges
    | RevokePrivileges
    | AddEnumValue
    | RenameEnumValue
    | ReplaceType
    | AlterDomain
    | AlterCompositeType
    | AlterSequence
    | ReleaseSequence
    | OwnSequence
    | ReplaceFunction
    | SetExtensionNamespace
    | StandIn
    | NameRole
    | Unsaid
)
