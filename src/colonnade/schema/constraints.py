"""Constraints of a table. Expressions are SQL text; a catalog gives them in Postgres's spelling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ReferentialAction = Literal["NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrimaryKey:
    """The primary key; columns in key order.

    `without_overlaps` says that the last one is a range, of which two rows with the same rest may not share a point.
    `include` are columns that only its index carries, with `storage_parameters` of its own.
    """

    name: str
    columns: tuple[str, ...]
    without_overlaps: bool = False
    include: tuple[str, ...] = ()
    deferrable: bool = False
    initially_deferred: bool = False
    storage_parameters: tuple[tuple[str, str], ...] = ()
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique:
    """A UNIQUE constraint. A partial or expression unique is a unique `Index` instead."""

    name: str
    columns: tuple[str, ...]
    nulls_not_distinct: bool = False
    without_overlaps: bool = False
    include: tuple[str, ...] = ()
    deferrable: bool = False
    initially_deferred: bool = False
    storage_parameters: tuple[tuple[str, str], ...] = ()
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A CHECK constraint; `expression` without the word CHECK and its outer parentheses.

    One that is not `enforced` counts as validated: Postgres never looks.
    """

    name: str
    expression: str
    validated: bool = True
    enforced: bool = True
    no_inherit: bool = False
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """A foreign key of the referencing table it stands in.

    With `period` the last column on both sides is a range, and the referenced rows together must cover it. One that is
    not `enforced` counts as validated.
    """

    name: str
    columns: tuple[str, ...]
    referenced_table: str
    referenced_columns: tuple[str, ...]
    referenced_namespace: str = "public"
    on_delete: ReferentialAction = "NO ACTION"
    on_update: ReferentialAction = "NO ACTION"
    on_delete_columns: tuple[str, ...] = ()
    match_full: bool = False
    period: bool = False
    deferrable: bool = False
    initially_deferred: bool = False
    validated: bool = True
    enforced: bool = True
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusionElement:
    """`expression WITH operator` of an exclusion constraint.

    `expression` is SQL text as it stands there: a column, a call or an expression in parentheses, with its
    collation and operator class if they are not the default.
    """

    expression: str
    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """An EXCLUDE constraint."""

    name: str
    method: str
    elements: tuple[ExclusionElement, ...]
    predicate: str | None = None
    include: tuple[str, ...] = ()
    deferrable: bool = False
    initially_deferred: bool = False
    storage_parameters: tuple[tuple[str, str], ...] = ()
    comment: str | None = None


Constraint = PrimaryKey | Unique | Check | ForeignKey | Exclusion
