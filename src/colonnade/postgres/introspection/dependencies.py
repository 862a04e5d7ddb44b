"""Which object needs which, read from `pg_depend`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from colonnade.postgres.introspection.spelling import canonical
from colonnade.postgres.session import Session
from colonnade.schema.dependencies import Dependencies
from colonnade.schema.members import function_name
from colonnade.schema.names import ObjectKind, ObjectName

# Whatever pg_depend may name, as the object of ours that it stands for: a default for its column, a rule for its
# view, a row type for its table; of defaults and types, of which there are as many as columns and tables, only those
# that it does name. That a column owns a sequence is left out: it says what is dropped together, and
# `Sequence.owned_by` has it. The built-in objects have oids below 16384.
_OBJECTS = """
SELECT 1259, c.oid::int8, 0,
       CASE WHEN c.relispartition THEN 'partition' WHEN c.relkind IN ('v', 'm') THEN 'view'
            WHEN c.relkind = 'c' THEN 'type'
            WHEN c.relkind = 'S' THEN 'sequence' ELSE 'table' END,
       n.nspname::text, coalesce(parent.relname, '')::text, c.relname::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_inherits h ON h.inhrelid = c.oid AND c.relispartition
LEFT JOIN pg_class parent ON parent.oid = h.inhparent
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'c')
UNION ALL
SELECT 1259, c.oid, a.attnum,
       CASE WHEN c.relkind IN ('r', 'p') THEN 'column' WHEN c.relkind = 'c' THEN 'type' ELSE 'view' END,
       n.nspname,
       CASE WHEN c.relkind IN ('r', 'p') THEN c.relname ELSE '' END,
       CASE WHEN c.relkind IN ('r', 'p') THEN a.attname ELSE c.relname END
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.attrelid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'c') AND NOT c.relispartition
  AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 2604, e.oid, 0, 'column', n.nspname, c.relname, a.attname
FROM pg_attrdef e JOIN pg_class c ON c.oid = e.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = e.adrelid AND a.attnum = e.adnum
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND e.oid IN (SELECT objid FROM pg_depend WHERE classid = 2604 AND deptype = 'n' AND objid >= 16384)
UNION ALL
SELECT 1259, i.indexrelid, 0, CASE WHEN k.oid IS NULL THEN 'index' ELSE 'constraint' END, n.nspname, c.relname,
       coalesce(k.conname, x.relname)
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
WHERE i.indexrelid >= 16384 AND c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition
UNION ALL
SELECT 2606, k.oid, 0, 'constraint', n.nspname, c.relname, k.conname
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.oid >= 16384 AND k.contype IN ('p', 'u', 'c', 'f', 'x') AND NOT c.relispartition
UNION ALL
SELECT 2606, k.oid, 0, 'domain', n.nspname, '', t.typname
FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE k.oid >= 16384
UNION ALL
SELECT 1247, t.oid, 0,
       CASE WHEN c.relkind IN ('v', 'm') THEN 'view' WHEN c.oid IS NOT NULL THEN 'table'
            WHEN b.typtype = 'd' THEN 'domain' ELSE 'type' END,
       n.nspname, '', b.typname
FROM pg_type t
LEFT JOIN pg_type e ON e.oid = CASE WHEN t.typcategory = 'A' AND t.typtype = 'b' THEN t.typelem ELSE t.oid END
LEFT JOIN pg_range r ON r.rngmultitypid = e.oid
JOIN pg_type b ON b.oid = coalesce(r.rngtypid, e.oid)
JOIN pg_namespace n ON n.oid = b.typnamespace
LEFT JOIN pg_class c ON c.oid = b.typrelid AND c.relkind IN ('r', 'p', 'v', 'm')
WHERE t.oid IN (SELECT refobjid FROM pg_depend WHERE refclassid = 1247 AND deptype IN ('n', 'a', 'e')
                UNION ALL SELECT objid FROM pg_depend WHERE classid = 1247 AND deptype IN ('n', 'a', 'e'))
  AND t.oid >= 16384 AND b.typtype IN ('e', 'd', 'c', 'r')
UNION ALL
SELECT 1255, p.oid, 0, 'function', n.nspname, pg_get_function_arguments(p.oid), p.proname
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid >= 16384
UNION ALL
SELECT 2618, r.oid, 0, 'view', n.nspname, '', c.relname
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.oid >= 16384
UNION ALL
SELECT 2620, g.oid, 0, 'trigger', n.nspname, c.relname, g.tgname
FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT g.tgisinternal
UNION ALL
SELECT 3256, p.oid, 0, 'policy', n.nspname, c.relname, p.polname
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
UNION ALL
SELECT 3381, s.oid, 0, 'statistics', n.nspname, c.relname,
       CASE WHEN s.stxnamespace = n.oid THEN s.stxname ELSE m.nspname || '.' || s.stxname END
FROM pg_statistic_ext s JOIN pg_class c ON c.oid = s.stxrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_namespace m ON m.oid = s.stxnamespace
UNION ALL
SELECT 2615, n.oid, 0, 'schema', 'public', '', n.nspname FROM pg_namespace n WHERE n.oid >= 16384
"""
_EXTENSIONS = "SELECT oid::int8, extname FROM pg_extension WHERE oid >= 16384"

# Joined here rather than there: the server, without statistics of its catalogs, would look through all of the objects
# for each of the rows.
# That a default needs its column, and NOT NULL as well, goes without saying.
_EDGES = """
SELECT classid::int8, objid::int8, objsubid, refclassid::int8, refobjid::int8, refobjsubid, deptype::text
FROM pg_depend WHERE deptype IN ('n', 'a', 'e') AND objid >= 16384 AND refobjid >= 16384
  AND NOT (classid = 2604 AND deptype = 'a')
  AND (classid <> 2606 OR objid NOT IN (SELECT oid FROM pg_constraint WHERE contype = 'n'))
"""

_Address = tuple[int, int, int]
"""How pg_depend names an object: its catalog, its oid there, and the number of a column, 0 for the whole."""

_EXTENSION_CLASS = 3079


def read_dependencies(session: Session) -> Dependencies:
    """Return which object of the database needs which; works on Postgres 14 and newer, in three queries."""
    with canonical(session), session.pipeline():
        return DependenciesReading(session).result()


class DependenciesReading:
    """Dependencies that are being read, within `canonical` and `Session.pipeline`."""

    def __init__(self, session: Session) -> None:
        """Send the queries."""
        self._objects = session.send(_OBJECTS)
        self._edges = session.send(_EDGES)
        self._extensions = session.send(_EXTENSIONS)

    def result(self) -> Dependencies:
        """Return which object needs which."""
        objects, edges = self._objects(), self._edges()
        names = _names(objects, edges, dict(self._extensions()))
        pairs = (
            (names.get((catalog, oid, part)), names.get((to_catalog, to_oid, to_part)))
            for catalog, oid, part, to_catalog, to_oid, to_part, kind in edges
            if kind != "e"
        )
        return Dependencies.of(
            (one, other)
            for one, other in pairs
            if one and other and not (one.kind == "sequence" and other.kind == "column")
        )


def _names(
    objects: Iterable[Sequence[Any]], edges: Iterable[Sequence[Any]], extensions: Mapping[int, str]
) -> dict[_Address, ObjectName]:
    """Return what each address stands for; whatever an extension made stands for the extension."""
    found = {(catalog, oid, part): _name(*row) for catalog, oid, part, *row in objects}
    of_extension = {oid: ObjectName(kind="extension", name=name) for oid, name in extensions.items()}
    found |= {(_EXTENSION_CLASS, oid, 0): name for oid, name in of_extension.items()}
    members = {
        (catalog, oid): of_extension[extension]
        for catalog, oid, _, _, extension, _, kind in edges
        if kind == "e" and extension in of_extension
    }
    if members:
        found |= {address: name for address in found if (name := members.get(address[:2]))}
        found |= {(*member, 0): name for member, name in members.items()}
    return found


def _name(kind: ObjectKind, namespace: str, owner: str, name: str) -> ObjectName:
    if kind == "function":
        return function_name(namespace, name, owner)
    return ObjectName(kind=kind, name=name, table=owner, namespace=namespace)
