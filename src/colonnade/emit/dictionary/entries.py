"""What the dictionary says of one object."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.design.decision import Rejected
from colonnade.schema import Constraint, ObjectName, Table
from colonnade.span import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnEntry:
    """A column; `facts` are the lines of the spec that ask for it.

    `meaning` is its description, else what its role and values say.
    """

    object: ObjectName
    name: str
    type: str
    null: bool
    default: str
    meaning: str
    key: bool
    referenced_table: str
    facts: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstraintEntry:
    """A constraint; `rule` is its SQL without the name."""

    object: ObjectName
    name: str
    rule: str
    constraint: Constraint
    reason: str
    facts: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """An index; `patterns` are the ids of the access patterns that it serves."""

    object: ObjectName
    name: str
    definition: str
    unique: bool
    patterns: tuple[str, ...]
    reason: str
    facts: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationshipEntry:
    """A foreign key of the table: how many rows refer to how many, how it is mapped, what a deletion does."""

    object: ObjectName
    constraint: str
    columns: tuple[str, ...]
    referenced_table: str
    cardinality: str
    on_delete: str
    mapped: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramEntry:
    """A trigger or policy."""

    object: ObjectName
    kind: str
    name: str
    definition: str
    reason: str
    facts: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedDecision:
    """Decisions that chose the same for the same reason, about one or more subjects."""

    topic: str
    subjects: tuple[str, ...]
    choice: str
    reason: str
    rejected: tuple[Rejected, ...]
    source: str
    asked: str
    facts: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableEntry:
    """A table. `rows` is the volume planned for, None where none is known; `class_name` the class that maps it."""

    object: ObjectName
    table: Table
    purpose: str
    rows: int | None
    class_name: str
    columns: tuple[ColumnEntry, ...]
    constraints: tuple[ConstraintEntry, ...]
    indexes: tuple[IndexEntry, ...]
    relationships: tuple[RelationshipEntry, ...]
    programs: tuple[ProgramEntry, ...]
    decisions: tuple[GroupedDecision, ...]
