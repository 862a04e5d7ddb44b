"""Constraints of tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from colonnade.postgres.introspection.comments import Comments
from colonnade.postgres.introspection.indexes import IndexRow, written_keys
from colonnade.postgres.introspection.reading import Query, Reading
from colonnade.postgres.introspection.relations import Columns, OidArray, oid_array, split_options
from colonnade.postgres.introspection.spelling import bare, settled
from colonnade.schema import (
    Check,
    Exclusion,
    ExclusionElement,
    ForeignKey,
    PrimaryKey,
    ReferentialAction,
    Unique,
)

# conparentid is set for what a partition has because its parent has it.
_CONSTRAINTS = """
SELECT c.oid::int8, c.conrelid::int8, c.conname, c.contype::text, c.conkey, c.condeferrable, c.condeferred,
       c.convalidated, pg_get_expr(c.conbin, c.conrelid),
       c.confrelid::int8, c.confkey, c.confdeltype::text, c.confupdtype::text, {delete_columns},
       c.conindid::int8, c.confmatchtype = 'f', {period}, {enforced}, c.connoinherit
FROM pg_constraint c
WHERE c.conrelid = ANY (%s::oid[]) AND c.contype IN ('p', 'u', 'c', 'f', 'x') AND c.conparentid = 0
"""

_EXCLUSIONS = """
SELECT c.conindid::int8, m.amname, pg_get_indexdef(c.conindid), pg_get_expr(i.indpred, i.indrelid),
       ARRAY(
           SELECT CASE WHEN pg_operator_is_visible(o.oid) THEN o.oprname
                       ELSE format('OPERATOR(%%I.%%s)', s.nspname, o.oprname) END
           FROM unnest(c.conexclop) WITH ORDINALITY AS k (operator, n)
           JOIN pg_operator o ON o.oid = k.operator
           JOIN pg_namespace s ON s.oid = o.oprnamespace
           ORDER BY k.n)
FROM pg_constraint c
JOIN pg_index i ON i.indexrelid = c.conindid
JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_am m ON m.oid = x.relam
WHERE c.conindid = ANY (%s::oid[]) AND c.contype = 'x'
"""

_ACTIONS: Mapping[str, ReferentialAction] = {
    "a": "NO ACTION",
    "r": "RESTRICT",
    "c": "CASCADE",
    "n": "SET NULL",
    "d": "SET DEFAULT",
}


_WITH_PERIODS = 180000


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstraintIndex:
    """What the index of a constraint has beside the constraint's own columns."""

    include: tuple[str, ...] = ()
    nulls_not_distinct: bool = False
    storage_parameters: tuple[tuple[str, str], ...] = ()


_PLAIN_INDEX = ConstraintIndex()


@dataclass(slots=True)
class TableConstraints:
    """The constraints of one table while they are collected."""

    primary_key: PrimaryKey | None = None
    uniques: list[Unique] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    exclusions: list[Exclusion] = field(default_factory=list)


class ConstraintRow(NamedTuple):
    """A row of pg_constraint, in the order of the query, and the comment."""

    oid: int
    table: int
    name: str
    kind: str
    key: list[int] | None
    deferrable: bool
    deferred: bool
    validated: bool
    expression: str | None
    referenced_table: int
    referenced_key: list[int] | None
    on_delete: str
    on_update: str
    on_delete_key: list[int] | None
    index_oid: int
    match_full: bool
    period: bool
    enforced: bool
    no_inherit: bool
    comment: str | None

    @property
    def owns_index(self) -> bool:
        """Whether the index is the constraint's own; that of a foreign key belongs to what it references."""
        return self.kind in ("p", "u", "x")


def read_constraints(oids: OidArray, comments: Callable[[], Comments], *, version: int) -> Reading[list[ConstraintRow]]:
    """Return the rows of all constraints of these tables, but NOT NULL; `version` is the server's."""
    query = _CONSTRAINTS.format(
        delete_columns="c.confdelsetcols" if version >= 150000 else "NULL::int2[]",
        period="c.conperiod" if version >= _WITH_PERIODS else "false",
        enforced="c.conenforced" if version >= _WITH_PERIODS else "true",
    )
    rows = yield Query(query, (oids,))
    comment_of = comments().get
    return [ConstraintRow._make((*row, comment_of(row[0]))) for row in rows]


def constraint_indexes(rows: Iterable[IndexRow], columns: Columns) -> Mapping[int, ConstraintIndex]:
    """Return these indexes, all of constraints, by their oid."""
    return {
        row.oid: ConstraintIndex(
            include=_names(columns, row.table, row.attributes[row.key_length :]),
            nulls_not_distinct=row.nulls_not_distinct,
            storage_parameters=split_options(row.parameters or ()),
        )
        for row in rows
    }


def read_exclusions(
    rows: list[ConstraintRow], indexes: Mapping[int, ConstraintIndex]
) -> Reading[Mapping[int, Exclusion]]:
    """Return the exclusion constraints among the rows by their index, which alone has their elements."""
    by_index = {row.index_oid: row for row in rows if row.kind == "x"}
    found = yield Query(_EXCLUSIONS, (oid_array(by_index),))
    return {oid: _exclusion(by_index[oid], indexes.get(oid, ConstraintIndex()), *details) for oid, *details in found}


def collect(
    rows: list[ConstraintRow],
    columns: Columns,
    *,
    names: Mapping[int, tuple[str, str]],
    exclusions: Mapping[int, Exclusion],
    indexes: Mapping[int, ConstraintIndex],
) -> Mapping[int, TableConstraints]:
    """Return the constraints by table.

    `names` gives namespace and name of a referenced table, `exclusions` what `read_exclusions` found, `indexes` what
    `constraint_indexes` did.
    """
    found: dict[int, TableConstraints] = defaultdict(TableConstraints)
    for row in rows:
        table = found[row.table]
        # That of an exclusion has zeros for its expressions.
        key = _names(columns, row.table, row.key) if row.kind in ("p", "u", "f") else ()
        index = indexes.get(row.index_oid, _PLAIN_INDEX)
        match row.kind:
            case "p":
                table.primary_key = _primary_key(row, key, index)
            case "u":
                table.uniques.append(_unique(row, key, index))
            case "c":
                table.checks.append(_check(row))
            case "f":
                table.foreign_keys.append(_foreign_key(row, key, columns, names))
            case _:
                table.exclusions.append(exclusions[row.index_oid])
    return found


def _primary_key(row: ConstraintRow, key: tuple[str, ...], index: ConstraintIndex) -> PrimaryKey:
    return PrimaryKey(
        name=row.name,
        columns=key,
        without_overlaps=row.period,
        include=index.include,
        deferrable=row.deferrable,
        initially_deferred=row.deferred,
        storage_parameters=index.storage_parameters,
        comment=row.comment,
    )


def _unique(row: ConstraintRow, key: tuple[str, ...], index: ConstraintIndex) -> Unique:
    return Unique(
        name=row.name,
        columns=key,
        nulls_not_distinct=index.nulls_not_distinct,
        without_overlaps=row.period,
        include=index.include,
        deferrable=row.deferrable,
        initially_deferred=row.deferred,
        storage_parameters=index.storage_parameters,
        comment=row.comment,
    )


def _check(row: ConstraintRow) -> Check:
    return Check(
        name=row.name,
        expression=bare(row.expression) or "",
        validated=row.validated or not row.enforced,
        enforced=row.enforced,
        no_inherit=row.no_inherit,
        comment=row.comment,
    )


def _foreign_key(
    row: ConstraintRow, key: tuple[str, ...], columns: Columns, names: Mapping[int, tuple[str, str]]
) -> ForeignKey:
    namespace, name = names[row.referenced_table]
    return ForeignKey(
        name=row.name,
        columns=key,
        referenced_namespace=namespace,
        referenced_table=name,
        referenced_columns=_names(columns, row.referenced_table, row.referenced_key),
        on_delete=_ACTIONS[row.on_delete],
        on_update=_ACTIONS[row.on_update],
        on_delete_columns=_names(columns, row.table, row.on_delete_key),
        match_full=row.match_full,
        period=row.period,
        deferrable=row.deferrable,
        initially_deferred=row.deferred,
        validated=row.validated or not row.enforced,
        enforced=row.enforced,
        comment=row.comment,
    )


def _exclusion(
    row: ConstraintRow,
    index: ConstraintIndex,
    method: str,
    definition: str,
    predicate: str | None,
    operators: list[str],
) -> Exclusion:
    return Exclusion(
        name=row.name,
        method=method,
        elements=tuple(
            ExclusionElement(expression=settled(expression), operator=operator)
            for expression, operator in zip(written_keys(definition), operators, strict=True)
        ),
        predicate=bare(predicate),
        include=index.include,
        deferrable=row.deferrable,
        initially_deferred=row.deferred,
        storage_parameters=index.storage_parameters,
        comment=row.comment,
    )


def _names(columns: Columns, table: int, numbers: list[int] | None) -> tuple[str, ...]:
    if not numbers:
        return ()
    held = columns[table]
    return tuple([held[number].value.name for number in numbers])
