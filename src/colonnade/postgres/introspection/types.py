"""The types that somebody made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from colonnade.postgres.introspection.privileges import granted_privileges, grants_of, owner
from colonnade.postgres.introspection.reading import Query, Reading
from colonnade.postgres.introspection.relations import oid_array
from colonnade.postgres.introspection.spelling import bare, settled
from colonnade.schema import (
    USAGE_FOR_ALL,
    Check,
    CompositeAttribute,
    CompositeType,
    Domain,
    EnumType,
    RangeType,
)

_TYPES = f"""
SELECT t.oid::int8, n.nspname, t.typname, t.typtype::text, format_type(t.typbasetype, t.typtypmod), t.typnotnull,
       pg_get_expr(t.typdefaultbin, 0), d.description,
       ARRAY(SELECT e.enumlabel FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder),
       {owner("t.typowner")}, {granted_privileges("t.typacl", "t.typowner")}
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_description d ON d.classoid = 'pg_type'::regclass AND d.objoid = t.oid AND d.objsubid = 0
WHERE n.nspname = ANY (%s) AND t.typtype IN ('e', 'd')
  AND NOT EXISTS (
      SELECT FROM pg_depend e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e')
"""  # noqa: S608 - every part stands in this package

_DOMAIN_CHECKS = """
SELECT k.contypid::int8, k.conname, pg_get_expr(k.conbin, 0), k.convalidated, d.description
FROM pg_constraint k LEFT JOIN pg_description d ON d.classoid = 'pg_constraint'::regclass AND d.objoid = k.oid
WHERE contypid = ANY (%s::oid[]) AND contype = 'c'
"""

_COMPOSITES = f"""
SELECT n.nspname, t.typname, {owner("t.typowner")}, {granted_privileges("t.typacl", "t.typowner")}, d.description,
       a.attname, format_type(a.atttypid, a.atttypmod), CASE WHEN a.attcollation <> y.typcollation THEN l.collname END,
       note.description
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_type y ON y.oid = a.atttypid
LEFT JOIN pg_collation l ON l.oid = a.attcollation
LEFT JOIN pg_description d ON d.classoid = 'pg_type'::regclass AND d.objoid = t.oid
LEFT JOIN pg_description note
       ON note.classoid = 'pg_class'::regclass AND note.objoid = c.oid AND note.objsubid = a.attnum
WHERE n.nspname = ANY (%s) AND t.typtype = 'c'
  AND NOT EXISTS (
      SELECT FROM pg_depend e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e')
ORDER BY n.nspname, t.typname, a.attnum
"""  # noqa: S608 - every part stands in this package

_RANGES = f"""
SELECT n.nspname, t.typname, format_type(r.rngsubtype, NULL), m.typname,
       CASE WHEN NOT o.opcdefault THEN quote_ident(p.nspname) || '.' || quote_ident(o.opcname) ELSE '' END,
       CASE WHEN r.rngcollation <> y.typcollation THEN l.collname ELSE '' END,
       CASE WHEN r.rngsubdiff <> 0 THEN r.rngsubdiff::regproc::text ELSE '' END,
       {owner("t.typowner")}, {granted_privileges("t.typacl", "t.typowner")}, d.description
FROM pg_range r
JOIN pg_type t ON t.oid = r.rngtypid
JOIN pg_namespace n ON n.oid = t.typnamespace
JOIN pg_type m ON m.oid = r.rngmultitypid
JOIN pg_type y ON y.oid = r.rngsubtype
JOIN pg_opclass o ON o.oid = r.rngsubopc
JOIN pg_namespace p ON p.oid = o.opcnamespace
LEFT JOIN pg_collation l ON l.oid = r.rngcollation
LEFT JOIN pg_description d ON d.classoid = 'pg_type'::regclass AND d.objoid = t.oid
WHERE n.nspname = ANY (%s) AND t.oid >= 16384
  AND NOT EXISTS (
      SELECT FROM pg_depend e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e')
"""  # noqa: S608 - every part stands in this package


def read_composite_types(namespaces: Iterable[str]) -> Reading[tuple[CompositeType, ...]]:
    """Return the composite types, sorted by namespace and name."""
    heads: dict[tuple[str, str], tuple[str, list[tuple[str, str, bool]] | None, str | None]] = {}
    attributes: dict[tuple[str, str], list[CompositeAttribute]] = defaultdict(list)
    rows = yield Query(_COMPOSITES, (list(namespaces),))
    for namespace, name, held_by, pairs, comment, attribute, kind, collation, note in rows:
        heads[namespace, name] = (held_by, pairs, comment)
        if attribute is not None:
            value = CompositeAttribute(name=attribute, type=kind, collation=collation or "", comment=note)
            attributes[namespace, name].append(value)
    return tuple(
        CompositeType(
            namespace=key[0],
            name=key[1],
            attributes=tuple(attributes[key]),
            owner=held_by,
            grants=grants_of(pairs, unsaid=USAGE_FOR_ALL),
            comment=comment,
        )
        for key, (held_by, pairs, comment) in heads.items()
    )


def read_range_types(namespaces: Iterable[str]) -> Reading[tuple[RangeType, ...]]:
    """Return the range types."""
    rows = yield Query(_RANGES, (list(namespaces),))
    return tuple(
        RangeType(
            namespace=namespace,
            name=name,
            subtype=subtype,
            multirange=multirange,
            operator_class=operator_class,
            collation=collation,
            difference=difference,
            owner=held_by,
            grants=grants_of(pairs, unsaid=USAGE_FOR_ALL),
            comment=comment,
        )
        for (
            namespace,
            name,
            subtype,
            multirange,
            operator_class,
            collation,
            difference,
            held_by,
            pairs,
            comment,
        ) in rows
    )


def read_types(namespaces: Iterable[str]) -> Reading[tuple[tuple[EnumType, ...], tuple[Domain, ...]]]:
    """Return the enum types and the domains."""
    rows = yield Query(_TYPES, (list(namespaces),))
    domain_oids = [oid for oid, _, _, kind, *_ in rows if kind == "d"]
    checks: dict[int, list[Check]] = defaultdict(list)
    check_rows = (yield Query(_DOMAIN_CHECKS, (oid_array(domain_oids),))) if domain_oids else []
    for oid, name, expression, validated, comment in check_rows:
        checks[oid].append(Check(name=name, expression=bare(expression) or "", validated=validated, comment=comment))
    enums: list[EnumType] = []
    domains: list[Domain] = []
    for oid, namespace, name, kind, base_type, not_null, default, comment, values, held_by, pairs in rows:
        grants = grants_of(pairs, unsaid=USAGE_FOR_ALL)
        if kind == "e":
            enums.append(
                EnumType(
                    namespace=namespace,
                    name=name,
                    values=tuple(values),
                    owner=held_by,
                    grants=grants,
                    comment=comment,
                )
            )
        else:
            domains.append(
                Domain(
                    namespace=namespace,
                    name=name,
                    base_type=base_type,
                    not_null=not_null,
                    default=None if default is None else settled(default),
                    checks=tuple(sorted(checks[oid], key=lambda check: check.name)),
                    owner=held_by,
                    grants=grants,
                    comment=comment,
                )
            )
    return tuple(enums), tuple(domains)
