"""Constraints of a table. Expressions are SQL text; a catalog gives them in Postgres's spelling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ReferentialAction = Literal["NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrimaryKey:
    """The primary key; columns in key order."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique:
    """A UNIQUE constraint. A partial or expression unique is a unique `Index` instead."""

    name: str
    columns: tuple[str, ...]
    nulls_not_distinct: bool = False
    deferrable: bool = False
    initially_deferred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A CHECK constraint; `expression` without the word CHECK and its outer parentheses."""

    name: str
    expression: str
    validated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """A foreign key of the referencing table it stands in."""

    name: str
    columns: tuple[str, ...]
    referenced_table: str
    referenced_columns: tuple[str, ...]
    referenced_namespace: str = "public"
    on_delete: ReferentialAction = "NO ACTION"
    on_update: ReferentialAction = "NO ACTION"
    on_delete_columns: tuple[str, ...] = ()
    deferrable: bool = False
    initially_deferred: bool = False
    validated: bool = True


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
    deferrable: bool = False
    initially_deferred: bool = False


Constraint = PrimaryKey | Unique | Check | ForeignKey | Exclusion
