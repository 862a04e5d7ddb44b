"""Statistics put into a database whose tables hold no rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from colonnade.errors import DatabaseError
from colonnade.postgres.scale.statistics import (
    ColumnStatistics,
    DatabaseStatistics,
    ExtendedStatistics,
    RelationStatistics,
)
from colonnade.postgres.session import Session
from colonnade.sql.identifier import quote

# The type of each argument that pg_restore_attribute_stats wants.
_COLUMN_ARGUMENTS = {
    "null_frac": "real",
    "avg_width": "integer",
    "n_distinct": "real",
    "most_common_vals": "text",
    "most_common_freqs": "real[]",
    "histogram_bounds": "text",
    "correlation": "real",
    "most_common_elems": "text",
    "most_common_elem_freqs": "real[]",
    "elem_count_histogram": "real[]",
    "range_length_histogram": "text",
    "range_empty_frac": "real",
    "range_bounds_histogram": "text",
}
_ARGUMENTS = ", ".join(f"'{name}', s.{name}" for name in _COLUMN_ARGUMENTS)
_FIELDS = ", ".join(f"{name} {kind}" for name, kind in _COLUMN_ARGUMENTS.items())
_RESTORE_COLUMNS = f"""
    SELECT s.namespace, s.relation, s.name, pg_restore_attribute_stats(
        'version', %s::int, 'schemaname', s.namespace, 'relname', s.relation,
        'attname', CASE WHEN s.index_attribute IS NULL THEN s.name END,
        'attnum', s.index_attribute, 'inherited', s.inherited, {_ARGUMENTS}) AS restored
    FROM jsonb_to_recordset(%s::jsonb) AS s(namespace text, relation text, name text,
        index_attribute smallint, inherited boolean, {_FIELDS})
"""  # noqa: S608 - put together from constants
_RESTORE_RELATIONS = """
    SELECT s.namespace, s.name, '', pg_restore_relation_stats(
        'version', %s::int, 'schemaname', s.namespace, 'relname', s.name,
        'relpages', s.relpages, 'reltuples', s.reltuples,
        'relallvisible', s.relallvisible, 'relallfrozen', s.relallfrozen) AS restored
    FROM jsonb_to_recordset(%s::jsonb) AS s(namespace text, name text, relpages integer,
        reltuples real, relallvisible integer, relallfrozen integer)
"""
# pg_restore_attribute_stats keeps the kinds of statistics that it is not given.
_FORGET_COLUMNS = """
    DELETE FROM pg_statistic p
    USING jsonb_to_recordset(%s::jsonb) AS s(namespace text, relation text, name text,
              index_attribute smallint, inherited boolean),
          pg_namespace n, pg_class c, pg_attribute a
    WHERE n.nspname = s.namespace AND c.relnamespace = n.oid AND c.relname = s.relation
      AND a.attrelid = c.oid
      AND CASE WHEN s.index_attribute IS NULL THEN a.attname = s.name
               ELSE a.attnum = s.index_attribute END
      AND p.starelid = c.oid AND p.staattnum = a.attnum AND p.stainherit = s.inherited
"""
_EXTENDED_TYPES = ("pg_ndistinct", "pg_dependencies", "pg_mcv_list")
_FORGET_EXTENDED = """
    DELETE FROM pg_statistic_ext_data d USING pg_statistic_ext s, pg_namespace n
    WHERE d.stxoid = s.oid AND n.oid = s.stxnamespace AND n.nspname = %(namespace)s
      AND s.stxname = %(name)s AND d.stxdinherit = %(inherited)s
"""
_RESTORE_EXTENDED = """
    INSERT INTO pg_statistic_ext_data
        (stxoid, stxdinherit, stxdndistinct, stxddependencies, stxdmcv)
    SELECT s.oid, %(inherited)s, %(ndistinct)s::bytea::pg_ndistinct,
           %(dependencies)s::bytea::pg_dependencies, %(mcv)s::bytea::pg_mcv_list
    FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
    WHERE n.nspname = %(namespace)s AND s.stxname = %(name)s
"""


def restore_statistics(session: Session, statistics: DatabaseStatistics) -> None:
    """Set what is known about relations and columns in a database that knows nothing yet.

    Extended statistics are left out: they hold numbers of columns and types that are others in a database that was
    built anew.
    """
    restore_relations(session, statistics.relations, version=statistics.server_version)
    _restore_columns(session, statistics.columns, statistics.server_version)


def restore_relations(session: Session, relations: Sequence[RelationStatistics], *, version: int) -> None:
    """Set the rows and pages of tables and indexes in `pg_class`."""
    if relations:
        _restore(session, _RESTORE_RELATIONS, relations, version)


def restore_columns(session: Session, columns: Sequence[ColumnStatistics], *, version: int) -> None:
    """Set what is known about columns in `pg_statistic`, in place of what was known before."""
    if columns:
        session.execute(_FORGET_COLUMNS, (_records(columns),))
        _restore_columns(session, columns, version)


def _restore_columns(session: Session, columns: Sequence[ColumnStatistics], version: int) -> None:
    if columns:
        _restore(session, _RESTORE_COLUMNS, columns, version)


def restore_extended(session: Session, extended: Iterable[ExtendedStatistics]) -> None:
    """Set what `CREATE STATISTICS` objects know; needs a superuser.

    Postgres 18 has no function for that, and refuses to read the types from text; from `bytea` they
    can be cast once such a cast is made.
    """
    for statistics in extended:
        values = {field.name: getattr(statistics, field.name) for field in fields(statistics)}
        _make_casts(session)
        session.execute(_FORGET_EXTENDED, values)
        session.execute(_RESTORE_EXTENDED, values)


def _make_casts(session: Session) -> None:
    """Let `bytea` be read as the types of extended statistics."""
    missing = session.execute(
        "SELECT t FROM unnest(%s::text[]) t WHERE NOT EXISTS (SELECT FROM pg_cast"
        " WHERE castsource = 'bytea'::regtype AND casttarget = t::regtype)",
        (list(_EXTENDED_TYPES),),
    )
    for (name,) in missing:
        session.execute(f"CREATE CAST (bytea AS {quote(name)}) WITHOUT FUNCTION")


def _restore(
    session: Session,
    sql: str,
    statistics: Sequence[RelationStatistics] | Sequence[ColumnStatistics],
    version: int,
) -> None:
    """Restore in one statement; raises DatabaseError for the first that was not taken whole."""
    session.clear_notices()
    for namespace, relation, column, restored in session.execute(sql, (version, _records(statistics))):
        if not restored:
            name = ".".join(filter(None, (namespace, relation, column)))
            raise DatabaseError(
                f'statistics of "{name}" cannot be restored',
                detail=" ".join(f"{notice.message}." for notice in session.notices),
            )


def _records(statistics: Iterable[RelationStatistics] | Iterable[ColumnStatistics]) -> str:
    """Write values as JSON objects that Postgres reads as records."""
    return json.dumps([_record(one) for one in statistics])


def _record(statistics: RelationStatistics | ColumnStatistics) -> dict[str, Any]:
    """Return the fields that Postgres has a column for."""
    return {
        field.name: value
        for field in fields(statistics)
        if isinstance(value := getattr(statistics, field.name), str | int | float | bool | tuple)
    }
