"""Sequences of the wanted namespaces, and those that fill identity columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from colonnade.postgres.introspection.privileges import granted_privileges, grants_of, owner
from colonnade.postgres.introspection.reading import Query, Reading
from colonnade.postgres.introspection.relations import CatalogColumn, Columns, OidArray
from colonnade.schema import USUAL_VALUES, Sequence, SequenceOptions
from colonnade.sql.identifier import qualified, quote

IdentityOptions = dict[tuple[int, int], SequenceOptions]
"""The options of identity columns, by the table's oid and the column's number."""

_LARGEST = "CASE s.seqtypid WHEN 20 THEN 9223372036854775807 WHEN 23 THEN 2147483647 ELSE 32767 END"
_OPTIONS = f"""
       s.seqstart, s.seqincrement,
       nullif(s.seqmin, CASE WHEN s.seqincrement > 0 THEN 1 ELSE -1 - {_LARGEST} END),
       nullif(s.seqmax, CASE WHEN s.seqincrement > 0 THEN {_LARGEST} ELSE -1 END), s.seqcache, s.seqcycle"""
_SEQUENCES = f"""
SELECT n.nspname, c.relname, format_type(s.seqtypid, NULL),{_OPTIONS},
       tn.nspname, t.relname, a.attname, {owner("c.relowner")},
       {granted_privileges("c.relacl", "c.relowner")}, note.description
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
      AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
LEFT JOIN pg_class t ON t.oid = d.refobjid
LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
LEFT JOIN pg_description note ON note.classoid = 'pg_class'::regclass AND note.objoid = c.oid AND note.objsubid = 0
WHERE n.nspname = ANY (%s) AND d.deptype IS DISTINCT FROM 'i'
  AND NOT EXISTS (
      SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
"""  # noqa: S608 - every part stands in this package


# The sequence of an identity column depends on it internally.
_OF_IDENTITIES = f"""
SELECT d.refobjid::int8, d.refobjsubid,{_OPTIONS}
FROM pg_sequence s
JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid AND d.deptype = 'i'
WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = ANY (%s::oid[])
"""  # noqa: S608 - every part stands in this package


def read_sequences(namespaces: Iterable[str]) -> Reading[tuple[Sequence, ...]]:
    """Return the sequences that no identity column owns."""
    rows = yield Query(_SEQUENCES, (list(namespaces),))
    return tuple(
        Sequence(
            namespace=namespace,
            name=name,
            data_type=data_type,
            start=start,
            increment=increment,
            minimum=minimum,
            maximum=maximum,
            cache=cache,
            cycle=cycle,
            owned_by=f"{qualified(table_namespace, table)}.{quote(column)}" if column else "",
            owner=held_by,
            grants=grants_of(pairs),
            comment=comment,
        )
        for (
            namespace,
            name,
            data_type,
            start,
            increment,
            minimum,
            maximum,
            cache,
            cycle,
            table_namespace,
            table,
            column,
            held_by,
            pairs,
            comment,
        ) in rows
    )


def read_identity_options(oids: OidArray) -> Reading[IdentityOptions]:
    """Return the options that are not as Postgres chooses them by itself."""
    found: IdentityOptions = {}
    for oid, number, start, increment, minimum, maximum, cache, cycle in (yield Query(_OF_IDENTITIES, (oids,))):
        options = SequenceOptions(
            start=start, increment=increment, minimum=minimum, maximum=maximum, cache=cache, cycle=cycle
        )
        if options != USUAL_VALUES:
            found[oid, number] = options
    return found


def with_identity_options(columns: Columns, options: IdentityOptions) -> Columns:
    """Return the columns with these options; without any, the same value."""
    if not options:
        return columns
    given: dict[int, dict[int, CatalogColumn]] = {oid: dict(columns[oid]) for oid in {oid for oid, _ in options}}
    for (oid, number), each in options.items():
        column = given[oid][number]
        given[oid][number] = replace(column, value=replace(column.value, identity_options=each))
    return {**columns, **given}
