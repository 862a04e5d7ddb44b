-- What exists in the namespaces, is no extension's, and cannot be said in a Schema: a phrase each.
WITH namespaces AS (
    SELECT * FROM pg_namespace WHERE nspname = ANY (%(namespaces)s)
), extension_objects AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), relations AS (
    SELECT c.*, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS shown
    FROM pg_class c JOIN namespaces n ON n.oid = c.relnamespace
    WHERE (1259, c.oid) NOT IN (SELECT classid, objid FROM extension_objects)
), tables AS (
    SELECT * FROM relations WHERE relkind IN ('r', 'p')
), attributes AS (
    SELECT a.*, 'column ' || t.shown || '.' || quote_ident(a.attname) AS shown
    FROM pg_attribute a JOIN tables t ON t.oid = a.attrelid
    WHERE a.attnum > 0 AND NOT a.attisdropped AND NOT t.relispartition
), constraints AS (
    SELECT k.*, 'constraint ' || quote_ident(k.conname) || ' of ' || t.shown AS shown, t.relispartition
    FROM pg_constraint k JOIN tables t ON t.oid = k.conrelid
    WHERE k.conparentid = 0
), indexes AS (
    SELECT i.*, 'index ' || c.shown AS shown, c.reloptions, c.reltablespace, t.relispartition, t.relkind AS of,
           t.shown AS of_shown, k.oid AS constraint_oid
    FROM pg_index i
    JOIN relations c ON c.oid = i.indexrelid
    JOIN relations t ON t.oid = i.indrelid
    LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
), triggers AS (
    SELECT g.*, 'trigger ' || quote_ident(g.tgname) || ' of ' || t.shown AS shown, t.relispartition, t.relkind
    FROM pg_trigger g JOIN relations t ON t.oid = g.tgrelid
    WHERE NOT g.tgisinternal AND g.tgparentid = 0
), policies AS (
    SELECT p.*, 'policy ' || quote_ident(p.polname) || ' of ' || t.shown AS shown, t.relispartition
    FROM pg_policy p JOIN tables t ON t.oid = p.polrelid
), functions AS (
    SELECT p.*, l.lanname,
           quote_ident(n.nspname) || '.' || quote_ident(p.proname)
           || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS shown
    FROM pg_proc p JOIN namespaces n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
    WHERE (1255, p.oid) NOT IN (SELECT classid, objid FROM extension_objects)
), types AS (
    SELECT t.*, quote_ident(n.nspname) || '.' || quote_ident(t.typname) AS shown
    FROM pg_type t JOIN namespaces n ON n.oid = t.typnamespace
    WHERE (1247, t.oid) NOT IN (SELECT classid, objid FROM extension_objects)
), sequences AS (
    SELECT s.*, c.shown,
           CASE s.seqtypid WHEN 20 THEN 9223372036854775807 WHEN 23 THEN 2147483647 ELSE 32767 END AS sequence_end,
           EXISTS (SELECT FROM pg_depend d WHERE d.classid = 1259 AND d.objid = c.oid AND d.deptype = 'i') AS of_identity
    FROM pg_sequence s JOIN relations c ON c.oid = s.seqrelid
)

-- Relations
SELECT 'foreign table ' || shown
FROM relations WHERE relkind = 'f'
UNION ALL
SELECT 'unlogged storage of ' || shown
FROM relations WHERE relkind IN ('r', 'p', 'S') AND relpersistence = 'u' AND NOT relispartition
UNION ALL
SELECT 'row type of ' || shown || ', OF ' || format_type(reloftype, NULL)
FROM tables WHERE reloftype <> 0
UNION ALL
SELECT 'access method of ' || t.shown || ', ' || m.amname
FROM relations t JOIN pg_am m ON m.oid = t.relam WHERE t.relkind IN ('r', 'p', 'm')
  AND m.amname <> 'heap'
UNION ALL
SELECT 'tablespace of ' || shown
FROM relations WHERE relkind IN ('r', 'p', 'm') AND reltablespace <> 0
UNION ALL
SELECT 'replica identity of ' || shown
FROM tables WHERE relreplident <> 'd'
UNION ALL
SELECT 'inheritance of ' || t.shown || ' from ' || i.inhparent::regclass
FROM tables t JOIN pg_inherits i ON i.inhrelid = t.oid WHERE NOT t.relispartition
UNION ALL
SELECT 'rule ' || quote_ident(r.rulename) || ' of ' || t.shown
FROM pg_rewrite r JOIN relations t ON t.oid = r.ev_class WHERE r.rulename <> '_RETURN'
UNION ALL
SELECT 'extended statistics ' || quote_ident(s.stxname) || ' of ' || t.shown
FROM pg_statistic_ext s JOIN relations t ON t.oid = s.stxrelid
UNION ALL
SELECT 'security label of ' || t.shown
FROM pg_seclabel s JOIN relations t ON t.oid = s.objoid WHERE s.classoid = 1259
UNION ALL
SELECT 'option ' || option || ' of view ' || shown
FROM relations CROSS JOIN unnest(reloptions) AS option WHERE relkind IN ('v', 'm')
  AND option NOT LIKE 'security_invoker=%%'
UNION ALL
SELECT 'privileges on ' || shown
FROM relations WHERE relkind IN ('v', 'm', 'S') AND relacl IS NOT NULL
UNION ALL
SELECT 'missing content of materialized view ' || shown
FROM relations WHERE relkind = 'm' AND NOT relispopulated
UNION ALL
SELECT 'default of column ' || shown || '.' || quote_ident(a.attname)
FROM relations v JOIN pg_attribute a ON a.attrelid = v.oid WHERE v.relkind = 'v' AND a.atthasdef

-- Partitions: what one has that its partitioned table has not
UNION ALL
SELECT 'sub-partitioning of ' || shown
FROM tables WHERE relispartition AND relkind = 'p'
UNION ALL
SELECT 'partition ' || c.oid::regclass || ' of ' || t.shown || ' in another schema'
FROM tables t JOIN pg_inherits i ON i.inhparent = t.oid JOIN pg_class c ON c.oid = i.inhrelid
  WHERE c.relnamespace <> t.relnamespace
UNION ALL
SELECT shown || ' on a partition alone'
FROM indexes WHERE relispartition AND constraint_oid IS NULL
  AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = indexrelid)
UNION ALL
SELECT shown || ' on a partition alone'
FROM constraints WHERE relispartition AND contype <> 'n' AND (contype <> 'c' OR conislocal)
UNION ALL
SELECT shown || ' on a partition alone'
FROM triggers WHERE relispartition
UNION ALL
SELECT shown || ' on a partition alone'
FROM policies WHERE relispartition
UNION ALL
SELECT 'privileges, row security or options of partition ' || shown
FROM tables WHERE relispartition AND (relacl IS NOT NULL OR relrowsecurity OR relforcerowsecurity
  OR reloptions IS NOT NULL)
UNION ALL
SELECT 'default of column ' || t.shown || '.' || quote_ident(a.attname) || ', unlike its partitioned table''s'
FROM tables t JOIN pg_inherits i ON i.inhrelid = t.oid AND t.relispartition
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_attribute b ON b.attrelid = i.inhparent AND b.attname = a.attname
  LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
  LEFT JOIN pg_attrdef f ON f.adrelid = b.attrelid AND f.adnum = b.attnum
  WHERE pg_get_expr(e.adbin, e.adrelid) IS DISTINCT FROM pg_get_expr(f.adbin, f.adrelid)
UNION ALL
SELECT 'operator class or collation in the partition key of ' || t.shown
FROM pg_partitioned_table p JOIN tables t ON t.oid = p.partrelid
  WHERE EXISTS (SELECT FROM unnest(p.partclass) AS u (oid) JOIN pg_opclass o ON o.oid = u.oid
  WHERE NOT o.opcdefault)
  OR EXISTS (SELECT FROM unnest(p.partattrs::int2[], p.partcollation::oid[]) AS u (attnum, collation_oid)
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = u.attnum
  WHERE a.attcollation <> u.collation_oid)

-- Columns and sequences
UNION ALL
SELECT 'storage of ' || a.shown
FROM attributes a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attstorage <> t.typstorage
UNION ALL
SELECT 'compression of ' || shown
FROM attributes WHERE attcompression <> ''
UNION ALL
SELECT 'statistics target of ' || shown
FROM attributes WHERE attstattarget >= 0
UNION ALL
SELECT 'options of ' || shown
FROM attributes WHERE attoptions IS NOT NULL
UNION ALL
SELECT 'type of ' || a.shown || ', ' || format_type(a.atttypid, a.atttypmod)
FROM attributes a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type e ON e.oid = t.typelem
  AND t.typcategory = 'A' JOIN pg_namespace n ON n.oid = coalesce(e.typnamespace, t.typnamespace)
  WHERE n.nspname <> 'pg_catalog' AND n.oid NOT IN (SELECT oid FROM namespaces)
  AND (1247, coalesce(e.oid, t.oid)) NOT IN (SELECT classid, objid FROM extension_objects)
UNION ALL
SELECT 'options of the identity sequence ' || shown
FROM sequences WHERE of_identity AND (seqstart <> 1 OR seqincrement <> 1 OR seqmin <> 1
  OR seqcache <> 1 OR seqcycle OR seqmax <> sequence_end)
UNION ALL
SELECT 'limits, cache or cycle of sequence ' || shown
FROM sequences WHERE NOT of_identity AND (seqcache <> 1 OR seqcycle
  OR seqmin <> CASE WHEN seqincrement > 0 THEN 1 ELSE -1 - sequence_end END
  OR seqmax <> CASE WHEN seqincrement > 0 THEN sequence_end ELSE -1 END)

-- Constraints, indexes and triggers
UNION ALL
SELECT 'deferrability of ' || shown
FROM constraints WHERE contype = 'p' AND condeferrable
UNION ALL
SELECT 'MATCH FULL of ' || shown
FROM constraints WHERE contype = 'f' AND confmatchtype <> 's'
UNION ALL
SELECT 'NO INHERIT of ' || shown
FROM constraints WHERE contype IN ('c', 'n') AND connoinherit
UNION ALL
SELECT 'NOT VALID of ' || shown
FROM constraints WHERE contype = 'n' AND NOT convalidated
UNION ALL
SELECT 'INCLUDE columns, options or tablespace of the constraint of ' || shown
FROM indexes WHERE constraint_oid IS NOT NULL AND NOT relispartition AND (indnatts > indnkeyatts
  OR reloptions IS NOT NULL OR reltablespace <> 0)
UNION ALL
SELECT 'invalid ' || shown
FROM indexes WHERE NOT indisvalid AND of IN ('r', 'p')
UNION ALL
SELECT 'tablespace of ' || shown
FROM indexes WHERE reltablespace <> 0 AND constraint_oid IS NULL
UNION ALL
SELECT 'clustering by ' || shown
FROM indexes WHERE indisclustered
UNION ALL
SELECT 'statistics target of ' || i.shown
FROM indexes i JOIN pg_attribute a ON a.attrelid = i.indexrelid WHERE a.attstattarget >= 0
UNION ALL
SELECT shown || ' of materialized view ' || of_shown
FROM indexes WHERE of = 'm'
UNION ALL
SELECT shown || ', disabled or for replicas'
FROM triggers WHERE tgenabled <> 'O'
UNION ALL
SELECT 'transition tables of ' || shown
FROM triggers WHERE tgoldtable IS NOT NULL OR tgnewtable IS NOT NULL
UNION ALL
SELECT 'FROM table of ' || shown
FROM triggers WHERE tgconstrrelid <> 0
UNION ALL
SELECT shown || ' (a view)'
FROM triggers WHERE relkind NOT IN ('r', 'p')

-- Functions, types and what belongs to them
UNION ALL
SELECT CASE prokind WHEN 'p' THEN 'procedure ' WHEN 'a' THEN 'aggregate ' ELSE 'window function ' END || shown
FROM functions WHERE prokind <> 'f'
UNION ALL
SELECT lanname || ' function ' || shown
FROM functions WHERE prokind = 'f' AND lanname IN ('c', 'internal')
UNION ALL
SELECT 'cost, rows, support function or transforms of function ' || shown
FROM functions WHERE prokind = 'f' AND lanname NOT IN ('c', 'internal') AND (procost <> 100
  OR prorows NOT IN (0, 1000) OR prosupport <> 0 OR protrftypes IS NOT NULL)
UNION ALL
SELECT 'privileges on function ' || shown
FROM functions WHERE prokind = 'f' AND proacl IS NOT NULL
UNION ALL
SELECT 'composite type ' || t.shown
FROM types t JOIN pg_class c ON c.oid = t.typrelid WHERE c.relkind = 'c'
UNION ALL
SELECT 'range type ' || shown
FROM types WHERE typtype = 'r'
UNION ALL
SELECT 'base type ' || shown
FROM types WHERE typtype = 'b' AND typcategory <> 'A'
UNION ALL
SELECT 'privileges on type ' || shown
FROM types WHERE typacl IS NOT NULL
UNION ALL
SELECT 'collation of domain ' || t.shown
FROM types t JOIN pg_type b ON b.oid = t.typbasetype WHERE t.typtype = 'd'
  AND t.typcollation <> b.typcollation
UNION ALL
SELECT 'operator ' || o.oid::regoperator
FROM pg_operator o JOIN namespaces n ON n.oid = o.oprnamespace
  WHERE (2617, o.oid) NOT IN (SELECT classid, objid FROM extension_objects)
UNION ALL
SELECT 'operator class ' || quote_ident(o.opcname)
FROM pg_opclass o JOIN namespaces n ON n.oid = o.opcnamespace
  WHERE (2616, o.oid) NOT IN (SELECT classid, objid FROM extension_objects)
UNION ALL
SELECT 'collation ' || quote_ident(c.collname)
FROM pg_collation c JOIN namespaces n ON n.oid = c.collnamespace
  WHERE (3456, c.oid) NOT IN (SELECT classid, objid FROM extension_objects)
UNION ALL
SELECT 'text search configuration ' || c.oid::regconfig
FROM pg_ts_config c JOIN namespaces n ON n.oid = c.cfgnamespace
  WHERE (3602, c.oid) NOT IN (SELECT classid, objid FROM extension_objects)
UNION ALL
SELECT 'text search dictionary ' || d.oid::regdictionary
FROM pg_ts_dict d JOIN namespaces n ON n.oid = d.dictnamespace
  WHERE (3600, d.oid) NOT IN (SELECT classid, objid FROM extension_objects)

-- Privileges: USAGE on a schema goes without saying for whoever may use a table in it; PUBLIC has it on public
UNION ALL
SELECT 'default privileges in schema ' || quote_ident(n.nspname)
FROM pg_default_acl d JOIN namespaces n ON n.oid = d.defaclnamespace
UNION ALL
SELECT 'privilege ' || x.privilege_type || ' of ' || coalesce(quote_ident(r.rolname), 'PUBLIC') || ' on schema ' || quote_ident(n.nspname)
FROM namespaces n CROSS JOIN LATERAL aclexplode(n.nspacl) AS x
  LEFT JOIN pg_roles r ON r.oid = x.grantee WHERE x.grantee <> n.nspowner AND NOT (n.nspname = 'public'
  AND x.grantee = 0) AND NOT (x.privilege_type = 'USAGE' AND EXISTS (SELECT FROM tables t
  WHERE t.relnamespace = n.oid AND EXISTS (SELECT FROM aclexplode(t.relacl) AS g
  WHERE g.grantee = x.grantee)))
UNION ALL
SELECT 'grant option on ' || t.shown
FROM tables t WHERE EXISTS (SELECT FROM aclexplode(t.relacl) AS x WHERE x.is_grantable
  AND x.grantee <> t.relowner)
UNION ALL
SELECT 'grant option on ' || a.shown
FROM attributes a JOIN tables t ON t.oid = a.attrelid
  WHERE EXISTS (SELECT FROM aclexplode(a.attacl) AS x WHERE x.is_grantable
  AND x.grantee <> t.relowner)

-- Comments on what has no place for one
UNION ALL
SELECT 'comment on ' || k.shown
FROM constraints k JOIN pg_description d ON d.objoid = k.oid AND d.classoid = 2606
UNION ALL
SELECT 'comment on ' || g.shown
FROM triggers g JOIN pg_description d ON d.objoid = g.oid AND d.classoid = 2620
UNION ALL
SELECT 'comment on ' || p.shown
FROM policies p JOIN pg_description d ON d.objoid = p.oid AND d.classoid = 3256
UNION ALL
SELECT 'comment on ' || i.shown
FROM indexes i JOIN pg_description d ON d.objoid = i.indexrelid AND d.classoid = 1259
  WHERE i.constraint_oid IS NOT NULL OR i.relispartition
UNION ALL
SELECT 'comment on ' || r.shown
FROM relations r JOIN pg_description d ON d.objoid = r.oid AND d.classoid = 1259
  WHERE r.relkind = 'S' OR r.relispartition OR (r.relkind IN ('v', 'm') AND d.objsubid > 0)
UNION ALL
SELECT 'comment on constraint ' || quote_ident(k.conname) || ' of ' || t.shown
FROM pg_constraint k JOIN types t ON t.oid = k.contypid JOIN pg_description d ON d.objoid = k.oid
  AND d.classoid = 2606
UNION ALL
SELECT 'comment on schema ' || quote_ident(n.nspname)
FROM namespaces n JOIN pg_description d ON d.objoid = n.oid AND d.classoid = 2615
  WHERE n.nspname <> 'public' OR d.description <> 'standard public schema'
