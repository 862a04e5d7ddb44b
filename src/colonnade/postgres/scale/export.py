"""Statistics taken from a database with rows in it; no table is read, only catalogs and index ends."""

from __future__ import annotations

from typing import Any

from colonnade.postgres.scale.layout import USER_RELATION
from colonnade.postgres.scale.statistics import (
    ColumnRange,
    ColumnStatistics,
    DatabaseStatistics,
    ExtendedStatistics,
    GinCounts,
    RelationStatistics,
)
from colonnade.postgres.session import Session
from colonnade.sql.identifier import quote

_FROZEN_SINCE = 180000
_RANGES_SINCE = 170000
_BLOCK_SETTING = "SELECT current_setting('block_size')::int"

_RELATIONS = f"""
    SELECT n.nspname AS namespace, c.relname AS name, c.relkind::text AS kind, c.relpages,
           c.reltuples::float8 AS reltuples, c.relallvisible, {{frozen}} AS relallfrozen,
           coalesce(m.amname, '') AS access_method,
           CASE WHEN c.relkind IN ('r', 'm', 'i') THEN pg_relation_size(c.oid) / %s ELSE 0 END
               AS blocks
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am m ON m.oid = c.relam
    WHERE c.relkind IN ('r', 'm', 'i', 'p', 'f') AND {USER_RELATION}
    ORDER BY c.oid
"""  # noqa: S608 - put together from constants

_COLUMNS = f"""
    SELECT s.schemaname AS namespace, s.tablename AS relation, s.attname AS name, s.inherited,
           CASE WHEN c.relkind IN ('i', 'I') THEN a.attnum END AS index_attribute,
           s.null_frac::float8 AS null_frac, s.avg_width, s.n_distinct::float8 AS n_distinct,
           s.most_common_vals::text, s.most_common_freqs::float8[],
           s.histogram_bounds::text, s.correlation::float8,
           s.most_common_elems::text, s.most_common_elem_freqs::float8[],
           s.elem_count_histogram::float8[] {{ranges}}
    FROM pg_stats s JOIN pg_namespace n ON n.nspname = s.schemaname
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s.tablename
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname
    WHERE {USER_RELATION}
    ORDER BY c.oid, a.attnum, s.inherited
"""  # noqa: S608 - put together from constants
_RANGE_COLUMNS = """,
    s.range_length_histogram::text, s.range_empty_frac::float8, s.range_bounds_histogram::text"""

_EXTENDED = """
    SELECT n.nspname AS namespace, e.stxname AS name, d.stxdinherit AS inherited,
           d.stxdndistinct::bytea::text AS ndistinct,
           d.stxddependencies::bytea::text AS dependencies, d.stxdmcv::bytea::text AS mcv
    FROM pg_statistic_ext e JOIN pg_namespace n ON n.oid = e.stxnamespace
    JOIN pg_statistic_ext_data d ON d.stxoid = e.oid
    ORDER BY e.oid, d.stxdinherit
"""

# The leading columns in which the planner looks for the true end of a range.
_RANGED = f"""
    SELECT DISTINCT n.nspname, t.relname, a.attname
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_am m ON m.oid = c.relam JOIN pg_namespace n ON n.oid = t.relnamespace
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE m.amname = 'btree' AND t.relkind IN ('r', 'm') AND i.indisvalid AND i.indpred IS NULL
      AND {USER_RELATION}
    ORDER BY 1, 2, 3
"""  # noqa: S608 - put together from constants


def export_statistics(session: Session, *, ranges: bool = True) -> DatabaseStatistics:
    """Return what the planner of this database knows.

    Heights of B-trees and counts of GIN indexes need a superuser and the extension `pageinspect` in
    the database, extended statistics need a superuser; without, the former are estimated later and
    the latter are missing. Columns that the role may not read are missing too. `ranges` asks two
    index probes for each leading column.
    """
    superuser = session.value("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    inspects = superuser and session.value("SELECT true FROM pg_extension WHERE extname = 'pageinspect'")
    return DatabaseStatistics(
        server_version=session.server_version,
        relations=_relations(session, inspects=bool(inspects)),
        columns=_columns(session),
        extended=_extended(session) if superuser else (),
        ranges=_column_ranges(session) if ranges else (),
    )


def _relations(session: Session, *, inspects: bool) -> tuple[RelationStatistics, ...]:
    """Read the sizes."""
    frozen = "c.relallfrozen" if session.server_version >= _FROZEN_SINCE else "0"
    rows = session.rows(_RELATIONS.format(frozen=frozen), (session.value(_BLOCK_SETTING),))
    return tuple(RelationStatistics(**row, **(_metapage(session, row) if inspects else {})) for row in rows)


def _metapage(session: Session, row: dict[str, Any]) -> dict[str, Any]:
    """Read what the planner would read from an index's metapage."""
    name = f"{quote(row['namespace'])}.{quote(row['name'])}"
    if row["kind"] != "i":
        return {}
    match row["access_method"]:
        case "btree":
            height = session.value("SELECT fastlevel FROM bt_metap(%s)", (name,))
            return {"btree_height": height}
        case "gin":
            return {"gin": _gin_counts(session, name)}
        case "brin":
            sql = "SELECT lastrevmappage FROM brin_metapage_info(get_raw_page(%s, 0))"
            return {"brin_last_revmap_page": session.value(sql, (name,))}
        case _:
            return {}


def _gin_counts(session: Session, name: str) -> GinCounts:
    """Read the counts of a GIN index."""
    (row,) = session.rows(
        "SELECT n_total_pages AS total_pages, n_entry_pages AS entry_pages,"
        " n_data_pages AS data_pages, n_entries AS entries, n_pending_pages AS pending_pages"
        " FROM gin_metapage_info(get_raw_page(%s, 0))",
        (name,),
    )
    return GinCounts(**row)


def _columns(session: Session) -> tuple[ColumnStatistics, ...]:
    """Read `pg_stats`."""
    ranges = _RANGE_COLUMNS if session.server_version >= _RANGES_SINCE else ""
    return tuple(_column(row) for row in session.rows(_COLUMNS.format(ranges=ranges)))


def _column(row: dict[str, Any]) -> ColumnStatistics:
    """Read one row of `pg_stats`."""
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return ColumnStatistics(**values)


def _extended(session: Session) -> tuple[ExtendedStatistics, ...]:
    """Read extended statistics in their binary form."""
    return tuple(ExtendedStatistics(**row) for row in session.rows(_EXTENDED))


def _column_ranges(session: Session) -> tuple[ColumnRange, ...]:
    """Ask the indexes for their ends."""
    found = (_column_range(session, *row) for row in session.execute(_RANGED))
    return tuple(one for one in found if one is not None)


def _column_range(session: Session, namespace: str, relation: str, column: str) -> ColumnRange | None:
    """Return the ends of a column, `None` for one without values."""
    table, name = f"{quote(namespace)}.{quote(relation)}", quote(column)
    ends = [
        session.value(
            f"SELECT {name}::text FROM {table} t WHERE {name} IS NOT NULL"  # noqa: S608 - quoted
            f" ORDER BY t.{name} {direction} LIMIT 1"
        )
        for direction in ("ASC", "DESC")
    ]
    if None in ends:
        return None
    return ColumnRange(namespace=namespace, relation=relation, column=column, lowest=ends[0], highest=ends[1])
