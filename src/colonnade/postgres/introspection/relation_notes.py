"""What tables, views, sequences and what belongs to them may have that a `Schema` has no place for."""

from __future__ import annotations

from colonnade.postgres.introspection.notes import (
    COLUMN,
    CONSTRAINT,
    INDEX,
    OF_TABLE,
    RELATION,
    RELATION_OWNER,
    TRIGGER,
    Catalog,
    Note,
)

_RELATIONS = Catalog(
    source="relations c",
    where="true",
    owner=RELATION_OWNER,
    notes=(
        Note("c.relkind = 'f'", f"'foreign table ' || {RELATION}"),
        Note(
            # The sequence of a column has what its table has, unless somebody has changed it.
            """c.relkind IN ('r', 'S') AND c.relpersistence = 'u' AND NOT EXISTS (
                SELECT FROM pg_depend d JOIN pg_class t ON t.oid = d.refobjid
                WHERE c.relkind = 'S' AND d.classid = 1259 AND d.objid = c.oid AND d.refclassid = 1259
                  AND d.deptype IN ('a', 'i') AND t.relpersistence = 'u')""",
            f"'unlogged storage of ' || {RELATION}",
        ),
        Note("c.reloftype <> 0", f"'row type of ' || {RELATION} || ', OF ' || format_type(c.reloftype, NULL)"),
        Note(
            "c.relam NOT IN (0, 2)",  # 2 is heap
            f"'access method of ' || {RELATION}",
        ),
        Note("c.reltablespace <> 0", f"'tablespace of ' || {RELATION}"),
        Note("c.relkind IN ('r', 'p') AND c.relreplident <> 'd'", f"'replica identity of ' || {RELATION}"),
        Note(
            # What an owner has not any more; of others, privileges have their place.
            """c.relacl IS NOT NULL AND EXISTS (
                SELECT x.privilege_type FROM aclexplode(acldefault(
                    CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)) AS x
                EXCEPT SELECT y.privilege_type FROM aclexplode(c.relacl) AS y WHERE y.grantee = c.relowner)""",
            f"'privileges that its owner lacks on ' || {RELATION}",
        ),
        Note("c.relkind = 'm' AND NOT c.relispopulated", f"'missing content of materialized view ' || {RELATION}"),
        Note(
            "c.relkind IN ('v', 'm')"
            " AND EXISTS (SELECT FROM unnest(c.reloptions) AS o"
            " WHERE o !~ '^(security_invoker|security_barrier|check_option)=')",
            f"'options of view ' || {RELATION}",
        ),
        Note(
            "c.relkind = 'm' AND EXISTS ("
            "SELECT FROM pg_class o WHERE o.oid = c.reltoastrelid AND o.reloptions IS NOT NULL)",
            f"'options of the long values of view ' || {RELATION}",
        ),
        Note("c.relkind = 'p' AND c.relispartition", f"'sub-partitioning of ' || {RELATION}"),
        Note(
            "c.relkind = 'r' AND c.relispartition AND (c.relacl IS NOT NULL OR c.relrowsecurity"
            " OR c.relforcerowsecurity OR c.reloptions IS NOT NULL)",
            f"'privileges, row security or options of partition ' || {RELATION}",
        ),
    ),
)

_INHERITANCE = Catalog(
    source="pg_inherits i JOIN relations c ON c.oid = i.inhrelid JOIN pg_class parent ON parent.oid = i.inhparent",
    where="c.relkind IN ('r', 'p')",
    owner=RELATION_OWNER,
    notes=(
        Note("NOT c.relispartition", f"'inheritance of ' || {RELATION} || ' from ' || i.inhparent::regclass"),
        Note("c.relispartition AND c.relowner <> parent.relowner", f"'owner of partition ' || {RELATION}"),
        Note(
            "c.relispartition AND c.relnamespace <> parent.relnamespace",
            f"'partition ' || {RELATION} || ' in another schema than its table'",
        ),
        Note(
            """c.relispartition AND EXISTS (
                SELECT FROM pg_attribute a
                JOIN pg_attribute b ON b.attrelid = i.inhparent AND b.attname = a.attname
                LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
                LEFT JOIN pg_attrdef f ON f.adrelid = b.attrelid AND f.adnum = b.attnum
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                  AND pg_get_expr(e.adbin, e.adrelid) IS DISTINCT FROM pg_get_expr(f.adbin, f.adrelid))""",
            f"'defaults of partition ' || {RELATION} || ', unlike its table''s'",
        ),
        Note(
            """c.relispartition AND EXISTS (
                SELECT FROM pg_attribute a
                JOIN pg_attribute b ON b.attrelid = i.inhparent AND b.attname = a.attname
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                  AND ((a.attstorage, a.attcompression, coalesce(a.attstattarget, -1))
                       IS DISTINCT FROM (b.attstorage, b.attcompression, coalesce(b.attstattarget, -1))
                       OR EXISTS (SELECT FROM unnest(a.attoptions) AS o WHERE o !~ '^pg_attver=')))""",
            f"'storage, compression or statistics of columns of partition ' || {RELATION} || ', unlike its table''s'",
        ),
    ),
)

_PARTITIONED = Catalog(
    source="pg_partitioned_table p JOIN relations c ON c.oid = p.partrelid",
    where="true",
    owner=RELATION_OWNER,
    notes=(
        Note(
            """EXISTS (
                SELECT FROM unnest(p.partclass) AS u (oid) JOIN pg_opclass o ON o.oid = u.oid WHERE NOT o.opcdefault)
            OR EXISTS (
                SELECT FROM unnest(p.partattrs::int2[], p.partcollation::oid[]) AS u (attnum, collation_oid)
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.attnum
                WHERE a.attcollation <> u.collation_oid)""",
            f"'operator class or collation in the partition key of ' || {RELATION}",
        ),
    ),
)

# Of views, composite types and foreign tables; the columns of tables have their place.
_OTHER_COLUMNS = Catalog(
    source="relations c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid",
    where="c.relkind NOT IN ('r', 'p', 'S') AND a.attnum > 0 AND NOT a.attisdropped",
    owner=RELATION_OWNER,
    notes=(
        Note(
            "a.attcompression <> '' OR a.attstattarget >= 0 OR a.attoptions IS NOT NULL"
            " OR a.attstorage <> t.typstorage",
            f"'storage, compression or statistics of ' || {COLUMN}",
        ),
        Note("c.relkind = 'v' AND a.atthasdef", f"'default of ' || {COLUMN}"),
    ),
)

_COLUMNS = Catalog(
    source="pg_attribute a JOIN relations c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid",
    # Said before anything is joined: few columns have either.
    where="a.attrelid >= 16384 AND (a.attacl IS NOT NULL OR a.atttypid >= 16384)"
    " AND a.attnum > 0 AND NOT a.attisdropped",
    owner=RELATION_OWNER,
    notes=(
        Note(
            "a.attacl IS NOT NULL AND EXISTS (SELECT FROM aclexplode(a.attacl) AS x WHERE x.grantor <> c.relowner)",
            f"'privileges that another role than the owner granted on ' || {COLUMN}",
        ),
        Note(
            # A type that somebody made, in a schema that is not read, and no extension's.
            """a.atttypid >= 16384 AND EXISTS (
                SELECT FROM pg_type e
                WHERE e.oid = CASE WHEN t.typcategory = 'A' AND t.typtype = 'b' THEN t.typelem ELSE t.oid END
                  AND e.typnamespace NOT IN (SELECT oid FROM namespaces)
                  AND NOT EXISTS (
                      SELECT FROM pg_depend d WHERE d.classid = 1247 AND d.objid = e.oid AND d.deptype = 'e'))""",
            f"'type of ' || {COLUMN} || ', ' || format_type(a.atttypid, a.atttypmod)",
        ),
    ),
)

# A sequence of an identity column depends on it internally.
_IDENTITY_SEQUENCES = Catalog(
    source="""pg_sequence AS s JOIN relations c ON c.oid = s.seqrelid
        JOIN pg_depend d ON d.classid = 1259 AND d.objid = c.oid AND d.deptype = 'i'
        JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid""",
    where="d.refclassid = 1259",
    owner=RELATION_OWNER,
    notes=(
        Note("a.atttypid <> s.seqtypid", f"'type of the identity sequence ' || {RELATION}"),
        Note("c.relacl IS NOT NULL", f"'privileges on ' || {RELATION}"),
    ),
)

_CONSTRAINTS = Catalog(
    source="pg_constraint k JOIN relations c ON c.oid = k.conrelid",
    where="k.conrelid >= 16384 AND k.conparentid = 0",
    owner=RELATION_OWNER,
    notes=(
        Note("k.contype = 'n' AND k.connoinherit", f"'NO INHERIT of ' || {CONSTRAINT}"),
        Note("k.contype = 'n' AND NOT k.convalidated", f"'NOT VALID of ' || {CONSTRAINT}", unfinished=True),
    ),
)

_INDEXES = Catalog(
    source="pg_index i JOIN relations c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid",
    where="i.indrelid >= 16384",
    owner=RELATION_OWNER,
    notes=(
        Note("NOT i.indisvalid", f"'invalid index ' || {INDEX}", unfinished=True),
        Note("i.indisclustered", f"'clustering by index ' || {INDEX}"),
        Note(
            "i.indexprs IS NOT NULL AND EXISTS ("
            "SELECT FROM pg_attribute a WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0)",
            f"'statistics target in index ' || {INDEX}",
        ),
    ),
)

_INDEX_RELATIONS = Catalog(
    # OFFSET 0: found before anything is joined, since hardly any index has one.
    source="(SELECT * FROM pg_class WHERE oid >= 16384 AND reltablespace <> 0 OFFSET 0) AS x"
    " JOIN pg_index i ON i.indexrelid = x.oid JOIN relations c ON c.oid = i.indrelid",
    where="true",
    owner=RELATION_OWNER,
    notes=(Note("x.reltablespace <> 0", f"'tablespace of index ' || {INDEX}"),),
)

_PARTITION_INDEXES = Catalog(
    source="relations c JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class x ON x.oid = i.indexrelid",
    where="c.relkind = 'r' AND c.relispartition",
    owner=RELATION_OWNER,
    notes=(
        Note(
            """NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = i.indexrelid)
            AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.conindid = i.indexrelid)""",
            f"'index ' || {INDEX} || ' on a partition alone'",
        ),
    ),
)

_PARTITION_INDEX_OPTIONS = Catalog(
    source="""relations c JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class x ON x.oid = i.indexrelid
        JOIN pg_inherits h ON h.inhrelid = x.oid JOIN pg_class y ON y.oid = h.inhparent""",
    where="c.relkind = 'r' AND c.relispartition",
    owner=RELATION_OWNER,
    notes=(Note("x.reloptions IS DISTINCT FROM y.reloptions", f"'options of index ' || {INDEX} || ' of a partition'"),),
)

_PARTITION_CONSTRAINTS = Catalog(
    source="relations c JOIN pg_constraint k ON k.conrelid = c.oid",
    where="c.relkind = 'r' AND c.relispartition AND k.conparentid = 0",
    owner=RELATION_OWNER,
    notes=(
        Note(
            # Before Postgres 18 a NOT NULL is no constraint.
            "k.contype = 'n' AND k.conislocal AND k.coninhcount = 0",
            f"{CONSTRAINT} || ' on a partition alone'",
            since=180000,
        ),
        Note(
            "k.contype IN ('p', 'u', 'f', 'x') OR (k.contype = 'c' AND k.conislocal)",
            f"{CONSTRAINT} || ' on a partition alone'",
        ),
    ),
)

_TRIGGERS = Catalog(
    source="pg_trigger g JOIN relations c ON c.oid = g.tgrelid",
    where="NOT g.tgisinternal AND g.tgparentid = 0",
    owner=RELATION_OWNER,
    notes=(
        Note("g.tgconstrrelid <> 0", f"'FROM table of ' || {TRIGGER}"),
        Note("c.relispartition", f"{TRIGGER} || ' on a partition alone'"),
    ),
)

_INTERNAL_TRIGGERS = Catalog(
    source="pg_trigger g JOIN relations c ON c.oid = g.tgrelid",
    where="g.tgisinternal AND g.tgparentid = 0",
    owner=RELATION_OWNER,
    notes=(Note("g.tgenabled <> 'O'", f"'disabled triggers of the foreign keys' || {OF_TABLE}"),),
)

_POLICIES = Catalog(
    source="pg_policy p JOIN relations c ON c.oid = p.polrelid",
    where="true",
    owner=RELATION_OWNER,
    notes=(Note("c.relispartition", f"'policy ' || quote_ident(p.polname) || {OF_TABLE} || ' on a partition alone'"),),
)

_RULES = Catalog(
    source="pg_rewrite r JOIN relations c ON c.oid = r.ev_class",
    where="true",
    owner=RELATION_OWNER,
    notes=(Note("r.rulename <> '_RETURN'", f"'rule ' || quote_ident(r.rulename) || {OF_TABLE}"),),
)

RELATION_CATALOGS = (
    _RELATIONS,
    _INHERITANCE,
    _PARTITIONED,
    _OTHER_COLUMNS,
    _COLUMNS,
    _IDENTITY_SEQUENCES,
    _CONSTRAINTS,
    _INDEXES,
    _INDEX_RELATIONS,
    _PARTITION_INDEXES,
    _PARTITION_INDEX_OPTIONS,
    _PARTITION_CONSTRAINTS,
    _TRIGGERS,
    _INTERNAL_TRIGGERS,
    _POLICIES,
    _RULES,
)
