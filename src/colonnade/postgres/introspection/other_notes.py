"""What functions, types, privileges and comments may say that a `Schema` has no place for."""

from __future__ import annotations

from colonnade.postgres.introspection.notes import (
    INDEX,
    OF_TABLE,
    RELATION,
    RELATION_OWNER,
    Catalog,
    Note,
)

_FUNCTION = (
    "quote_ident(n.nspname) || '.' || quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')'"
)
_TYPE = "quote_ident(n.nspname) || '.' || quote_ident(t.typname)"

_FUNCTIONS = Catalog(
    source="pg_proc p JOIN namespaces n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang",
    where="p.oid >= 16384",
    owner="1255, p.oid",
    notes=(
        Note("p.prokind = 'a'", f"'aggregate ' || {_FUNCTION}"),
        Note("p.prokind = 'w'", f"'window function ' || {_FUNCTION}"),
        Note(
            # Those of a range type come with it.
            "p.prokind IN ('f', 'p') AND l.lanname IN ('c', 'internal')"
            " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 1255 AND d.objid = p.oid AND d.deptype = 'i')",
            f"l.lanname || ' function ' || {_FUNCTION}",
        ),
        Note(
            "p.prokind = 'f' AND l.lanname NOT IN ('c', 'internal')"
            " AND (p.prosupport <> 0 OR p.protrftypes IS NOT NULL)",
            f"'support function or transforms of function ' || {_FUNCTION}",
        ),
    ),
)

_TYPES = Catalog(
    source="pg_type t JOIN namespaces n ON n.oid = t.typnamespace LEFT JOIN pg_type b ON b.oid = t.typbasetype",
    where="t.oid >= 16384",
    owner="1247, t.oid",
    notes=(
        Note(
            "t.typtype = 'r' AND EXISTS (SELECT FROM pg_range r WHERE r.rngtypid = t.oid AND r.rngcanonical <> 0)",
            f"'canonical function of range type ' || {_TYPE}",
        ),
        Note("t.typtype IN ('b', 'p') AND t.typcategory <> 'A'", f"'base type ' || {_TYPE}"),
        Note("t.typtype = 'd' AND t.typcollation <> b.typcollation", f"'collation of domain ' || {_TYPE}"),
    ),
)


# Whatever else lives in a schema depends on it: operators, collations, text search, default privileges. Left out are
# types, functions, relations and statistics, which have their own, operator families and extensions.
_OTHERS = Catalog(
    source="pg_depend d JOIN namespaces n ON n.oid = d.refobjid",
    where="d.refclassid = 2615 AND d.classid NOT IN (1247, 1255, 1259, 2753, 3079, 3381)",
    owner="d.classid, d.objid",
    notes=(Note("true", "pg_describe_object(d.classid, d.objid, d.objsubid)"),),
)

_SCHEMA_FOREIGN_GRANTS = Catalog(
    source="namespaces n CROSS JOIN LATERAL aclexplode(n.nspacl) AS x",
    where="x.grantor <> n.nspowner",
    owner="2615, n.oid",
    notes=(Note("true", "'privileges that another role than the owner granted on schema ' || quote_ident(n.nspname)"),),
)

_FOREIGN_GRANTS = Catalog(
    source="relations c CROSS JOIN LATERAL aclexplode(c.relacl) AS x",
    where="c.relacl IS NOT NULL AND x.grantor <> c.relowner",
    owner=RELATION_OWNER,
    notes=(Note("true", f"'privileges that another role than the owner granted on ' || {RELATION}"),),
)

_FUNCTION_FOREIGN_GRANTS = Catalog(
    source="pg_proc p JOIN namespaces n ON n.oid = p.pronamespace CROSS JOIN LATERAL aclexplode(p.proacl) AS x",
    where="p.oid >= 16384 AND p.proacl IS NOT NULL AND x.grantor <> p.proowner",
    owner="1255, p.oid",
    notes=(Note("true", f"'privileges that another role than the owner granted on function ' || {_FUNCTION}"),),
)

_TYPE_FOREIGN_GRANTS = Catalog(
    source="pg_type t JOIN namespaces n ON n.oid = t.typnamespace CROSS JOIN LATERAL aclexplode(t.typacl) AS x",
    where="t.oid >= 16384 AND t.typacl IS NOT NULL AND x.grantor <> t.typowner",
    owner="1247, t.oid",
    notes=(Note("true", f"'privileges that another role than the owner granted on type ' || {_TYPE}"),),
)

_OTHER_COMMENTS = Catalog(
    source="pg_description d JOIN pg_proc p ON p.oid = d.objoid JOIN namespaces n ON n.oid = p.pronamespace",
    where="d.classoid = 1255",
    owner="1255, p.oid",
    notes=(Note("p.prokind NOT IN ('f', 'p')", f"'comment on ' || {_FUNCTION}"),),
)

# Comments on tables, their columns and indexes, views, functions and types have their place.
_RELATION_COMMENTS = Catalog(
    source="pg_description d JOIN relations c ON c.oid = d.objoid"
    " LEFT JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid AND d.objsubid > 0",
    where="d.classoid = 1259",
    owner=RELATION_OWNER,
    notes=(
        Note(
            "(c.relkind = 'S' AND EXISTS (SELECT FROM pg_depend e"
            " WHERE e.classid = 1259 AND e.objid = c.oid AND e.deptype = 'i'))"
            " OR c.relispartition OR (c.relkind IN ('v', 'm') AND d.objsubid > 0)",
            f"'comment on ' || {RELATION} || coalesce('.' || quote_ident(a.attname), '')",
        ),
    ),
)

_INDEX_COMMENTS = Catalog(
    source="pg_description d JOIN pg_index i ON i.indexrelid = d.objoid JOIN relations c ON c.oid = i.indrelid"
    " JOIN pg_class x ON x.oid = i.indexrelid",
    where="d.classoid = 1259 AND d.objsubid = 0",
    owner=RELATION_OWNER,
    notes=(
        Note("c.relispartition", f"'comment on ' || {INDEX}"),
        Note(
            "EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = i.indrelid AND k.conindid = i.indexrelid)",
            f"'comment on ' || {INDEX}",
        ),
    ),
)


_NOT_NULL_COMMENTS = Catalog(
    source="pg_description d JOIN pg_constraint k ON k.oid = d.objoid JOIN relations c ON c.oid = k.conrelid",
    where="d.classoid = 2606",
    owner=RELATION_OWNER,
    notes=(Note("k.contype = 'n'", f"'comment on constraint ' || quote_ident(k.conname) || {OF_TABLE}"),),
)

_DOMAIN_COMMENTS = Catalog(
    source="pg_description d JOIN pg_constraint k ON k.oid = d.objoid JOIN pg_type t ON t.oid = k.contypid"
    " JOIN namespaces n ON n.oid = t.typnamespace",
    where="d.classoid = 2606",
    owner="1247, t.oid",
    notes=(Note("k.contype = 'n'", f"'comment on constraint ' || quote_ident(k.conname) || ' of domain ' || {_TYPE}"),),
)

_STATISTICS_OWNERS = Catalog(
    source="pg_statistic_ext s JOIN namespaces n ON n.oid = s.stxnamespace JOIN pg_class c ON c.oid = s.stxrelid",
    where="s.stxowner <> c.relowner",
    owner="3381, s.oid",
    notes=(Note("true", "'owner of statistics ' || quote_ident(n.nspname) || '.' || quote_ident(s.stxname)"),),
)

_STATISTICS = Catalog(
    source="pg_statistic_ext s JOIN namespaces n ON n.oid = s.stxnamespace JOIN pg_class c ON c.oid = s.stxrelid",
    where="c.relkind NOT IN ('r', 'p') OR c.relispartition",
    owner="3381, s.oid",
    notes=(
        Note(
            "true",
            "'statistics ' || quote_ident(n.nspname) || '.' || quote_ident(s.stxname)"
            " || ' of a partition or materialized view'",
        ),
    ),
)

OTHER_CATALOGS = (
    _STATISTICS,
    _STATISTICS_OWNERS,
    _FUNCTIONS,
    _TYPES,
    _OTHERS,
    _SCHEMA_FOREIGN_GRANTS,
    _FOREIGN_GRANTS,
    _FUNCTION_FOREIGN_GRANTS,
    _TYPE_FOREIGN_GRANTS,
    _RELATION_COMMENTS,
    _INDEX_COMMENTS,
    _OTHER_COMMENTS,
    _NOT_NULL_COMMENTS,
    _DOMAIN_COMMENTS,
)
