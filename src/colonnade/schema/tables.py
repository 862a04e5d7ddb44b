"""Tables and their columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Literal

from colonnade.schema.constraints import (
    Check,
    Constraint,
    Exclusion,
    ForeignKey,
    PrimaryKey,
    Unique,
)
from colonnade.schema.indexes import ExtendedStatistics, Index
from colonnade.schema.programs import Grant, Policy, Trigger
from colonnade.schema.types import USUAL_VALUES, SequenceOptions
from colonnade.sql.identifier import qualified


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column. `type` is spelled as `format_type` does (`timestamp with time zone`).

    `default` is the SQL DEFAULT; `generated` the expression of a generated column, which then has
    no default. `identity_options` are those of an identity column's sequence, whose type is the column's.
    `collation` is empty when it is the type's own. `not_null_name` is what the NOT NULL constraint is
    called, empty where Postgres chose the name, as before Postgres 18 it did always. `storage` and `compression` are
    empty where they are the type's or the server's own, as is a `statistics_target` of -1; `options` are what ANALYZE
    takes instead of what it finds (`n_distinct`).
    """

    name: str
    type: str
    not_null: bool = False
    default: str | None = None
    identity: Literal["", "ALWAYS", "BY DEFAULT"] = ""
    identity_options: SequenceOptions = USUAL_VALUES
    generated: str | None = None
    stored: bool = True
    collation: str = ""
    not_null_name: str = ""
    storage: Literal["", "PLAIN", "EXTERNAL", "EXTENDED", "MAIN"] = ""
    compression: Literal["", "pglz", "lz4"] = ""
    statistics_target: int = -1
    options: tuple[tuple[str, str], ...] = ()
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionKey:
    """How a partitioned table is split; `keys` are column names, or expressions where no column is called so."""

    strategy: Literal["RANGE", "LIST", "HASH"]
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """A partition; `bound` as `FOR VALUES …` or `DEFAULT`."""

    name: str
    bound: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; columns in physical order, everything else sorted by name.

    `external` says that another product owns the table (an identity provider's users): it is a
    target of foreign keys, never created, and only the columns that we rely on are listed.
    """

    name: str
    columns: tuple[Column, ...]
    namespace: str = "public"
    primary_key: PrimaryKey | None = None
    uniques: tuple[Unique, ...] = ()
    checks: tuple[Check, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    indexes: tuple[Index, ...] = ()
    statistics: tuple[ExtendedStatistics, ...] = ()
    policies: tuple[Policy, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    owner: str = ""
    grants: tuple[Grant, ...] = ()
    row_security: bool = False
    force_row_security: bool = False
    partition_key: PartitionKey | None = None
    partitions: tuple[Partition, ...] = ()
    storage_parameters: tuple[tuple[str, str], ...] = ()
    comment: str | None = None
    external: bool = False

    @property
    def identifier(self) -> str:
        """The quoted name, qualified unless it is in `public`."""
        return qualified(self.namespace, self.name)

    @property
    def constraints(self) -> Iterator[Constraint]:
        """Every constraint: primary key first, then by kind and name."""
        if self.primary_key:
            yield self.primary_key
        yield from self.uniques
        yield from self.checks
        yield from self.foreign_keys
        yield from self.exclusions

    def stands_in_create_table(self, constraint: Constraint) -> bool:
        """Tell whether the table's CREATE TABLE can hold the constraint.

        There Postgres takes every CHECK and foreign key for valid, and of two constraints that would have the
        same index it keeps the first only.
        """
        if isinstance(constraint, Check | ForeignKey):
            return constraint.validated
        earlier = takewhile(lambda other: other is not constraint, self.constraints)
        return _index_shape(constraint) not in map(_index_shape, earlier)

    def column(self, name: str) -> Column:
        """Return the column; raises KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def has_column(self, name: str) -> bool:
        """Tell whether there is such a column."""
        return any(column.name == name for column in self.columns)


def _index_shape(constraint: Constraint) -> object:
    """Return what two constraints with the same index agree on, itself for one without an index."""
    match constraint:
        case PrimaryKey() | Unique():
            nulls = isinstance(constraint, Unique) and constraint.nulls_not_distinct
            moment = constraint.deferrable, constraint.initially_deferred
            return constraint.columns, constraint.include, constraint.without_overlaps, nulls, *moment
        case Exclusion():
            return replace(constraint, name="", comment=None, storage_parameters=())
        case _:
            return constraint
