"""How the tables and indexes of a database are laid out, as far as their size depends on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from colonnade.postgres.scale.statistics import Kind
from colonnade.postgres.session import Session
from colonnade.sql.identifier import quote

_ALIGNMENT_BYTES = {"c": 1, "s": 2, "i": 4, "d": 8}

# What the user made: nothing of Postgres's own, of extensions, or of another session.
USER_RELATION = """
    n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relpersistence <> 't'
    AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
"""

_TABLES = f"""
    SELECT c.oid::int8 AS oid, n.nspname AS namespace, c.relname AS name, c.relkind::text AS kind,
           pg_relation_filepath(c.oid) AS path, c.reloptions AS options,
           pg_get_partition_constraintdef(c.oid) AS partition_constraint,
           coalesce(pg_partition_root(c.oid)::int8, c.oid::int8) AS root,
           (SELECT array_agg(a ORDER BY 1) FROM unnest(p.partattrs::int2[]) a) AS partition_key
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_partitioned_table p ON p.partrelid = c.oid
    WHERE c.relkind IN ('r', 'p', 'm') AND {USER_RELATION}
    ORDER BY c.oid
"""  # noqa: S608 - put together from constants

_COLUMNS = f"""
    SELECT a.attrelid::int8 AS oid, a.attnum AS number, a.attname AS name, a.attlen AS length,
           a.attalign::text AS alignment, a.attstorage <> 'p' AS toastable,
           a.attisdropped AS dropped, a.attnotnull AS not_null, a.attgenerated <> '' AS generated,
           CASE WHEN NOT a.attisdropped THEN format_type(a.atttypid, a.atttypmod) END AS type,
           CASE WHEN l.collname <> 'default'
                THEN quote_ident(ln.nspname) || '.' || quote_ident(l.collname) END AS collation,
           t.typtype IN ('e', 'r', 'm') OR t.typcategory = 'A' OR EXISTS (
               SELECT FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod
               WHERE m.amname = 'btree' AND o.opcdefault AND o.opcintype = ANY(ARRAY[
                   t.oid, t.typbasetype, CASE t.typcategory WHEN 'S' THEN 'text'::regtype END])
           ) AS ordered
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_collation l ON l.oid = a.attcollation
    LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace
    WHERE c.relkind IN ('r', 'p', 'm') AND a.attnum > 0 AND {USER_RELATION}
    ORDER BY a.attrelid, a.attnum
"""  # noqa: S608 - put together from constants

_INDEXES = """
    SELECT c.oid::int8 AS oid, n.nspname AS namespace, c.relname AS name, c.relkind::text AS kind,
           i.indrelid::int8 AS table_oid, m.amname AS access_method, c.reloptions AS options,
           pg_relation_filepath(c.oid) AS path, i.indisunique AS is_unique,
           pg_get_expr(i.indpred, i.indrelid) AS predicate,
           (SELECT json_agg(json_build_object(
                'number', a.attnum, 'name', a.attname, 'attribute', i.indkey[a.attnum - 1],
                'key', a.attnum <= i.indnkeyatts, 'length', a.attlen, 'alignment', a.attalign,
                'operator_class', coalesce(o.opcname, ''),
                'expression', CASE WHEN i.indkey[a.attnum - 1] = 0
                                   THEN pg_get_indexdef(c.oid, a.attnum, true) ELSE '' END)
                ORDER BY a.attnum)
            FROM pg_attribute a
            LEFT JOIN pg_opclass o ON o.oid = CASE WHEN a.attnum <= i.indnkeyatts
                                                   THEN i.indclass[a.attnum - 1] END
            WHERE a.attrelid = c.oid) AS columns
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
    JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE t.relkind IN ('r', 'p', 'm') AND {condition}
    ORDER BY c.oid
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnLayout:
    """A column, in physical order; `length` is -1 for a type of varying width.

    `ordered` says whether its type has an order, without which there is no histogram.
    """

    number: int
    name: str
    type: str
    collation: str
    length: int
    alignment: int
    toastable: bool
    dropped: bool
    not_null: bool
    generated: bool
    ordered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLayout:
    """A table, partitioned table (without a file) or materialized view.

    `root` is the table at the top of its partition tree, itself when there is none.
    `partition_constraint` and `partition_key` (column numbers, 0 for an expression) are empty elsewhere.
    """

    oid: int
    namespace: str
    name: str
    kind: Kind
    path: str
    options: Mapping[str, str]
    root: int
    partition_constraint: str
    partition_key: tuple[int, ...]
    columns: tuple[ColumnLayout, ...]

    @property
    def qualified(self) -> str:
        """The quoted name with its namespace."""
        return f"{quote(self.namespace)}.{quote(self.name)}"

    def live_columns(self) -> tuple[ColumnLayout, ...]:
        """The columns that were not dropped."""
        return tuple(column for column in self.columns if not column.dropped)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexColumnLayout:
    """A column of an index: a table's column number, or 0 and an expression."""

    number: int
    name: str
    attribute: int
    expression: str
    key: bool
    length: int
    alignment: int
    operator_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexLayout:
    """An index or partitioned index (without a file)."""

    oid: int
    namespace: str
    name: str
    kind: Kind
    path: str
    options: Mapping[str, str]
    table_oid: int
    access_method: str
    is_unique: bool
    predicate: str
    columns: tuple[IndexColumnLayout, ...]

    def option(self, name: str, default: int) -> int:
        """Return a number among the storage parameters."""
        return int(self.options.get(name, default))


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseLayout:
    """The user's tables and indexes of a database, in the order they were made."""

    tables: tuple[TableLayout, ...]
    indexes: tuple[IndexLayout, ...]

    def table(self, oid: int) -> TableLayout:
        """Return the table with this oid."""
        return next(table for table in self.tables if table.oid == oid)


def read_layout(session: Session) -> DatabaseLayout:
    """Read the layout from the catalog."""
    columns: dict[int, list[ColumnLayout]] = {}
    for row in session.rows(_COLUMNS):
        columns.setdefault(row.pop("oid"), []).append(_column(row))
    return DatabaseLayout(
        tables=tuple(_table(row, tuple(columns.get(row["oid"], ()))) for row in session.rows(_TABLES)),
        indexes=read_indexes(session),
    )


def read_indexes(session: Session, *, only: Collection[int] | None = None) -> tuple[IndexLayout, ...]:
    """Read the layout of the indexes with these oids, of all by default."""
    if only is None:
        rows = session.rows(_INDEXES.format(condition=USER_RELATION))
    else:
        rows = session.rows(_INDEXES.format(condition="c.oid = ANY(%s::int8[]::oid[])"), (list(only),))
    return tuple(_index(row) for row in rows)


def _column(row: dict[str, Any]) -> ColumnLayout:
    """Read one column."""
    row["alignment"] = _ALIGNMENT_BYTES[row["alignment"]]
    row["type"] = row["type"] or ""
    row["collation"] = row["collation"] or ""
    row["ordered"] = bool(row["ordered"])
    return ColumnLayout(**row)


def _table(row: dict[str, Any], columns: tuple[ColumnLayout, ...]) -> TableLayout:
    """Read one table."""
    row["options"] = _options(row["options"])
    row["path"] = row["path"] or ""
    row["partition_constraint"] = row["partition_constraint"] or ""
    row["partition_key"] = tuple(row["partition_key"] or ())
    return TableLayout(**row, columns=columns)


def _index(row: dict[str, Any]) -> IndexLayout:
    """Read one index."""
    row["options"] = _options(row["options"])
    row["path"] = row["path"] or ""
    row["predicate"] = row["predicate"] or ""
    row["columns"] = tuple(
        IndexColumnLayout(**{**column, "alignment": _ALIGNMENT_BYTES[column["alignment"]]}) for column in row["columns"]
    )
    return IndexLayout(**row)


def _options(reloptions: list[str] | None) -> dict[str, str]:
    """Read storage parameters."""
    return dict(option.split("=", 1) for option in reloptions or ())
