"""Per system catalog: what an object may have that a `Schema` has no place for.

`relations` stands for the relations of the namespaces but their indexes. Objects of the database's own have
oids from 16384 on, so a filter by oid keeps the built-in ones away before anything is joined.
"""

from __future__ import annotations

from dataclasses import dataclass

_RELATION = "quote_ident(c.nspname) || '.' || quote_ident(c.relname)"
_OF_TABLE = f"' of ' || {_RELATION}"
_COLUMN = f"'column ' || {_RELATION} || '.' || quote_ident(a.attname)"
_CONSTRAINT = f"'constraint ' || quote_ident(k.conname) || {_OF_TABLE}"
_TRIGGER = f"'trigger ' || quote_ident(g.tgname) || {_OF_TABLE}"
_INDEX = "quote_ident(c.nspname) || '.' || quote_ident(x.relname)"
_FUNCTION = (
    "quote_ident(n.nspname) || '.' || quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')'"
)
_TYPE = "quote_ident(n.nspname) || '.' || quote_ident(t.typname)"
_RELATION_OWNER = "1259, c.oid"


@dataclass(frozen=True, slots=True)
class Note:
    """A condition over a catalog's row, and the SQL of the phrase that names what it finds."""

    condition: str
    phrase: str
    since: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """A catalog with what it is joined to; `owner` is the object that an extension would own."""

    source: str
    where: str
    owner: str
    notes: tuple[Note, ...]


_RELATIONS = Catalog(
    source="relations c",
    where="true",
    owner=_RELATION_OWNER,
    notes=(
        Note("c.relkind = 'f'", f"'foreign table ' || {_RELATION}"),
        Note("c.relkind = 'c'", f"'composite type ' || {_RELATION}"),
        Note("c.relkind IN ('r', 'S') AND c.relpersistence = 'u'", f"'unlogged storage of ' || {_RELATION}"),
        Note("c.reloftype <> 0", f"'row type of ' || {_RELATION} || ', OF ' || format_type(c.reloftype, NULL)"),
        Note(
            "c.relam NOT IN (0, 2)",  # 2 is heap
            f"'access method of ' || {_RELATION}",
        ),
        Note("c.reltablespace <> 0", f"'tablespace of ' || {_RELATION}"),
        Note("c.relkind IN ('r', 'p') AND c.relreplident <> 'd'", f"'replica identity of ' || {_RELATION}"),
        Note("c.relkind IN ('v', 'm', 'S') AND c.relacl IS NOT NULL", f"'privileges on ' || {_RELATION}"),
        Note("c.relkind = 'm' AND NOT c.relispopulated", f"'missing content of materialized view ' || {_RELATION}"),
        Note(
            "c.relkind IN ('v', 'm')"
            " AND EXISTS (SELECT FROM unnest(c.reloptions) AS o WHERE o !~ '^security_invoker=')",
            f"'options of view ' || {_RELATION}",
        ),
        Note("c.relkind = 'p' AND c.relispartition", f"'sub-partitioning of ' || {_RELATION}"),
        Note(
            "c.relkind = 'r' AND c.relispartition AND (c.relacl IS NOT NULL OR c.relrowsecurity"
            " OR c.relforcerowsecurity OR c.reloptions IS NOT NULL)",
            f"'privileges, row security or options of partition ' || {_RELATION}",
        ),
    ),
)

_INHERITANCE = Catalog(
    source="pg_inherits i JOIN relations c ON c.oid = i.inhrelid JOIN pg_class parent ON parent.oid = i.inhparent",
    where="c.relkind IN ('r', 'p')",
    owner=_RELATION_OWNER,
    notes=(
        Note("NOT c.relispartition", f"'inheritance of ' || {_RELATION} || ' from ' || i.inhparent::regclass"),
        Note(
            "c.relispartition AND c.relnamespace <> parent.relnamespace",
            f"'partition ' || {_RELATION} || ' in another schema than its table'",
        ),
        Note(
            """c.relispartition AND EXISTS (
                SELECT FROM pg_attribute a
                JOIN pg_attribute b ON b.attrelid = i.inhparent AND b.attname = a.attname
                LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
                LEFT JOIN pg_attrdef f ON f.adrelid = b.attrelid AND f.adnum = b.attnum
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                  AND pg_get_expr(e.adbin, e.adrelid) IS DISTINCT FROM pg_get_expr(f.adbin, f.adrelid))""",
            f"'defaults of partition ' || {_RELATION} || ', unlike its table''s'",
        ),
    ),
)

_PARTITIONED = Catalog(
    source="pg_partitioned_table p JOIN relations c ON c.oid = p.partrelid",
    where="true",
    owner=_RELATION_OWNER,
    notes=(
        Note(
            """EXISTS (
                SELECT FROM unnest(p.partclass) AS u (oid) JOIN pg_opclass o ON o.oid = u.oid WHERE NOT o.opcdefault)
            OR EXISTS (
                SELECT FROM unnest(p.partattrs::int2[], p.partcollation::oid[]) AS u (attnum, collation_oid)
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.attnum
                WHERE a.attcollation <> u.collation_oid)""",
            f"'operator class or collation in the partition key of ' || {_RELATION}",
        ),
    ),
)

_COLUMNS = Catalog(
    source="relations c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid",
    where="a.attnum > 0 AND NOT a.attisdropped",
    owner=_RELATION_OWNER,
    notes=(
        Note("a.attcompression <> ''", f"'compression of ' || {_COLUMN}"),
        Note("a.attstattarget >= 0", f"'statistics target of ' || {_COLUMN}"),
        Note(
            # pg_attver is no option of anybody's: minor releases since November 2026 count versions there.
            "a.attoptions IS NOT NULL AND EXISTS (SELECT FROM unnest(a.attoptions) AS o WHERE o !~ '^pg_attver=')",
            f"'options of ' || {_COLUMN}",
        ),
        Note("a.attstorage <> t.typstorage", f"'storage of ' || {_COLUMN}"),
        Note(
            "a.attacl IS NOT NULL AND EXISTS ("
            "SELECT FROM aclexplode(a.attacl) AS x WHERE x.is_grantable AND x.grantee <> c.relowner)",
            f"'grant option on ' || {_COLUMN}",
        ),
        Note(
            # A type that somebody made, in a schema that is not read, and no extension's.
            """a.atttypid >= 16384 AND EXISTS (
                SELECT FROM pg_type e
                WHERE e.oid = CASE WHEN t.typcategory = 'A' THEN t.typelem ELSE t.oid END
                  AND e.typnamespace NOT IN (SELECT oid FROM namespaces)
                  AND NOT EXISTS (
                      SELECT FROM pg_depend d WHERE d.classid = 1247 AND d.objid = e.oid AND d.deptype = 'e'))""",
            f"'type of ' || {_COLUMN} || ', ' || format_type(a.atttypid, a.atttypmod)",
        ),
    ),
)

_VIEW_COLUMNS = Catalog(
    source="relations c JOIN pg_attribute a ON a.attrelid = c.oid",
    where="c.relkind = 'v' AND a.atthasdef",
    owner=_RELATION_OWNER,
    notes=(Note("true", f"'default of ' || {_COLUMN}"),),
)

_SEQUENCES = Catalog(
    source="""(
        SELECT *, CASE seqtypid WHEN 20 THEN 9223372036854775807 WHEN 23 THEN 2147483647 ELSE 32767 END AS farthest
        FROM pg_sequence) AS s JOIN relations c ON c.oid = s.seqrelid""",
    where="true",
    owner=_RELATION_OWNER,
    notes=(
        Note(
            """seqcache <> 1 OR seqcycle
            OR seqmin <> CASE WHEN seqincrement > 0 THEN 1 ELSE -1 - farthest END
            OR seqmax <> CASE WHEN seqincrement > 0 THEN farthest ELSE -1 END""",
            f"'limits, cache or cycle of sequence ' || {_RELATION}",
        ),
        Note(
            """(seqstart <> 1 OR seqincrement <> 1)
            AND EXISTS (SELECT FROM pg_depend d WHERE d.classid = 1259 AND d.objid = c.oid AND d.deptype = 'i')""",
            f"'start or increment of the identity sequence ' || {_RELATION}",
        ),
    ),
)

_CONSTRAINTS = Catalog(
    source="pg_constraint k JOIN relations c ON c.oid = k.conrelid",
    where="k.conrelid >= 16384 AND k.conparentid = 0",
    owner=_RELATION_OWNER,
    notes=(
        Note("k.contype = 'p' AND k.condeferrable", f"'deferrability of ' || {_CONSTRAINT}"),
        Note("k.contype = 'f' AND k.confmatchtype <> 's'", f"'MATCH FULL of ' || {_CONSTRAINT}"),
        Note("k.contype IN ('c', 'n') AND k.connoinherit", f"'NO INHERIT of ' || {_CONSTRAINT}"),
        Note("k.contype = 'n' AND NOT k.convalidated", f"'NOT VALID of ' || {_CONSTRAINT}"),
        Note("k.conperiod", f"'WITHOUT OVERLAPS or PERIOD of ' || {_CONSTRAINT}", since=180000),
        Note("NOT k.conenforced", f"'NOT ENFORCED of ' || {_CONSTRAINT}", since=180000),
    ),
)

_INDEXES = Catalog(
    source="pg_index i JOIN relations c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid",
    where="i.indrelid >= 16384",
    owner=_RELATION_OWNER,
    notes=(
        Note("NOT i.indisvalid", f"'invalid index ' || {_INDEX}"),
        Note("i.indisclustered", f"'clustering by index ' || {_INDEX}"),
        Note(
            "i.indexprs IS NOT NULL AND EXISTS ("
            "SELECT FROM pg_attribute a WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0)",
            f"'statistics target in index ' || {_INDEX}",
        ),
        Note(
            "i.indnatts > i.indnkeyatts AND EXISTS ("
            "SELECT FROM pg_constraint k WHERE k.conrelid = i.indrelid AND k.conindid = i.indexrelid)",
            f"'INCLUDE columns of constraint ' || {_INDEX}",
        ),
    ),
)

_INDEX_RELATIONS = Catalog(
    source="pg_class x JOIN pg_index i ON i.indexrelid = x.oid JOIN relations c ON c.oid = i.indrelid",
    where="x.oid >= 16384 AND x.relkind IN ('i', 'I')",
    owner=_RELATION_OWNER,
    notes=(
        Note("x.reltablespace <> 0", f"'tablespace of index ' || {_INDEX}"),
        Note(
            "x.reloptions IS NOT NULL AND EXISTS (SELECT FROM pg_constraint k"
            " WHERE k.conrelid = i.indrelid AND k.conindid = i.indexrelid AND k.conparentid = 0)",
            f"'options of constraint ' || {_INDEX}",
        ),
    ),
)

_VIEW_INDEXES = Catalog(
    source="relations c JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class x ON x.oid = i.indexrelid",
    where="c.relkind = 'm'",
    owner=_RELATION_OWNER,
    notes=(Note("true", f"'index ' || {_INDEX} || ' of a materialized view'"),),
)

_PARTITION_INDEXES = Catalog(
    source="relations c JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class x ON x.oid = i.indexrelid",
    where="c.relkind = 'r' AND c.relispartition",
    owner=_RELATION_OWNER,
    notes=(
        Note(
            """NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = i.indexrelid)
            AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.conindid = i.indexrelid)""",
            f"'index ' || {_INDEX} || ' on a partition alone'",
        ),
    ),
)

_PARTITION_CONSTRAINTS = Catalog(
    source="relations c JOIN pg_constraint k ON k.conrelid = c.oid",
    where="c.relkind = 'r' AND c.relispartition AND k.conparentid = 0",
    owner=_RELATION_OWNER,
    notes=(
        Note(
            "k.contype IN ('p', 'u', 'f', 'x') OR (k.contype = 'c' AND k.conislocal)",
            f"{_CONSTRAINT} || ' on a partition alone'",
        ),
    ),
)

_TRIGGERS = Catalog(
    source="pg_trigger g JOIN relations c ON c.oid = g.tgrelid",
    where="NOT g.tgisinternal AND g.tgparentid = 0",
    owner=_RELATION_OWNER,
    notes=(
        Note("g.tgenabled <> 'O'", f"{_TRIGGER} || ', disabled or for replicas'"),
        Note("g.tgoldtable IS NOT NULL OR g.tgnewtable IS NOT NULL", f"'transition tables of ' || {_TRIGGER}"),
        Note("g.tgconstrrelid <> 0", f"'FROM table of ' || {_TRIGGER}"),
        Note("c.relkind NOT IN ('r', 'p')", f"{_TRIGGER} || ', a view'"),
        Note("c.relispartition", f"{_TRIGGER} || ' on a partition alone'"),
    ),
)

_POLICIES = Catalog(
    source="pg_policy p JOIN relations c ON c.oid = p.polrelid",
    where="true",
    owner=_RELATION_OWNER,
    notes=(Note("c.relispartition", f"'policy ' || quote_ident(p.polname) || {_OF_TABLE} || ' on a partition alone'"),),
)

_RULES = Catalog(
    source="pg_rewrite r JOIN relations c ON c.oid = r.ev_class",
    where="true",
    owner=_RELATION_OWNER,
    notes=(Note("r.rulename <> '_RETURN'", f"'rule ' || quote_ident(r.rulename) || {_OF_TABLE}"),),
)

_FUNCTIONS = Catalog(
    source="pg_proc p JOIN namespaces n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang",
    where="p.oid >= 16384",
    owner="1255, p.oid",
    notes=(
        Note("p.prokind = 'p'", f"'procedure ' || {_FUNCTION}"),
        Note("p.prokind = 'a'", f"'aggregate ' || {_FUNCTION}"),
        Note("p.prokind = 'w'", f"'window function ' || {_FUNCTION}"),
        Note("p.prokind = 'f' AND l.lanname IN ('c', 'internal')", f"l.lanname || ' function ' || {_FUNCTION}"),
        Note(
            "p.prokind = 'f' AND l.lanname NOT IN ('c', 'internal')"
            " AND (p.procost <> 100 OR p.prorows NOT IN (0, 1000) OR p.prosupport <> 0 OR p.protrftypes IS NOT NULL)",
            f"'cost, rows, support function or transforms of function ' || {_FUNCTION}",
        ),
        Note("p.prokind = 'f' AND p.proacl IS NOT NULL", f"'privileges on function ' || {_FUNCTION}"),
    ),
)

_TYPES = Catalog(
    source="pg_type t JOIN namespaces n ON n.oid = t.typnamespace LEFT JOIN pg_type b ON b.oid = t.typbasetype",
    where="t.oid >= 16384",
    owner="1247, t.oid",
    notes=(
        Note("t.typtype = 'r'", f"'range type ' || {_TYPE}"),
        Note("t.typtype IN ('b', 'p') AND t.typcategory <> 'A'", f"'base type ' || {_TYPE}"),
        Note("t.typacl IS NOT NULL", f"'privileges on type ' || {_TYPE}"),
        Note("t.typtype = 'd' AND t.typcollation <> b.typcollation", f"'collation of domain ' || {_TYPE}"),
    ),
)


# Whatever else lives in a schema depends on it: operators, collations, text search, statistics, default
# privileges. Left out are types, functions and relations, which have their own, operator families and extensions.
_OTHERS = Catalog(
    source="pg_depend d JOIN namespaces n ON n.oid = d.refobjid",
    where="d.refclassid = 2615 AND d.classid NOT IN (1247, 1255, 1259, 2753, 3079)",
    owner="d.classid, d.objid",
    notes=(Note("true", "pg_describe_object(d.classid, d.objid, d.objsubid)"),),
)

# USAGE on a schema goes without saying for whoever may use a table in it; PUBLIC has it on public.
_SCHEMA_PRIVILEGES = Catalog(
    source="namespaces n CROSS JOIN LATERAL aclexplode(n.nspacl) AS x LEFT JOIN pg_roles r ON r.oid = x.grantee",
    where="x.grantee <> n.nspowner AND NOT (n.nspname = 'public' AND x.grantee = 0)",
    owner="2615, n.oid",
    notes=(
        Note(
            """x.privilege_type <> 'USAGE' OR NOT EXISTS (
                SELECT FROM relations c
                LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attacl IS NOT NULL
                CROSS JOIN LATERAL (VALUES (c.relacl), (a.attacl)) AS given (acl)
                CROSS JOIN LATERAL aclexplode(given.acl) AS g
                WHERE c.relnamespace = n.oid AND g.grantee = x.grantee)""",
            "'privilege ' || x.privilege_type || ' of ' || coalesce(quote_ident(r.rolname), 'PUBLIC')"
            " || ' on schema ' || quote_ident(n.nspname)",
        ),
    ),
)

_GRANT_OPTIONS = Catalog(
    source="relations c CROSS JOIN LATERAL aclexplode(c.relacl) AS x",
    where="c.relkind IN ('r', 'p') AND c.relacl IS NOT NULL AND x.grantee <> c.relowner",
    owner=_RELATION_OWNER,
    notes=(Note("x.is_grantable", f"'grant option on ' || {_RELATION}"),),
)

# Comments on tables, their columns and indexes, views, functions and types have their place.
_RELATION_COMMENTS = Catalog(
    source="pg_description d JOIN relations c ON c.oid = d.objoid"
    " LEFT JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid AND d.objsubid > 0",
    where="d.classoid = 1259",
    owner=_RELATION_OWNER,
    notes=(
        Note(
            "c.relkind = 'S' OR c.relispartition OR (c.relkind IN ('v', 'm') AND d.objsubid > 0)",
            f"'comment on ' || {_RELATION} || coalesce('.' || quote_ident(a.attname), '')",
        ),
    ),
)

_INDEX_COMMENTS = Catalog(
    source="pg_description d JOIN pg_index i ON i.indexrelid = d.objoid JOIN relations c ON c.oid = i.indrelid"
    " JOIN pg_class x ON x.oid = i.indexrelid",
    where="d.classoid = 1259 AND d.objsubid = 0",
    owner=_RELATION_OWNER,
    notes=(
        Note("c.relispartition", f"'comment on ' || {_INDEX}"),
        Note(
            "EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = i.indrelid AND k.conindid = i.indexrelid)",
            f"'comment on ' || {_INDEX}",
        ),
    ),
)


def _comments(catalog: str, class_oid: int, *, table: str, name: str, kind: str) -> Catalog:
    """Return the comments on the objects of a catalog, which `k` stands for."""
    return Catalog(
        source=f"pg_description d JOIN {catalog} k ON k.oid = d.objoid JOIN relations c ON c.oid = k.{table}",
        where=f"d.classoid = {class_oid}",
        owner=_RELATION_OWNER,
        notes=(Note("true", f"'comment on {kind} ' || quote_ident(k.{name}) || {_OF_TABLE}"),),
    )


_DOMAIN_COMMENTS = Catalog(
    source="pg_description d JOIN pg_constraint k ON k.oid = d.objoid JOIN pg_type t ON t.oid = k.contypid"
    " JOIN namespaces n ON n.oid = t.typnamespace",
    where="d.classoid = 2606",
    owner="1247, t.oid",
    notes=(Note("true", f"'comment on constraint ' || quote_ident(k.conname) || ' of domain ' || {_TYPE}"),),
)

_SCHEMA_COMMENTS = Catalog(
    source="pg_description d JOIN namespaces n ON n.oid = d.objoid",
    where="d.classoid = 2615",
    owner="2615, n.oid",
    notes=(
        Note(
            "n.nspname <> 'public' OR d.description <> 'standard public schema'",
            "'comment on schema ' || quote_ident(n.nspname)",
        ),
    ),
)

CATALOGS = (
    _RELATIONS,
    _INHERITANCE,
    _PARTITIONED,
    _COLUMNS,
    _VIEW_COLUMNS,
    _SEQUENCES,
    _CONSTRAINTS,
    _INDEXES,
    _INDEX_RELATIONS,
    _VIEW_INDEXES,
    _PARTITION_INDEXES,
    _PARTITION_CONSTRAINTS,
    _TRIGGERS,
    _POLICIES,
    _RULES,
    _FUNCTIONS,
    _TYPES,
    _OTHERS,
    _SCHEMA_PRIVILEGES,
    _GRANT_OPTIONS,
    _RELATION_COMMENTS,
    _INDEX_COMMENTS,
    _comments("pg_constraint", 2606, table="conrelid", name="conname", kind="constraint"),
    _comments("pg_trigger", 2620, table="tgrelid", name="tgname", kind="trigger"),
    _comments("pg_policy", 3256, table="polrelid", name="polname", kind="policy"),
    _DOMAIN_COMMENTS,
    _SCHEMA_COMMENTS,
)
