"""Indexes that no constraint owns, and extended statistics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexKey:
    """One key: a column, or an expression; never both.

    `operator_class` (SQL text, with its parameters if it has any) and `collation` are empty when they are the
    type's default. NULLS order is said
    only where it differs from the default (NULLS LAST ascending, NULLS FIRST descending).
    """

    column: str = ""
    expression: str = ""
    descending: bool = False
    nulls_first: bool | None = None
    operator_class: str = ""
    collation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index; `storage_parameters` as sorted pairs (`fillfactor`, `pages_per_range`, …)."""

    name: str
    keys: tuple[IndexKey, ...]
    method: str = "btree"
    unique: bool = False
    nulls_not_distinct: bool = False
    include: tuple[str, ...] = ()
    predicate: str | None = None
    storage_parameters: tuple[tuple[str, str], ...] = ()
    comment: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The key columns in order; an expression key is left out."""
        return tuple(key.column for key in self.keys if key.column)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedStatistics:
    """What CREATE STATISTICS makes, in a namespace that need not be the table's.

    `kinds` are sorted; none for an expression alone, which has no other. `target` is -1 for the server's own.
    """

    name: str
    expressions: tuple[str, ...]
    namespace: str = "public"
    kinds: tuple[Literal["dependencies", "mcv", "ndistinct"], ...] = ()
    target: int = -1
    comment: str | None = None
